import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Digest, digestAlgorithm, isDigest } from '../../shared/digest.ts';

/** A blob on its way in: bytes are hashed as they arrive, nothing is held back in memory by the disk store. */
export interface PendingBlob {
  /** Bytes so far. */
  readonly size: number;
  append(chunk: Uint8Array): Promise<void>;
  /** Digest of the bytes so far. SHA-256 is known at once, SHA-512 is computed by reading the bytes again. */
  digest(algorithm: 'sha256' | 'sha512'): Promise<Digest>;
  /** Makes the bytes readable under `digest`, which the caller has compared. */
  keep(digest: Digest): Promise<void>;
  discard(): Promise<void>;
}

export interface BlobStore {
  begin(): Promise<PendingBlob>;
  /** Bytes, or undefined when the blob is not here. */
  size(digest: Digest): number | undefined;
  /** Both offsets inclusive, as `createReadStream` and HTTP ranges count. */
  read(digest: Digest, range?: { start: number; end: number }): Readable;
  digests(): Digest[];
  close(): Promise<void>;
}

/** A store in a temporary folder of its own, removed by `close()`; memory stays flat for blobs of any size. */
export async function openDiskStore(): Promise<BlobStore> {
  const folder = await mkdtemp(join(tmpdir(), 'pushboat-registry-'));
  const sizes = new Map<Digest, number>();
  const pathOf = (digest: Digest) => join(folder, digest.replace(':', '-'));
  let count = 0;
  return {
    begin: async () => {
      count += 1;
      const path = join(folder, `pending-${count}`);
      const file = await open(path, 'w+');
      return diskBlob(file, path, async (digest, size) => {
        await rename(path, pathOf(digest));
        sizes.set(digest, size);
      });
    },
    size: (digest) => sizes.get(digest),
    read: (digest, range) => (sizes.get(digest) === 0 ? Readable.from([]) : createReadStream(pathOf(digest), range)),
    digests: () => [...sizes.keys()],
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function diskBlob(file: FileHandle, path: string, kept: (digest: Digest, size: number) => Promise<void>): PendingBlob {
  const sha256 = createHash('sha256');
  let size = 0;
  return {
    get size() {
      return size;
    },
    append: async (chunk) => {
      let written = 0;
      while (written < chunk.length)
        written += (await file.write(chunk, written, chunk.length - written, size + written)).bytesWritten;
      sha256.update(chunk);
      size += chunk.length;
    },
    digest: async (algorithm) =>
      algorithm === 'sha256' ? finish('sha256', sha256.copy()) : hashStream(algorithm, createReadStream(path)),
    keep: async (digest) => {
      await file.close();
      await kept(digest, size);
    },
    discard: async () => {
      await file.close();
      await rm(path, { force: true });
    },
  };
}

/** A store in memory: for tests with small blobs. */
export function openMemoryStore(): BlobStore {
  const blobs = new Map<Digest, Buffer>();
  return {
    begin: () => Promise.resolve(memoryBlob((digest, bytes) => blobs.set(digest, bytes))),
    size: (digest) => blobs.get(digest)?.length,
    read: (digest, range) => {
      const bytes = blobs.get(digest) ?? Buffer.alloc(0);
      const part = range ? bytes.subarray(range.start, range.end + 1) : bytes;
      return Readable.from(part.length > 0 ? [part] : []);
    },
    digests: () => [...blobs.keys()],
    close: () => {
      blobs.clear();
      return Promise.resolve();
    },
  };
}

function memoryBlob(kept: (digest: Digest, bytes: Buffer) => void): PendingBlob {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    append: (chunk) => {
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      return Promise.resolve();
    },
    digest: (algorithm) => hashStream(algorithm, chunks),
    keep: (digest) => {
      kept(digest, Buffer.concat(chunks));
      return Promise.resolve();
    },
    discard: () => {
      chunks.length = 0;
      return Promise.resolve();
    },
  };
}

/** The digest of `bytes` in the algorithm of `like` (SHA-256 when absent). */
export function digestOf(bytes: Uint8Array, like?: Digest): Digest {
  const algorithm = like ? digestAlgorithm(like) : 'sha256';
  return finish(algorithm, createHash(algorithm).update(bytes));
}

async function hashStream(
  algorithm: 'sha256' | 'sha512',
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const chunk of chunks) hash.update(chunk);
  return finish(algorithm, hash);
}

function finish(algorithm: 'sha256' | 'sha512', hash: Hash): Digest {
  const digest = `${algorithm}:${hash.digest('hex')}`;
  if (!isDigest(digest)) throw new TypeError(`not a digest: ${digest}`);
  return digest;
}
