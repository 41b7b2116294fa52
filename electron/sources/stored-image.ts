import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Digest, digestAlgorithm } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import type { StoreOddity } from '../../shared/job-notes.ts';
import { type OpenFile, readAt, readExactly } from '../files/contained-files.ts';
import { buffersFor, destroyOnAbort, type NextBuffer, READ_SIZE } from '../files/read-buffers.ts';
import { unreadable } from '../files/system-errors.ts';
import { MAX_JSON_BYTES } from '../image/json.ts';
import type { BlobOptions, Companion, Descriptor, ImageOrigin, ImageSignature, LocalImage } from '../image/types.ts';
import { hasDigest, verifyBytes, wronglyDescribed, wrongSize } from '../image/verify.ts';

export interface StoredImageFacts {
  /** Carries its content (`data`) where the store has no such file. */
  root: Descriptor;
  name: string;
  references: string[];
  /** The layers are plain tars that a push compresses. */
  uncompressed?: boolean;
  oddities?: readonly StoreOddity[];
  origin?: ImageOrigin;
  /** As `LocalImage.signatures`. */
  signatures?: (image: LocalImage, digest: Digest) => Promise<readonly ImageSignature[]>;
  /** As `LocalImage.companionsOf`. */
  companionsOf?: (image: LocalImage, manifests: ReadonlySet<Digest>) => Promise<Companion[]>;
  /** As `LocalImage.companions`. */
  companions?: (image: LocalImage, along: ReadonlySet<Digest>) => Promise<number>;
}

/** One image whose blobs are files, such as that of an OCI image layout. Holds no open files: each blob is opened when it is read. */
export class StoredImage implements LocalImage {
  readonly root: Descriptor;
  readonly name: string;
  readonly references: string[];
  readonly uncompressed?: true;
  readonly sizeOf?: (digest: Digest) => Promise<number>;
  readonly oddities: readonly StoreOddity[];
  readonly companions?: NonNullable<LocalImage['companions']>;
  readonly origin?: ImageOrigin;
  readonly signatures?: NonNullable<LocalImage['signatures']>;
  readonly companionsOf?: NonNullable<LocalImage['companionsOf']>;
  readonly #files: BlobFiles;

  constructor(files: BlobFiles, facts: StoredImageFacts) {
    const { root, name, references, uncompressed, oddities = [], companions, signatures, companionsOf } = facts;
    this.#files = files;
    this.root = root;
    this.name = name;
    this.references = references;
    this.oddities = oddities;
    if (uncompressed) this.uncompressed = true;
    if (facts.origin) this.origin = facts.origin;
    if (signatures) this.signatures = (digest) => signatures(this, digest);
    if (companionsOf) this.companionsOf = (manifests) => companionsOf(this, manifests);
    if (companions) this.companions = (along) => companions(this, along);
    if (files.sizeOf) this.sizeOf = (digest) => files.sizeOf?.(digest) ?? Promise.resolve(0);
  }

