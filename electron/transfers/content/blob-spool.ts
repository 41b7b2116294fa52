import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Digest, digestHex } from '../../../shared/digest.ts';
import { messageOf, PushboatError } from '../../../shared/errors.ts';
import { buffersFor, destroyOnAbort, type NextBuffer, READ_SIZE } from '../../files/read-buffers.ts';
import { isFull, makeTemporaryFolder } from '../../files/temporary-file.ts';
import { removeAbandoned, temporaryName } from '../../files/temporary-names.ts';
import type { BlobOptions } from '../../image/types.ts';
import { hashStream } from '../../image/verify.ts';

/** Bytes of blobs that are kept although they were uploaded: another push of the same layers may begin before this one ends. */
const KEPT_BYTES = 128 * 1024 * 1024;

/** What a blob is called until it is whole. */
const PENDING = 'pending';

/** A blob of this spool. */
export interface SpooledBlob {
  digest: Digest;
  /** Bytes. */
  size: number;
}

/**
 * Compressed layers on disk, by digest: in a temporary folder until the last user of each has released it, or for good in a folder of
 * the person's choice (`--blob-cache`), named as in an OCI layout.
 */
export class BlobSpool {
  readonly #temporaryDir: string;
  readonly #cacheDir: string | undefined;
  #folder: Promise<string> | undefined;
  /** Blobs that this process wrote, or read through once. */
  readonly #paths = new Map<Digest, string>();
  readonly #owners = new Map<Digest, Set<object>>();
  /** Bytes of the blobs that have users. */
  readonly #sizes = new Map<Digest, number>();
  readonly #keptBytes: number;

  /** @param temporaryDir for the folder that is made where there is no `cacheDir`. */
  constructor(temporaryDir: string, cacheDir?: string, keptBytes: number = KEPT_BYTES) {
    this.#temporaryDir = temporaryDir;
    this.#cacheDir = cacheDir;
    this.#keptBytes = keptBytes;
  }

