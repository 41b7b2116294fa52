import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { destroyOnAbort } from '../../../../electron/files/read-buffers.ts';

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
