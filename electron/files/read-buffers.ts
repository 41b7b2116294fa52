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
 * Buffers for one stream: the same few again and again when the reader lets them be recycled.
 * @param ahead chunks that the stream reads ahead, besides the usual one.
 */
export function buffersFor(recycle: boolean, ahead = 0): NextBuffer {
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
