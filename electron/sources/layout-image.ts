import { Readable } from 'node:stream';
import { PushboatError } from '../../shared/errors.ts';
import { MAX_JSON_BYTES } from '../image/json.ts';
import type { BlobOptions, Descriptor, LocalImage } from '../image/types.ts';
import { verifyBytes } from '../image/verify.ts';
import { closeFile, readAt, readExactly } from './contained-files.ts';
import { unreadable } from './fs-errors.ts';
import { type LayoutFiles, wrongSize } from './layout-files.ts';

/** Bytes per read of a blob: large enough that system calls cost nothing beside the network, small enough for the collector to keep up. */
const READ_SIZE = 512 * 1024;

/**
 * Buffers that a recycling stream reads into in turn. A chunk is valid while this many minus one follow: more than the streams and
 * the socket between the disk and the network hold at once, each of which stops at one or two.
 */
const RING_SIZE = 8;

/** One image of an OCI image layout. Holds no open files: each blob is opened when it is read. */
export class LayoutImage implements LocalImage {
  readonly root: Descriptor;
  readonly name: string;
  readonly references: string[];
  readonly #files: LayoutFiles;

  constructor(files: LayoutFiles, root: Descriptor, name: string, references: string[]) {
    this.#files = files;
    this.root = root;
    this.name = name;
    this.references = references;
  }

  async read(descriptor: Descriptor): Promise<Uint8Array> {
    const { digest, size } = descriptor;
    if (size > MAX_JSON_BYTES) {
      const message = `The manifest or config ${digest} is ${size} bytes long; at most 4 MiB are allowed.`;
      throw new PushboatError('TOO_LARGE', message, {
        digest,
        path: this.#files.blobPath(digest),
        hint: 'rebuild-image',
      });
    }
    const embedded = embeddedContent(descriptor);
    const bytes = embedded ?? (await this.#readFile(descriptor));
    verifyBytes(bytes, digest, embedded ? undefined : () => this.#files.blobPath(digest));
    return bytes;
  }

  async check(descriptor: Descriptor): Promise<void> {
    if (embeddedContent(descriptor)) return;
    closeFile(await this.#files.openBlob(descriptor));
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): Readable {
    const { signal, offset = 0, length = descriptor.size - offset, recycle = false } = options;
    const nextBuffer = recycle ? ringOfBuffers() : (size: number) => Buffer.allocUnsafeSlow(size);
    const chunks = this.#chunks(descriptor, offset, offset + length, nextBuffer);
    const stream = Readable.from(chunks, { objectMode: false, highWaterMark: READ_SIZE });
    if (signal) destroyOnAbort(stream, signal);
    return stream;
  }

  async #readFile(descriptor: Descriptor): Promise<Uint8Array> {
    const { digest } = descriptor;
    const file = await this.#files.openBlob(descriptor);
    try {
      const bytes = await readExactly(file);
      if (bytes.byteLength === file.size) return bytes;
      throw wrongSize(digest, this.#files.blobPath(digest), file.size, bytes.byteLength);
    } catch (error) {
      throw unreadable(this.#files.blobPath(digest), error);
    } finally {
      closeFile(file);
    }
  }

  /** Opens the blob at the first read, so that a stream which is never read holds no file. */
  async *#chunks(
    descriptor: Descriptor,
    offset: number,
    end: number,
    nextBuffer: (size: number) => Buffer,
  ): AsyncGenerator<Uint8Array> {
    const { digest, size } = descriptor;
    if (offset > size)
      throw new PushboatError('INTERNAL', `Offset ${offset} is beyond the blob ${digest}.`, { digest });
    const embedded = embeddedContent(descriptor);
    if (embedded) {
      if (offset < size) yield embedded.subarray(offset, end);
      return;
    }
    const path = this.#files.blobPath(digest);
    const file = await this.#files.openBlob(descriptor);
    try {
      for (let position = offset; position < end; ) {
        const buffer = nextBuffer(Math.min(READ_SIZE, end - position));
        const count = await readAt(file, buffer, buffer.byteLength, position);
        // The file became shorter after it was opened.
        if (count === 0) throw wrongSize(digest, path, size, position);
        position += count;
        yield count === buffer.byteLength ? buffer : buffer.subarray(0, count);
      }
    } catch (error) {
      throw unreadable(path, error);
    } finally {
      closeFile(file);
    }
  }
}

/** Gives the same few buffers again and again (architecture, decision 5): what is not allocated need not be collected. */
function ringOfBuffers(): (size: number) => Buffer {
  const ring: Buffer[] = [];
  let turn = 0;
  return (size) => {
    const at = turn++ % RING_SIZE;
    const buffer = (ring[at] ??= Buffer.allocUnsafeSlow(READ_SIZE));
    return size === READ_SIZE ? buffer : buffer.subarray(0, size);
  };
}

/** Content that the descriptor carries itself (descriptor.md, `data`). @throws PushboatError BLOB_SIZE_MISMATCH */
function embeddedContent(descriptor: Descriptor): Uint8Array | undefined {
  if (descriptor.data === undefined) return undefined;
  const bytes = Buffer.from(descriptor.data, 'base64');
  if (bytes.byteLength === descriptor.size) return bytes;
  throw wrongSize(descriptor.digest, 'the descriptor’s data', descriptor.size, bytes.byteLength);
}

function destroyOnAbort(stream: Readable, signal: AbortSignal): void {
  const abort = () => {
    stream.destroy(new PushboatError('CANCELLED', 'Reading was cancelled.', { cause: signal.reason }));
  };
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener('abort', abort, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', abort));
}
