import * as zlib from 'node:zlib';
import type { BlockResult, BlockTask } from './types.ts';

/**
 * Room for a block that does not compress: deflate's stored blocks and a sync flush add a few bytes per 16 KiB. And so much that the
 * output of a small block is not cut from Node's pool of buffers, which cannot be moved to another thread.
 */
const SLACK = 128 * 1024;

/** How far back deflate's matches reach (RFC 1951, 2). */
export const WINDOW = 32 * 1024;

/** Bytes that are looked at together for whether they compress, and those of them that are counted. */
const SEGMENT = 64 * 1024;
const SAMPLE_STEP = 4 * 1024;
const SAMPLE = 256;
/**
 * The sum of the squares of 256 counts of 4,096 samples: 69,600 ± 720 for random bytes, and 4,096² / 256 = 65,536 at least. Data of
 * 7.9 bits a byte have 73,000 and more.
 */
const PACKED_SQUARES = 72_000;
const counts = new Uint32Array(256);

/** What zlib may use for its tables at most: twice the usual, and quicker for it. */
const MEMORY_LEVEL = 9;
/** Compresses one block; runs in a worker. What it returns does not depend on any other block but through the dictionary. */
export function compressBlock({ format, level, block, dictionary }: BlockTask): BlockResult {
  const { buffer } = block;
  switch (format) {
    case 'gzip': {
      const crc = zlib.crc32(block);
      return { output: placed(deflated(block, level, dictionary), buffer), crc, buffer };
    }
    case 'zstd':
      return { output: placed(zstdFrame(block, level), buffer), crc: 0, buffer };
  }
}

/** Puts the output where the input was, so that both threads keep using the same memory, unless the output is longer. */
function placed(output: Uint8Array<ArrayBuffer>, buffer: ArrayBuffer): Uint8Array<ArrayBuffer> {
  if (output.byteLength > buffer.byteLength) return output;
  const place = new Uint8Array(buffer, 0, output.byteLength);
  place.set(output);
  free(output);
  return place;
}

/**
 * Gives the memory of an output back at once: the collector sees only how small the object is, and would let hundreds of them gather.
 * Small ones may be cut from Node's pool, which is not ours.
 */
function free({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (buffer.byteLength >= SLACK) buffer.transfer(0);
}

/** Deflate blocks that end at a byte's boundary and are not the last (RFC 1951, 3.2.4): they can be put one after the other. */
function deflated(block: Uint8Array, level: number, dictionary?: Uint8Array): Uint8Array<ArrayBuffer> {
  const runs = runsOf(block);
  const [only] = runs;
  if (runs.length === 1 && only) return deflatedRun(block, only.isPacked ? 0 : level, dictionary);
  const outputs = runs.map(({ start, end, isPacked }) => {
    const before = start === 0 ? dictionary : block.subarray(Math.max(0, start - WINDOW), start);
    return deflatedRun(block.subarray(start, end), isPacked ? 0 : level, before);
  });
  const whole = Buffer.concat(outputs);
  for (const output of outputs) free(output);
  return whole;
}

function deflatedRun(run: Uint8Array, level: number, dictionary?: Uint8Array): Uint8Array<ArrayBuffer> {
  return zlib.deflateRawSync(run, {
    level,
    memLevel: MEMORY_LEVEL,
    chunkSize: run.byteLength + SLACK,
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    // Stored bytes refer to nothing.
    ...(dictionary && level > 0 ? { dictionary } : {}),
  });
}

/** Neighbouring segments of one kind. */
interface Run {
  start: number;
  end: number;
  isPacked: boolean;
}

/** Packed files within layers (archives, pictures, programs for other machines) are stored: deflate would take long to gain nothing. */
function runsOf(block: Uint8Array): Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < block.byteLength; start += SEGMENT) {
    const end = Math.min(start + SEGMENT, block.byteLength);
    const isPacked = looksPacked(block.subarray(start, end));
    const last = runs.at(-1);
    if (last?.isPacked === isPacked) last.end = end;
    else runs.push({ start, end, isPacked });
  }
  return runs;
}

/** True when samples from all over the segment have every byte about equally often, as packed and encrypted data have and nothing else. */
function looksPacked(segment: Uint8Array): boolean {
  if (segment.byteLength < SEGMENT) return false;
  counts.fill(0);
  for (let sample = 0; sample < SEGMENT; sample += SAMPLE_STEP) {
    for (let at = sample; at < sample + SAMPLE; at++) {
      const byte = segment[at] ?? 0;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
  }
  let squares = 0;
  for (const count of counts) squares += count * count;
  return squares < PACKED_SQUARES;
}

/** A frame of its own (RFC 8878, 3: frames may follow each other), with its content's sum. */
function zstdFrame(block: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = zlib.constants;
  return zlib.zstdCompressSync(block, {
    chunkSize: block.byteLength + SLACK,
    pledgedSrcSize: block.byteLength,
    params: { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: 1 },
  });
}
