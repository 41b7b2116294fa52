import type { Readable } from 'node:stream';
import { pause } from '../../registry/answers/retry.ts';

/** Bytes are let through in pieces that take about this long at the limit, so that the flow is even. Milliseconds. */
const PIECE_MS = 50;
const SMALLEST_PIECE = 4 * 1024;

/**
 * One limit for all uploads together, in bytes per second; 0 means none. It may be changed while streams run: every piece
 * asks for the limit of its moment.
 */
export class Bandwidth {
  #limit = 0;
  /** When the bytes that were let through so far will have gone at the limit. Milliseconds of performance.now(). */
  #busyUntil = 0;

  get limit(): number {
    return this.#limit;
  }

  set limit(bytesPerSecond: number) {
    this.#limit = Math.max(0, bytesPerSecond);
    this.#busyUntil = 0;
  }

  /** What is left of a rate where a limit is set. */
  limited(rate: number | undefined): number | undefined {
    return rate === undefined || this.#limit === 0 ? rate : Math.min(rate, this.#limit);
  }

  /** What `open` gives, slowed down where a limit is set. It is opened with the first read and closed with the last. */
  async *pace(open: () => Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const chunk of open() as AsyncIterable<Uint8Array>) {
      for (let start = 0; start < chunk.byteLength; ) {
        const limit = this.#limit;
        const length = limit === 0 ? chunk.byteLength : Math.max(SMALLEST_PIECE, Math.ceil((limit * PIECE_MS) / 1000));
        const piece = chunk.subarray(start, start + length);
        if (limit > 0) await this.#turn(piece.byteLength, limit, signal);
        start += piece.byteLength;
        yield piece;
      }
    }
  }

  /** Waits for the turn of this many bytes; all streams wait in one line. */
  async #turn(bytes: number, limit: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const start = Math.max(now, this.#busyUntil);
    this.#busyUntil = start + (bytes * 1000) / limit;
    if (start > now) await pause(start - now, [signal]);
  }
}
