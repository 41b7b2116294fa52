import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  destroyOnAbort,
  type NextBuffer,
  READ_SIZE,
  SuccessiveBuffers,
} from '../../../../electron/files/read-buffers.ts';

it('keeps the error of a stream that was ended before it is read for its reader', async () => {
  const stream = Readable.from([Buffer.from('content')]);
  destroyOnAbort(stream, AbortSignal.abort());
  // Time for an error that nobody hears to end the process.
  await setImmediate();
  await expect(stream.toArray()).rejects.toMatchObject({ code: 'CANCELLED' });
});

it('ends a stream that is being read as soon as its signal says so', async () => {
  const end = new AbortController();
  const stream = new Readable({ read: () => undefined });
  destroyOnAbort(stream, end.signal);
  const reading = stream.toArray();
  end.abort();
  await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
});

async function* filled(nextBuffer: NextBuffer, chunks: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < chunks; at++) yield nextBuffer(READ_SIZE);
}

it('gives streams that follow one another the same few buffers', async () => {
  const buffers = new SuccessiveBuffers();
  const seen = new Set<unknown>();
  for (let round = 0; round < 5; round++) {
    const stream = buffers.stream((next) => Readable.from(filled(next, 20), { objectMode: false }));
    for await (const chunk of stream as AsyncIterable<Buffer>) seen.add(chunk.buffer);
  }
  expect(seen.size).toBe(8);
});

it('gives a stream other buffers while one before it may still read', async () => {
  const buffers = new SuccessiveBuffers();
  const taken: NextBuffer[] = [];
  const open = (): Readable =>
    buffers.stream((next) => {
      taken.push(next);
      return new Readable({ read: () => undefined });
    });
  open().destroy();
  await setImmediate();
  open();
  open();
  expect(taken[1]).toBe(taken[0]);
  expect(taken[2]).not.toBe(taken[1]);
});
