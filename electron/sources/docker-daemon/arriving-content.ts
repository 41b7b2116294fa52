import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffersFor, READ_SIZE } from '../../files/read-buffers.ts';
import { fill } from '../../image/tar/block-reader.ts';
import type { ForwardReader } from '../../image/tar/forward-reader.ts';

/** Chunks that are read ahead: on a busy machine an engine and those who compress seldom have their turns together. */
const AHEAD = 8;

/** A content of an archive that is arriving, as a stream that is made when it is asked for. The archive is read on when it is closed. */
export class ArrivingContent {
  readonly #reader: ForwardReader;
  readonly #offset: number;
  readonly #size: number;
  readonly #over = Promise.withResolvers<void>();
  #stream: Readable | undefined;
  #isBegun = false;
  #failure: { error: unknown } | undefined;

  /** @param offset where it begins in the archive, in bytes. */
  constructor(reader: ForwardReader, { offset, size }: { offset: number; size: number }) {
    this.#reader = reader;
    this.#offset = offset;
    this.#size = size;
  }

  /** The content from its start, in chunks that are not joined: that would copy them. Fails when the archive ends within it. */
  stream(): Readable {
    this.#stream ??= Readable.from(this.#chunks(), { highWaterMark: 1 + AHEAD });
    return this.#stream;
  }

  /** @throws what the archive failed with while the content was read. */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Ends the stream, and waits until nothing reads the archive any more. */
  async close(): Promise<void> {
    this.#stream?.on('error', () => undefined).destroy();
    if (this.#isBegun) await this.#over.promise;
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    this.#isBegun = true;
    const nextBuffer = buffersFor(true, AHEAD);
    try {
      for (let done = 0; done < this.#size; ) {
        const buffer = nextBuffer(Math.min(READ_SIZE, this.#size - done));
        const count = await this.#fill(buffer, this.#offset + done);
        if (count > 0) yield buffer.subarray(0, count);
        done += count;
        if (count < buffer.byteLength) throw new Error('it ended early');
      }
    } finally {
      this.#over.resolve();
    }
  }

  async #fill(buffer: Buffer, position: number): Promise<number> {
    try {
      return await fill(this.#reader, buffer, position);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

/** A content that has been written to a file as it stands in the archive. It may be read to its end though the file is removed. */
export function keptContent(path: string, place: { offset: number; size: number }): Readable {
  return Readable.from(keptChunks(path, place), { objectMode: false, highWaterMark: READ_SIZE });
}

async function* keptChunks(
  path: string,
  { offset, size }: { offset: number; size: number },
): AsyncGenerator<Uint8Array> {
  await using file = await open(path);
  const nextBuffer = buffersFor(true);
  for (let done = 0; done < size; ) {
    const buffer = nextBuffer(Math.min(READ_SIZE, size - done));
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, offset + done);
    if (bytesRead === 0) throw new Error('it ended early');
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
