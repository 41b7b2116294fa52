/** Compressions that Pushboat makes. */
export type CompressionFormat = 'gzip' | 'zstd';

/** How layers are compressed. The same input with the same setting gives the same bytes, however many cores there are. */
export interface CompressionSetting {
  readonly format: CompressionFormat;
  /** zlib's 0 to 9, or zstd's 1 to 22. */
  readonly level: number;
}

/** One block of a stream, as it goes to a worker. Its buffers are moved there, not copied. */
export interface BlockTask extends CompressionSetting {
  /** The bytes; a view at the start of its buffer. */
  block: Uint8Array<ArrayBuffer>;
  /** The end of the block before, for gzip: matches may reach back into it. */
  dictionary?: Uint8Array<ArrayBuffer> | undefined;
}

/** What a worker makes of a block. */
export interface BlockResult {
  /** In `buffer` where it has room there. */
  output: Uint8Array<ArrayBuffer>;
  /** CRC-32 of the block's bytes, for gzip's trailer; 0 for zstd, which has its own sum. */
  crc: number;
  /** The block's buffer, to be filled again. */
  buffer: ArrayBuffer;
}

/** Messages between the pool and its workers. */
export type WorkerRequest = BlockTask & { id: number };
export type WorkerReply = { id: number; result: BlockResult } | { id: number; error: string };
