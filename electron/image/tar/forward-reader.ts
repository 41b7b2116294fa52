import { archiveInvalid } from './archive-errors.ts';
import type { ByteReader } from './block-reader.ts';

/** Bytes that can still be read after others behind them: headers are read in windows, and those with long names a second time. */
const HISTORY = 4 * 1024 * 1024;

/** An archive that arrives as a stream, read by ascending positions. What is skipped is thrown away, and nothing is kept but a little history. */
export class ForwardReader implements ByteReader {
  readonly #chunks: Buffer[] = [];
  readonly #source: AsyncIterator<Buffer>;
  readonly #path: string;
  /** Position of the first byte that is still there, and of the one after the last. */
  #start = 0;
  #end = 0;
  #isOver = false;

  /** @param path names the archive in messages. */
  constructor(source: AsyncIterable<Buffer>, path: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#path = path;
  }

  get size(): number {
    return this.#isOver ? this.#end : Number.MAX_SAFE_INTEGER;
  }

  /** Bytes that have arrived. */
  get arrived(): number {
    return this.#end;
  }

  /** @throws PushboatError ARCHIVE_INVALID for a position too far back; what the stream fails with. */
  async read(buffer: Buffer, length: number, position: number): Promise<number> {
    while (this.#end <= position && !this.#isOver) await this.#pull();
    if (position >= this.#end) return 0;
    if (position < this.#start) throw archiveInvalid(this.#path, 'its headers are too long', position);
    let start = this.#start;
    for (const chunk of this.#chunks) {
      if (position < start + chunk.byteLength)
        return chunk.copy(buffer, 0, position - start, position - start + length);
      start += chunk.byteLength;
    }
    return 0;
  }

  async #pull(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done) {
      this.#isOver = true;
      return;
    }
    this.#chunks.push(value);
    this.#end += value.byteLength;
    for (
      let [oldest] = this.#chunks;
      oldest && this.#end - this.#start - oldest.byteLength > HISTORY;
      [oldest] = this.#chunks
    ) {
      this.#chunks.shift();
      this.#start += oldest.byteLength;
    }
  }
}
