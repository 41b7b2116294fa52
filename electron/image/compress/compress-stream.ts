import { Readable } from 'node:stream';
import { WINDOW } from './block.ts';
import { combineCrc32 } from './crc32-combine.ts';
import type { BlockResult, CompressionFormat, CompressionSetting } from './types.ts';
import type { CompressionPool } from './worker-pool.ts';

/** Part of what makes the output: counted up whenever the same input would become other bytes. Since 3 what is compressed is left alone. */
export const ENCODER_VERSION = 3;
/** Bytes of input per block. Part of what makes the output: another size would give other digests. */
export const COMPRESSION_BLOCKS: Record<CompressionFormat, number> = { gzip: 1024 * 1024, zstd: 4 * 1024 * 1024 };
/** A final empty block with fixed codes: ends the deflate stream. */
const LAST_DEFLATE_BLOCK = Uint8Array.of(0x03, 0x00);

/** Quick ones: gzip's 6 costs twice the time for layers that are some 6 % smaller. */
export const DEFAULT_LEVELS: Record<CompressionFormat, number> = { gzip: 2, zstd: 3 };

export interface CompressOptions extends CompressionSetting {
  pool: CompressionPool;
  /** Sees every piece of the source as it is read, before its buffer may be used again. */
  onRead?: (chunk: Uint8Array) => void;
  /** Blocks that wait for the threads; 1 when absent. More keep them busy where a layer is compressed alone and comes by fits and starts. */
  ahead?: number;
  /** The reader has done with each chunk when it takes the next: then its memory is used again. */
  recycle?: boolean;
}

/**
 * Compresses a stream in blocks on the pool's threads and gives the output in order, as one gzip member or as a sequence of zstd frames.
 * Deterministic; memory is bounded by a few blocks per thread. Ends the source when it is destroyed itself.
 * Fails as the source fails, and as `CompressionPool.run`.
 */
export function compressStream(source: Readable, options: CompressOptions): Readable {
  const stream = Readable.from(outputOf(source, options), { objectMode: false });
  stream.once('close', () => source.destroy());
  return stream;
}

async function* outputOf(source: Readable, options: CompressOptions): AsyncGenerator<Uint8Array> {
  const { pool, format, level, ahead = 1 } = options;
  const frame = format === 'gzip' ? new GzipMember(level) : new ZstdFrames();
  const blocks = new Blocks(source, options);
  const running: { length: number; result: Promise<BlockResult> }[] = [];
  const next = async (): Promise<Uint8Array> => {
    const first = running.shift();
    if (!first) return EMPTY;
    const { output, crc, buffer } = await first.result;
    frame.add(crc, first.length);
    if (options.recycle) return blocks.lend(output, buffer);
    const own = output.buffer === buffer ? output.slice() : output;
    blocks.reuse(buffer);
    return own;
  };
  yield frame.header();
  for await (const { block, dictionary } of blocks.read()) {
    const length = block.byteLength;
    const result = pool.run({ format, level, block, dictionary });
    // Whoever takes its turn sees the failure; until then it is not unhandled.
    result.catch(() => undefined);
    running.push({ length, result });
    // More than the threads, so that none waits for the reader.
    if (running.length >= pool.size + ahead) yield await next();
  }
  while (running.length > 0) yield await next();
  yield frame.trailer();
}

const EMPTY = new Uint8Array(0);
/** Chunks that a reader and the stream before it hold at once: one each, and one that is on its way. */
const LENT = 3;

/** Cuts a source into blocks of one size, in buffers that go round. */
class Blocks {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #size: number;
  readonly #withDictionary: boolean;
  readonly #onRead: ((chunk: Uint8Array) => void) | undefined;
  readonly #free: ArrayBuffer[] = [];
  readonly #lent: ArrayBuffer[] = [];

  constructor(source: Readable, { format, onRead }: CompressOptions) {
    this.#source = source;
    this.#size = COMPRESSION_BLOCKS[format];
    this.#withDictionary = format === 'gzip';
    this.#onRead = onRead;
  }

  /** The output may be in the block's buffer: that is used again when some more have been handed out. */
  lend(output: Uint8Array, buffer: ArrayBuffer): Uint8Array {
    this.#lent.push(buffer);
    const back = this.#lent.length > LENT ? this.#lent.shift() : undefined;
    if (back) this.reuse(back);
    return output;
  }

  reuse(buffer: ArrayBuffer): void {
    if (buffer.byteLength === this.#size) this.#free.push(buffer);
  }

  async *read(): AsyncGenerator<{ block: Uint8Array<ArrayBuffer>; dictionary?: Uint8Array<ArrayBuffer> }> {
    let dictionary: Uint8Array<ArrayBuffer> | undefined;
    const closed = (block: Uint8Array<ArrayBuffer>) => {
      const before = dictionary;
      if (this.#withDictionary) dictionary = block.slice(-WINDOW);
      return before ? { block, dictionary: before } : { block };
    };
    let block = this.#take();
    let filled = 0;
    for await (const chunk of this.#source) {
      this.#onRead?.(chunk);
      for (let offset = 0; offset < chunk.byteLength; ) {
        const piece = chunk.subarray(offset, offset + this.#size - filled);
        block.set(piece, filled);
        filled += piece.byteLength;
        offset += piece.byteLength;
        if (filled < this.#size) continue;
        yield closed(block);
        block = this.#take();
        filled = 0;
      }
    }
    if (filled > 0) yield closed(block.subarray(0, filled));
  }

  #take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(this.#size));
  }
}

/** RFC 1952: one member, without name and time, so that only the content decides its bytes. */
class GzipMember {
  readonly #level: number;
  #crc = 0;
  #length = 0;

  constructor(level: number) {
    this.#level = level;
  }

  header(): Uint8Array {
    const extraFlags = this.#level === 9 ? 2 : this.#level === 1 ? 4 : 0;
    const unknownSystem = 255;
    return Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extraFlags, unknownSystem);
  }

  add(crc: number, length: number): void {
    this.#crc = combineCrc32(this.#crc, crc, length);
    this.#length += length;
  }

  trailer(): Uint8Array {
    const sums = Buffer.alloc(8);
    sums.writeUInt32LE(this.#crc, 0);
    sums.writeUInt32LE(this.#length % 2 ** 32, 4);
    return Buffer.concat([LAST_DEFLATE_BLOCK, sums]);
  }
}

/** RFC 8878: every block is a whole frame; an empty stream is one empty frame. */
class ZstdFrames {
  #length = 0;

  header(): Uint8Array {
    return EMPTY;
  }

  add(_crc: number, length: number): void {
    this.#length += length;
  }

  trailer(): Uint8Array {
    return this.#length > 0 ? EMPTY : EMPTY_ZSTD_FRAME;
  }
}

/** Magic number, descriptor of a single segment of size 0, and a last raw block of 0 bytes. */
const EMPTY_ZSTD_FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00);