  /** Whether the blob is there. What an earlier process left is read through first, and removed when it is not what its name says. */
  async has({ digest, size }: SpooledBlob): Promise<boolean> {
    if (this.#paths.has(digest)) return true;
    if (this.#cacheDir === undefined) return false;
    const path = join(await this.#open(), digestHex(digest));
    const found = await stat(path).catch(() => undefined);
    if (!found) return false;
    const content = found.size === size ? await hashStream(createReadStream(path)) : undefined;
    if (content?.digest === digest) this.#paths.set(digest, path);
    else await rm(path, { force: true });
    return this.#paths.has(digest);
  }

  /**
   * Writes a blob under a temporary name, and renames it when it is whole. A failure leaves nothing behind.
   * @throws PushboatError SOURCE_UNREADABLE when it cannot be written, or what `blocks` throws.
   */
  async write(blocks: AsyncIterable<Uint8Array>): Promise<SpooledBlob> {
    const folder = await guard(this.#cacheDir ?? this.#temporaryDir, this.#open());
    const pending = join(folder, temporaryName(PENDING));
    try {
      const written = await writeBlob(pending, blocks);
      const path = join(folder, digestHex(written.digest));
      await guard(path, rename(pending, path));
      this.#paths.set(written.digest, path);
      return written;
    } catch (error) {
      await rm(pending, { force: true });
      throw error;
    }
  }

  /** Bytes of a blob that is there. @throws PushboatError INTERNAL when it is not. */
  read(
    { digest, size }: SpooledBlob,
    { offset = 0, length = size - offset, recycle = false, signal }: BlobOptions,
  ): Readable {
    const path = this.#paths.get(digest);
    if (path === undefined) throw new PushboatError('INTERNAL', `The layer ${digest} was not compressed.`, { digest });
    const chunks = chunksOf(path, offset, offset + length, buffersFor(recycle));
    const stream = Readable.from(chunks, { objectMode: false, highWaterMark: READ_SIZE });
    if (signal) destroyOnAbort(stream, signal);
    return stream;
  }

  /** Keeps a blob until this user, and all others, have released it. */
  retain({ digest, size }: SpooledBlob, owner: object): void {
    const users = this.#owners.get(digest) ?? new Set();
    this.#owners.set(digest, users.add(owner));
    this.#sizes.set(digest, size);
  }

  /** Removes a blob that was written and that nobody has a use for. */
  async drop({ digest }: SpooledBlob): Promise<void> {
    const path = this.#paths.get(digest);
    if (this.#owners.has(digest) || this.#cacheDir !== undefined) return;
    this.#paths.delete(digest);
    if (path !== undefined) await rm(path, { force: true });
  }

  /** The user has uploaded a blob, and will hardly need it again: it may go where there are many. */
  async uploaded({ digest }: SpooledBlob, owner: object): Promise<void> {
    const sum = [...this.#sizes.values()].reduce((total, size) => total + size, 0);
    if (sum <= this.#keptBytes) return;
    const path = this.#releaseOne(digest, owner);
    if (path !== undefined) await rm(path, { force: true });
  }

  /** The user needs none of its blobs any more: those that nobody else needs are removed, unless they are kept for good. */
  async release(owner: object): Promise<void> {
    const unneeded = [...this.#owners.keys()].map((digest) => this.#releaseOne(digest, owner));
    await Promise.all(unneeded.flatMap((path) => (path === undefined ? [] : [rm(path, { force: true })])));
  }

  /** The file that nobody needs any more, if that is so and it is not kept for good. */
  #releaseOne(digest: Digest, owner: object): string | undefined {
    const users = this.#owners.get(digest);
    if (!users?.delete(owner) || users.size > 0) return undefined;
    this.#owners.delete(digest);
    this.#sizes.delete(digest);
    const path = this.#paths.get(digest);
    if (this.#cacheDir !== undefined || path === undefined) return undefined;
    this.#paths.delete(digest);
    return path;
  }

  /** Removes the temporary folder with all that is in it. */
  async close(): Promise<void> {
    const folder = await this.#folder?.catch(() => undefined);
    this.#folder = undefined;
    this.#paths.clear();
    if (this.#cacheDir === undefined && folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  #open(): Promise<string> {
    this.#folder ??= this.#makeFolder();
    // A failure is not kept: there may be room again.
    this.#folder.catch(() => {
      this.#folder = undefined;
    });
    return this.#folder;
  }

  async #makeFolder(): Promise<string> {
    if (this.#cacheDir === undefined) return makeTemporaryFolder(this.#temporaryDir, 'pushboat-layers');
    const folder = join(this.#cacheDir, 'blobs', 'sha256');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeAbandoned(folder, PENDING);
    return folder;
  }
}

/** Opens the file at the first read, so that a stream which is never read holds none. */
async function* chunksOf(
  path: string,
  offset: number,
  end: number,
  nextBuffer: NextBuffer,
): AsyncGenerator<Uint8Array> {
  await using file = await open(path);
  for (let position = offset; position < end; ) {
    const buffer = nextBuffer(Math.min(READ_SIZE, end - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, position);
    if (bytesRead === 0) throw new PushboatError('INTERNAL', `The compressed layer in ${path} was cut off.`, { path });
    position += bytesRead;
    yield bytesRead === buffer.byteLength ? buffer : buffer.subarray(0, bytesRead);
  }
}

async function writeBlob(path: string, blocks: AsyncIterable<Uint8Array>): Promise<SpooledBlob> {
  await using file = await guard(path, open(path, 'wx', 0o600));
  const hash = createHash('sha256');
  let size = 0;
  for await (const block of blocks) {
    hash.update(block);
    size += block.byteLength;
    await guard(path, file.writeFile(block));
  }
  return { digest: `sha256:${hash.digest('hex')}` as Digest, size };
}

async function guard<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PushboatError) throw error;
    const detail = messageOf(error);
    throw new PushboatError('SOURCE_UNREADABLE', `A compressed layer cannot be kept in ${path}.`, {
      path,
      detail,
      hint: isFull(error) ? 'make-room' : 'check-permissions',
      cause: error,
    });
  }
}
