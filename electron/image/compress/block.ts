import { constants, crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';
import type { BlockResult, BlockTask } from './types.ts';

/**
 * Room for a block that does not compress: deflate's stored blocks and a sync flush add a few bytes per 16 KiB. And so much that the
 * output of a small block is not cut from Node's pool of buffers, which cannot be moved to another thread.
 */
const SLACK = 128 * 1024;

/** Compresses one block; runs in a worker. What it returns does not depend on any other block but through the dictionary. */
export function compressBlock({ format, level, block, dictionary }: BlockTask): BlockResult {
  switch (format) {
    case 'gzip':
      return { output: deflated(block, level, dictionary), crc: crc32(block), buffer: block.buffer };
    case 'zstd':
      return { output: zstdFrame(block, level), crc: 0, buffer: block.buffer };
  }
}

/** Deflate blocks that end at a byte's boundary and are not the last (RFC 1951, 3.2.4): they can be put one after the other. */
function deflated(block: Uint8Array, level: number, dictionary?: Uint8Array): Uint8Array<ArrayBuffer> {
  return deflateRawSync(block, {
    level,
    chunkSize: block.byteLength + SLACK,
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(dictionary ? { dictionary } : {}),
  });
}

/** A frame of its own (RFC 8878, 3: frames may follow each other), with its content's sum. */
function zstdFrame(block: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
  return zstdCompressSync(block, {
    chunkSize: block.byteLength + SLACK,
    pledgedSrcSize: block.byteLength,
    params: { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: 1 },
  });
}
