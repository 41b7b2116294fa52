import { describe, expect, it } from 'vitest';
import type { UploadBody } from '../../../../../electron/registry/http/request-body.ts';
import { freeBody } from '../../../../../electron/transfers/push/free-body.ts';

const CHUNK = 1024 * 1024;

async function* zeros(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(CHUNK);
}

/** What a disk gives that does not answer any more. */
async function* nothing(): AsyncGenerator<Uint8Array> {
  await new Promise(() => undefined);
  yield new Uint8Array(0);
}

function reader(body: UploadBody): AsyncIterator<Uint8Array> {
  const opened = body.open();
  if (!(Symbol.asyncIterator in opened)) throw new Error('not to be read piece by piece');
  return opened[Symbol.asyncIterator]();
}

describe('a body that may end at any byte', () => {
  it('ends with its signal, after the piece that is on the way, and knows what it gave', async () => {
    const end = new AbortController();
    const body = freeBody({ length: 8 * CHUNK, open: zeros, onBytes: () => undefined }, end.signal);
    const pieces = reader(body);
    const { value } = await pieces.next();
    end.abort();
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
    expect(value.byteLength).toBeLessThan(CHUNK / 4);
    expect(body.given?.()).toBe(value.byteLength);
  });

  it('ends although what it is read from hangs', async () => {
    const end = new AbortController();
    const body = freeBody({ length: CHUNK, open: nothing, onBytes: () => undefined }, end.signal);
    const next = reader(body).next();
    end.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(body.given?.()).toBe(0);
  });

  it('does not begin after its signal', async () => {
    const body = freeBody({ length: CHUNK, open: zeros, onBytes: () => undefined }, AbortSignal.abort());
    expect(await reader(body).next()).toEqual({ done: true, value: undefined });
  });

  it('is given in pieces that a slow line takes within a moment', async () => {
    const body = freeBody({ length: 8 * CHUNK, open: zeros, onBytes: () => undefined }, new AbortController().signal);
    const pieces = reader(body);
    let last = CHUNK;
    for (let count = 0; count < 4; count += 1) {
      const { value } = await pieces.next();
      last = value.byteLength;
      // A line of about a quarter of a megabyte a second: a first piece takes far too long.
      await new Promise((resolve) => setTimeout(resolve, last / 250));
    }
    expect(last).toBeLessThan(32 * 1024);
  });
});
