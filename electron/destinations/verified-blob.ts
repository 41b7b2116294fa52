import { createHash } from 'node:crypto';
import { type Digest, digestAlgorithm } from '../../shared/digest.ts';
import { throwIfCancelled } from '../../shared/errors.ts';
import type { Descriptor, LocalImage } from '../image/types.ts';
import { corruptBlob, wrongSize } from '../image/verify.ts';
import type { WriteProgress } from './types.ts';

export interface BlobReading {
  progress: WriteProgress;
  signal: AbortSignal;
  /** Chunks may be overwritten after a few more were read. */
  recycle?: boolean;
}

/**
 * The bytes of a blob, hashed as they are handed on: the stream ends well only when they are what the descriptor says.
 * @throws PushboatError BLOB_CORRUPT, BLOB_SIZE_MISMATCH, CANCELLED, and what `LocalImage.blob` fails with
 */
export async function* verifiedBlob(
  image: LocalImage,
  descriptor: Descriptor,
  { progress, signal, recycle = false }: BlobReading,
): AsyncGenerator<Uint8Array> {
  const { digest, size } = descriptor;
  throwIfCancelled(signal);
  progress.started(digest);
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  let length = 0;
  for await (const chunk of image.blob(descriptor, { recycle, signal }) as AsyncIterable<Uint8Array>) {
    throwIfCancelled(signal);
    hash.update(chunk);
    length += chunk.byteLength;
    if (length > size) throw wrongSize(digest, image.name, size, length);
    progress.read(digest, chunk.byteLength);
    yield chunk;
  }
  throwIfCancelled(signal);
  if (length !== size) throw wrongSize(digest, image.name, size, length);
  const actual = `${algorithm}:${hash.digest('hex')}` as Digest;
  if (actual !== digest) throw corruptBlob(digest, actual);
}
