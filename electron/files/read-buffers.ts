import type { Readable } from 'node:stream';
import { cancelled } from '../../shared/errors.ts';

/** Bytes per read of a blob: large enough that system calls cost nothing compared with the network, small enough for the collector to keep up. */
export const READ_SIZE = 512 * 1024;

/**
 * Buffers that a recycling stream reads into in turn. A chunk is valid while this many minus one follow: more than the streams and
 * the socket between the disk and the network hold at once, each of which stops at one or two.
 */
const RING_SIZE = 8;

/** Where the next chunk of a blob is put; `size` is at most READ_SIZE. */
export type NextBuffer = (size: number) => Buffer;

/**
 * Buffers for one stream: the same few again and again when the reader lets them be recycled, and those that it brings.
 * @param ahead chunks that the stream reads ahead, besides the usual one.
 */
export function buffersFor(recycle: boolean | NextBuffer, ahead = 0): NextBuffer {
  if (typeof recycle === 'function') return recycle;
  return recycle ? ringOfBuffers(RING_SIZE + ahead) : (size) => Buffer.allocUnsafeSlow(size);
}

/** What is not allocated need not be collected. */
function ringOfBuffers(length: number): NextBuffer {
  const ring: Buffer[] = [];
  let turn = 0;
  return (size) => {
    const at = turn++ % length;
    const buffer = (ring[at] ??= Buffer.allocUnsafeSlow(READ_SIZE));
    return size === READ_SIZE ? buffer : buffer.subarray(0, size);
  };
}

/**
 * Recycled buffers for streams that follow one another, each of whose chunks have been used when the next begins. Buffers of their own would
 * lie about until the collector looks at what is old, which a push of gigabytes gives little reason for: a few megabytes for each.
 */
export class SuccessiveBuffers {
  #ring: NextBuffer = ringOfBuffers(RING_SIZE);
  #last: Readable | undefined;

  /** Opens the next stream, which reads into what it is given. */
  stream(open: (nextBuffer: NextBuffer) => Readable): Readable {
    // The disk may still be writing to a buffer of one that was broken off.
    if (this.#last && !this.#last.closed) this.#ring = ringOfBuffers(RING_SIZE);
    this.#last = open(this.#ring);
    return this.#last;
  }
}

/** Destroys the stream with CANCELLED when the signal says so. */
export function destroyOnAbort(stream: Readable, signal: AbortSignal): void {
  const abort = () => {
    stream.destroy(cancelled(signal, 'Reading'));
  };
  // A stream that is ended before anybody reads it keeps the error for its reader; it must not end the process meanwhile.
  stream.on('error', () => undefined);
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener('abort', abort, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', abort));
}
