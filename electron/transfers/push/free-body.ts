import type { UploadBody } from '../../registry/http/request-body.ts';

/** Between two pieces an end is noticed, so each should take no longer than this. Milliseconds. */
const PIECE_MS = 50;
const SMALLEST_PIECE = 16 * 1024;
const FIRST_PIECE = 64 * 1024;

/** A body of at most `length` bytes that ends early when `ended` aborts: the upload can be left there, and loses nothing. */
export function freeBody(
  {
    length,
    open,
    onBytes,
  }: { length: number; open: () => AsyncIterable<Uint8Array>; onBytes: (count: number) => void },
  ended: AbortSignal,
): UploadBody {
  let given = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    given = 0;
    for await (const piece of evenPieces(open(), ended)) {
      given += piece.byteLength;
      yield piece;
    }
  }
  return { length, onBytes, open: pieces, given: () => given };
}

/** The chunks, in pieces that follow how quickly they are taken; ends with the signal. */
async function* evenPieces(chunks: AsyncIterable<Uint8Array>, ended: AbortSignal): AsyncGenerator<Uint8Array> {
  let size = FIRST_PIECE;
  const source = chunks[Symbol.asyncIterator]();
  const end = Promise.withResolvers<'ended'>();
  const onEnd = (): void => end.resolve('ended');
  ended.addEventListener('abort', onEnd, { once: true });
  try {
    while (!ended.aborted) {
      const next = source.next();
      // What is being read at the end is not sent, and not waited for.
      next.catch(() => undefined);
      const step = await Promise.race([next, end.promise]);
      if (step === 'ended' || step.done) return;
      for (let start = 0; start < step.value.byteLength && !ended.aborted; ) {
        const piece = step.value.subarray(start, start + size);
        start += piece.byteLength;
        const given = performance.now();
        yield piece;
        const fitting = (piece.byteLength * PIECE_MS) / Math.max(0.1, performance.now() - given);
        size = Math.max(SMALLEST_PIECE, Math.floor(Math.min(2 * size, fitting)));
      }
    }
  } finally {
    ended.removeEventListener('abort', onEnd);
    void source.return?.().catch(() => undefined);
  }
}
