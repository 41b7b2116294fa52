import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { DEFAULT_ARCHIVE_LIMITS } from '../tar/limits.ts';
import { compressionOf, MAGIC_LENGTH } from '../tar/unpack.ts';
import type { Descriptor, LocalImage } from '../types.ts';

/** Bytes below which the ratio says nothing. */
const RATIO_FREE = 64 * 1024 * 1024;

/**
 * The diffID of a layer: the digest of its tar without compression (image-spec config.md). Reads the whole layer; what it is compressed with
 * is seen from its first bytes, for schema 1 does not say.
 * @throws PushboatError BLOB_CORRUPT for damaged data, TOO_LARGE for what unpacks beyond all reason, and what the store throws.
 */
export async function diffIdOf(image: LocalImage, layer: Descriptor, signal?: AbortSignal): Promise<Digest> {
  const head = await firstBytes(image, layer, signal);
  const compression = compressionOf(head);
  const hash = createHash('sha256');
  let unpacked = 0;
  const { maxRatio, maxUnpackedBytes } = DEFAULT_ARCHIVE_LIMITS;
  const most = Math.min(maxUnpackedBytes, Math.max(RATIO_FREE, layer.size * maxRatio));
  const count = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) {
      unpacked += chunk.byteLength;
      if (unpacked > most) throw tooLarge(layer, most);
      hash.update(chunk);
    }
  };
  const options = signal ? { signal } : {};
  const source = image.blob(layer, options);
  try {
    if (compression === 'gzip') await pipeline(source, createGunzip(), count, options);
    else if (compression === 'zstd') await pipeline(source, createZstdDecompress(), count, options);
    else await pipeline(source, count, options);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof PushboatError ? error : damaged(layer, error);
  }
  return `sha256:${hash.digest('hex')}` as Digest;
}

async function firstBytes(image: LocalImage, layer: Descriptor, signal?: AbortSignal): Promise<Buffer> {
  const length = Math.min(MAGIC_LENGTH, layer.size);
  if (length === 0) return Buffer.alloc(0);
  const stream: Readable = image.blob(layer, { length, ...(signal ? { signal } : {}) });
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function tooLarge({ digest }: Descriptor, most: number): PushboatError {
  return new PushboatError(
    'TOO_LARGE',
    `The layer ${digest} unpacks to more than ${most} bytes, and Pushboat stopped there.`,
    {
      digest,
      hint: 'rebuild-image',
    },
  );
}

function damaged({ digest }: Descriptor, cause: unknown): PushboatError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new PushboatError('BLOB_CORRUPT', `The layer ${digest} cannot be unpacked: ${detail}.`, {
    digest,
    detail,
    hint: 'rebuild-image',
    cause,
  });
}
