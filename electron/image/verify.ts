import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Digest, type DigestAlgorithm, digestAlgorithm } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';

/** The digest of bytes in memory. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}

/** Whether bytes have this digest, in its own algorithm. */
export function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  return digestOf(bytes, digestAlgorithm(digest)) === digest;
}

/** Reads a stream to its end: its digest and its length in bytes. Fails as the stream fails. */
export async function hashStream(
  stream: Readable,
  algorithm: DigestAlgorithm = 'sha256',
): Promise<{ digest: Digest; size: number }> {
  const hash = createHash(algorithm);
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size += chunk.byteLength;
  }
  return { digest: `${algorithm}:${hash.digest('hex')}` as Digest, size };
}

/** Reads a stream to its end and compares. @throws PushboatError BLOB_CORRUPT, or what the stream fails with. */
export async function verifyStream(stream: Readable, expected: Digest): Promise<void> {
  const { digest } = await hashStream(stream, digestAlgorithm(expected));
  if (digest !== expected) throw corruptBlob(expected, digest);
}

/** Compares bytes in memory with their digest. `path` names their file, if any. @throws PushboatError BLOB_CORRUPT */
export function verifyBytes(bytes: Uint8Array, expected: Digest, path?: () => string): void {
  const digest = digestOf(bytes, digestAlgorithm(expected));
  if (digest !== expected) throw corruptBlob(expected, digest, path?.());
}

/** The error of a local blob whose content has another digest. */
export function corruptBlob(expected: Digest, actual: Digest, path?: string): PushboatError {
  const where = path === undefined ? '' : ` (${path})`;
  return new PushboatError(
    'BLOB_CORRUPT',
    `The local blob ${expected}${where} is corrupt: its content has the digest ${actual}.`,
    {
      digest: expected,
      detail: `content: ${actual}`,
      path,
      hint: 'rebuild-image',
    },
  );
}

/** A blob that is longer or shorter than its descriptor says. */
export function wrongSize(digest: Digest, path: string, expected: number, actual: number): PushboatError {
  const detail = `expected ${expected} bytes, found ${actual}`;
  return new PushboatError('BLOB_SIZE_MISMATCH', `The local blob ${digest} has the wrong size: ${detail}.`, {
    digest,
    path,
    detail,
    hint: 'rebuild-image',
  });
}

/** A blob that is what its digest says, and has another size than its descriptor says. */
export function wronglyDescribed(digest: Digest, path: string, told: number, actual: number): PushboatError {
  const detail = `${told} bytes instead of ${actual}`;
  const message = `The local blob ${digest} is whole, and what refers to it gives it a wrong size: ${detail}.`;
  return new PushboatError('BLOB_SIZE_MISMATCH', message, { digest, path, detail, hint: 'describe-again' });
}

/** A blob that the store should have. */
export function missingBlob(digest: Digest, store: string, path: string): PushboatError {
  return new PushboatError('BLOB_MISSING', `The blob ${digest} is not in ${store}.`, {
    digest,
    path,
    hint: 'copy-whole-image',
  });
}
