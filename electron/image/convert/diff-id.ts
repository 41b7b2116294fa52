import { createHash } from 'node:crypto';
import type { Digest } from '../../../shared/digest.ts';
import { messageOf, PushboatError } from '../../../shared/errors.ts';
import { layerCompression } from '../layer-faults.ts';
import { programMissing } from '../tar/archive-errors.ts';
import { DEFAULT_ARCHIVE_LIMITS, RATIO_FREE } from '../tar/limits.ts';
import { type Compression, decompressed, isDamagedStream } from '../tar/unpack.ts';
import { ProgramFault } from '../tar/unpack-program.ts';
import type { Descriptor, LocalImage } from '../types.ts';

/**
 * The diffID of a layer: the digest of its tar without compression (image-spec config.md). Reads the whole layer; what it is compressed with
 * is seen from its first bytes, for schema 1 does not say.
 * @throws PushboatError BLOB_CORRUPT for damaged data, TOO_LARGE for what unpacks beyond all reason, and what the store throws.
 */
export async function diffIdOf(image: LocalImage, layer: Descriptor, signal?: AbortSignal): Promise<Digest> {
  const compression = await layerCompression(image, layer, signal);
  const hash = createHash('sha256');
  let unpacked = 0;
  const { maxRatio, maxUnpackedBytes } = DEFAULT_ARCHIVE_LIMITS;
  const most = Math.min(maxUnpackedBytes, Math.max(RATIO_FREE, layer.size * maxRatio));
  const source = image.blob(layer, signal ? { signal } : {}) as AsyncIterable<Uint8Array>;
  try {
    for await (const chunk of contentOf(source, compression)) {
      unpacked += chunk.byteLength;
      if (unpacked > most) throw tooLarge(layer, most);
      hash.update(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ProgramFault && error.isMissing && compression !== undefined)
      throw programMissing(`The layer ${layer.digest}`, compression, error);
    throw error instanceof PushboatError ? error : damaged(layer, error);
  }
  return `sha256:${hash.digest('hex')}` as Digest;
}

function contentOf(source: AsyncIterable<Uint8Array>, compression: Compression | undefined): AsyncIterable<Uint8Array> {
  return compression === undefined ? source : decompressed(compression, source);
}

function tooLarge({ digest }: Descriptor, most: number): PushboatError {
  return new PushboatError(
    'TOO_LARGE',
    `The layer ${digest} unpacks to more than ${most} bytes, and Pushboat stopped there.`,
    { digest },
  );
}

function damaged({ digest }: Descriptor, cause: unknown): PushboatError {
  const detail = messageOf(cause);
  return new PushboatError('BLOB_CORRUPT', `The layer ${digest} cannot be unpacked: ${detail}.`, {
    digest,
    detail,
    hint: isDamagedStream(cause) ? 'rebuild-image' : 'pack-otherwise',
    cause,
  });
}
