import { PushboatError } from '../../../shared/errors.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { COMPRESSION_BLOCKS, DEFAULT_LEVELS, ENCODER_VERSION } from '../../image/compress/compress-stream.ts';
import type { CompressionFormat, CompressionSetting } from '../../image/compress/types.ts';
import type { LocalImage } from '../../image/types.ts';

/**
 * How the plain layers of an image are compressed, or undefined when they are pushed as they are: what the person asks for, else gzip
 * for images of stores that keep plain layers. Other images keep their digest.
 * @throws PushboatError FORMAT_UNSUPPORTED for zstd in one of Docker's formats, and where Node has no zstd (before 22.15).
 */
export function compressionFor(
  image: Pick<LocalImage, 'uncompressed'>,
  { compression, format: manifests }: TransferOptions,
): CompressionSetting | undefined {
  const format = compression?.format ?? (image.uncompressed ? 'gzip' : 'none');
  if (format === 'zstd' && (manifests === 'v2s2' || manifests === 'v2s1')) throw withoutZstd();
  if (format === 'zstd' && process.versions.zstd === undefined) throw zstdMissing();
  return format === 'none' ? undefined : settingOf(format, compression?.level);
}

function withoutZstd(): PushboatError {
  return new PushboatError(
    'FORMAT_UNSUPPORTED',
    'Docker’s manifest formats do not have layers that are compressed with zstd.',
    {
      detail: 'choose gzip, or push in the format of OCI',
      hint: 'choose-format',
    },
  );
}

function zstdMissing(): PushboatError {
  return new PushboatError('FORMAT_UNSUPPORTED', `Node.js ${process.versions.node} cannot compress with zstd.`, {
    detail: 'choose gzip, or run Pushboat with Node.js 22.15 or newer',
  });
}

/** The usual level of a format where none is given. */
export function settingOf(format: CompressionFormat, level = DEFAULT_LEVELS[format]): CompressionSetting {
  return { format, level };
}

/**
 * Names all that decides a compressed layer's bytes besides the layer. The library is part of it: another version may find other
 * matches, and what was remembered of the last one could not be made again.
 */
export function codecName({ format, level }: CompressionSetting): string {
  const library = process.versions[format === 'gzip' ? 'zlib' : 'zstd'] ?? 'unknown';
  return `${format}-${level} v${ENCODER_VERSION} blocks-${COMPRESSION_BLOCKS[format]} ${library}`;
}