  async read(descriptor: Descriptor): Promise<Uint8Array> {
    const { digest, size } = descriptor;
    if (size > MAX_JSON_BYTES) {
      const message = `The manifest or config ${digest} is ${size} bytes long; at most 4 MiB are allowed.`;
      throw new PushboatError('TOO_LARGE', message, { digest, path: this.#files.blobPath(digest) });
    }
    const embedded = embeddedContent(descriptor);
    const bytes = embedded ?? (await this.#readFile(descriptor));
    verifyBytes(bytes, digest, embedded ? undefined : () => this.#files.blobPath(digest));
    return bytes;
  }

  async check(descriptor: Descriptor): Promise<void> {
    if (embeddedContent(descriptor)) return;
    (await this.#open(descriptor)).close();
  }

  /** Where in its file a blob begins, in bytes; undefined for one that is not there as its descriptor says. */
  async placeOf(descriptor: Descriptor): Promise<number | undefined> {
    try {
      const file = await this.#open(descriptor);
      file.close();
      return file.start;
    } catch (error) {
      // Whoever wants the blob is told what is wrong with it.
      if (error instanceof PushboatError) return undefined;
      throw error;
    }
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): Readable {
    const { signal, offset = 0, length = descriptor.size - offset, recycle = false } = options;
    const chunks = this.#chunks(descriptor, offset, offset + length, buffersFor(recycle));
    const stream = Readable.from(chunks, { objectMode: false, highWaterMark: READ_SIZE });
    if (signal) destroyOnAbort(stream, signal);
    return stream;
  }

  async bytes(descriptor: Descriptor, { offset, length }: { offset: number; length: number }): Promise<Uint8Array> {
    const embedded = embeddedContent(descriptor);
    if (embedded) return embedded.subarray(offset, offset + length);
    const path = this.#files.blobPath(descriptor.digest);
    const file = await this.#open(descriptor);
    try {
      const bytes = await readExactly(file, { offset, length });
      if (bytes.byteLength === length) return bytes;
      throw wrongSize(descriptor.digest, path, descriptor.size, offset + bytes.byteLength);
    } catch (error) {
      throw unreadable(path, error);
    } finally {
      file.close();
    }
  }

  async #readFile(descriptor: Descriptor): Promise<Uint8Array> {
    const { digest } = descriptor;
    const file = await this.#open(descriptor);
    try {
      const bytes = await readExactly(file);
      if (bytes.byteLength === file.size) return bytes;
      throw wrongSize(digest, this.#files.blobPath(digest), file.size, bytes.byteLength);
    } catch (error) {
      throw unreadable(this.#files.blobPath(digest), error);
    } finally {
      file.close();
    }
  }

  /** @throws PushboatError BLOB_SIZE_MISMATCH for one of another size than its descriptor says; as `BlobFiles.openBlob` */
  async #open({ digest, size }: Descriptor): Promise<OpenFile> {
    const file = await this.#files.openBlob(digest);
    if (file.size === size) return file;
    try {
      throw await sizeFault(file, { digest, size, path: this.#files.blobPath(digest) });
    } finally {
      file.close();
    }
  }

  /** Opens the blob at the first read, so that a stream which is never read holds no file. */
  async *#chunks(
    descriptor: Descriptor,
    offset: number,
    end: number,
    nextBuffer: NextBuffer,
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
    const file = await this.#open(descriptor);
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
      file.close();
    }
  }
}

/** Bytes of a blob up to which it is looked for who is wrong about its size: longer ones take too long to read. */
const MOST_HASHED = 256 * 1024 * 1024;

/** What is wrong where a blob has another size than its descriptor says: the file, or, when it has the digest, the descriptor. */
async function sizeFault(
  file: OpenFile,
  { digest, size, path }: { digest: Digest; size: number; path: string },
): Promise<PushboatError> {
  if (file.size > MOST_HASHED) return wrongSize(digest, path, size, file.size);
  const hash = createHash(digestAlgorithm(digest));
  const buffer = Buffer.allocUnsafe(READ_SIZE);
  try {
    for (let position = 0, count = -1; count !== 0; position += count) {
      count = await readAt(file, buffer, Math.min(READ_SIZE, file.size - position), position);
      hash.update(buffer.subarray(0, count));
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  const isWhole = `${digestAlgorithm(digest)}:${hash.digest('hex')}` === digest;
  return isWhole ? wronglyDescribed(digest, path, size, file.size) : wrongSize(digest, path, size, file.size);
}

/** Content that the descriptor carries itself (descriptor.md, `data`); undefined where it is not what the descriptor is of. */
function embeddedContent({ data, digest, size }: Descriptor): Uint8Array | undefined {
  if (data === undefined) return undefined;
  const bytes = Buffer.from(data, 'base64');
  return bytes.byteLength === size && hasDigest(bytes, digest) ? bytes : undefined;
}

/** Where the blobs of a store are: files of a folder, or members of an archive. */
export interface BlobFiles {
  /** Where the blob is, or would be; for messages. */
  blobPath(digest: Digest): string;
  /**
   * Opens a blob, of whatever size it is.
   * @throws PushboatError BLOB_MISSING, PATH_ESCAPES, SOURCE_UNREADABLE
   */
  openBlob(digest: Digest): Promise<OpenFile>;
  /** Size of a blob in bytes, in stores whose manifests may not say it. @throws as `openBlob` */
  sizeOf?(digest: Digest): Promise<number>;
}
