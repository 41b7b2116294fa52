/** A frame as RFC 8878 writes it; frames of other tools' data, which decompressors pass over, have one of sixteen magic numbers. */
const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const BLOCK_HEADER = 3;
const CHECKSUM = 4;
/** Bytes of the dictionary's number and of the content size, by their flags. */
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/** What libzstd takes unless it is told otherwise, and so what other tools read: `zstd --long=27`. Bytes. */
const MAX_WINDOW = 128 * 1024 * 1024;

/** What is wrong with zstd data; `isDamage` is false where it is whole but asks for more than can be given. */
export class ZstdFault extends Error {
  readonly isDamage: boolean;

  constructor(message: string, isDamage = true) {
    super(message);
    this.isDamage = isDamage;
  }
}

/** True for bytes that begin with a frame of zstd data, or with one that is passed over (pzstd and zstd:chunked write such). */
export function beginsWithZstd(head: Uint8Array): boolean {
  if (head.byteLength < 4) return false;
  const magic = Buffer.from(head.buffer, head.byteOffset, 4).readUInt32LE(0);
  return magic === FRAME_MAGIC || isSkippable(magic);
}

/**
 * The frames of zstd data one after another, without those that are to be passed over: no chunk reaches beyond its frame. Node's decompressor
 * ends with the first frame of a chunk and drops the rest of it (https://github.com/nodejs/node/issues/64741).
 * @throws ZstdFault for what is no frame, is cut off, or needs a window beyond 128 MiB; what `chunks` fails with
 */
export async function* zstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new FrameInput(chunks);
  try {
    while (await input.hasMore()) {
      const magic = (await input.take(4)).readUInt32LE(0);
      if (magic === FRAME_MAGIC) {
        yield* restOfFrame(input);
      } else if (isSkippable(magic)) {
        const size = (await input.take(4)).readUInt32LE(0);
        await input.skip(size);
      } else {
        throw new ZstdFault('something that is not a zstd frame follows');
      }
    }
  } finally {
    await input.close();
  }
}

/** The bytes of a frame whose magic number was taken. */
async function* restOfFrame(input: FrameInput): AsyncGenerator<Uint8Array> {
  const flags = (await input.take(1)).readUInt8(0);
  const isSingleSegment = (flags & 0x20) !== 0;
  const sizeFlag = flags >> 6;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  const dictionaryBytes = DICTIONARY_BYTES[flags & 3] ?? 0;
  const header = await input.take((isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes);
  requireWindow(isSingleSegment ? contentSize(header.subarray(dictionaryBytes), sizeBytes) : windowSize(header));
  for (let isLast = false; !isLast; ) {
    const block = (await input.take(BLOCK_HEADER)).readUIntLE(0, BLOCK_HEADER);
    isLast = (block & 1) === 1;
    const type = (block >> 1) & 3;
    if (type === 3) throw new ZstdFault('a block is of no known type');
    // A block of one repeated byte holds that byte alone.
    await input.pass(type === 1 ? 1 : block >> 3);
    yield* input.wholeChunks();
  }
  if ((flags & 4) !== 0) await input.pass(CHECKSUM);
  yield* input.endOfFrame();
}

function isSkippable(magic: number): boolean {
  return (magic & SKIPPABLE_MASK) === SKIPPABLE_MAGIC;
}

/** RFC 8878, 3.1.1.1.2. */
function windowSize(header: Buffer): number {
  const byte = header.readUInt8(0);
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

function contentSize(field: Buffer, length: number): number {
  if (length === 8) return Number(field.readBigUInt64LE(0));
  return field.readUIntLE(0, length) + (length === 2 ? 256 : 0);
}

function requireWindow(size: number): void {
  if (size <= MAX_WINDOW) return;
  const [needed, most] = [size, MAX_WINDOW].map((bytes) => `${Math.ceil(bytes / 1024 ** 2)} MiB`);
  const why = `unpacking it needs a window of ${needed}, and at most ${most} are allowed: compress it with zstd --long=27 or less`;
  throw new ZstdFault(why, false);
}

/** Bytes that come in chunks, of which those since the start of a frame are handed on in pieces as large as they came. */
class FrameInput {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  /** In the chunk: where the frame, or its next piece, begins, and what is to be looked at next. */
  #start = 0;
  #position = 0;
  #passed: Uint8Array[] = [];

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Lets go of the chunks, read to their end or not. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** False at the end of the data. */
  async hasMore(): Promise<boolean> {
    while (this.#position === this.#chunk.byteLength) {
      if (this.#position > this.#start) this.#passed.push(this.#chunk.subarray(this.#start));
      const { value, done } = await this.#chunks.next();
      this.#chunk = done ? new Uint8Array() : value;
      this.#start = 0;
      this.#position = 0;
      if (done) return false;
    }
    return true;
  }

  /** The next bytes, to be looked at. */
  async take(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    for (let filled = 0; filled < length; ) {
      const part = await this.#next(length - filled);
      bytes.set(part, filled);
      filled += part.byteLength;
    }
    return bytes;
  }

  async pass(length: number): Promise<void> {
    for (let missing = length; missing > 0; ) missing -= (await this.#next(missing)).byteLength;
  }

  /** Forgets what was taken since the last frame, and so many bytes more. */
  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0; ) {
      missing -= (await this.#next(missing)).byteLength;
      this.#forget();
    }
    this.#forget();
  }

  *wholeChunks(): Generator<Uint8Array> {
    yield* this.#passed;
    this.#passed = [];
  }

  *endOfFrame(): Generator<Uint8Array> {
    yield* this.wholeChunks();
    if (this.#position > this.#start) yield this.#chunk.subarray(this.#start, this.#position);
    this.#start = this.#position;
  }

  #forget(): void {
    this.#passed = [];
    this.#start = this.#position;
  }

  async #next(most: number): Promise<Uint8Array> {
    if (!(await this.hasMore())) throw new ZstdFault('it is cut off');
    const part = this.#chunk.subarray(this.#position, this.#position + most);
    this.#position += part.byteLength;
    return part;
  }
}
