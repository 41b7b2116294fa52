import { BLOCK } from './header.ts';

/** Random access to an archive's bytes: of the file itself, or of what it was unpacked to. */
export interface ByteReader {
  /** Bytes; of a stream that has not ended yet, more than any archive has. */
  readonly size: number;
  /** Reads up to `length` bytes at `position`; 0 at the end. */
  read(buffer: Buffer, length: number, position: number): Promise<number>;
}

/** Bytes per read: where headers are far apart, little else is read; where they are close, many come at once. */
const SMALLEST_WINDOW = 8 * BLOCK;
const LARGEST_WINDOW = 1024 * BLOCK;

/** Reads blocks in ascending order with few calls. */
export class BlockReader {
  readonly #reader: ByteReader;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;
  #size = SMALLEST_WINDOW;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** The block at a position, shorter where the archive ends. Valid until the next call. */
  async at(position: number): Promise<Buffer> {
    const end = this.#start + this.#window.byteLength;
    if (position < this.#start || position + BLOCK > end) {
      const isNear = position >= this.#start && position <= end + BLOCK;
      this.#size = isNear ? Math.min(this.#size * 2, LARGEST_WINDOW) : SMALLEST_WINDOW;
      this.#window = await readBytes(this.#reader, position, this.#size);
      this.#start = position;
    }
    const offset = position - this.#start;
    return this.#window.subarray(offset, offset + BLOCK);
  }
}

/** Up to `length` bytes at `position`; fewer only at the end of the archive. */
export async function readBytes(reader: ByteReader, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, reader.size - position)));
  return buffer.subarray(0, await fill(reader, buffer, position));
}

/** Reads until the buffer is full; fewer bytes only at the end of the archive. */
export async function fill(reader: Pick<ByteReader, 'read'>, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const count = await reader.read(buffer.subarray(filled), buffer.byteLength - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
