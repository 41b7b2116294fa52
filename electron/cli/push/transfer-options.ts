import { COMPRESSION_LEVELS } from '../../../shared/choices.ts';
import { parsePlatform, platformName } from '../../../shared/platforms.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { usageError } from '../errors.ts';
import { type SignCommandOptions, signOptions } from './sign-options.ts';

/** `docker` is what other tools call v2s2. */
export const FORMAT_CHOICES = ['oci', 'v2s2', 'docker', 'v2s1'] as const;

export interface FormatOptions {
  format?: (typeof FORMAT_CHOICES)[number];
  /** `--platform`, repeatable; each may list several with commas. */
  platform?: string[];
  /** As `--platform all`: what buildah and skopeo need to push an index as it is. */
  all?: boolean;
  removeSignatures?: boolean;
  referrers?: boolean;
}

export interface CompressionOptions {
  disableCompression?: boolean;
  compressionFormat?: 'gzip' | 'zstd' | 'none';
  compressionLevel?: number;
}

export interface SendOptions extends FormatOptions, CompressionOptions, SignCommandOptions {
  force?: boolean;
  pushForeignLayers?: boolean;
  /** False with `--no-clobber`. */
  clobber?: boolean;
}

/** How images are sent, as the options say. @throws PushboatError USAGE for options that contradict each other. */
export function transferOptions(options: SendOptions): TransferOptions {
  const [compression, formats] = [compressionOptions(options), formatOptions(options)];
  if (compression.compression?.format === 'zstd' && (formats.format === 'v2s2' || formats.format === 'v2s1')) {
    throw usageError(`--format ${options.format} does not have layers that are compressed with zstd.`);
  }
  const { force, pushForeignLayers, clobber } = options;
  if (force && clobber === false) throw usageError('--force and --no-clobber contradict each other.');
  return {
    ...compression,
    ...formats,
    ...signOptions(options),
    force: force || undefined,
    onlyNew: clobber === false || undefined,
    pushForeignLayers: pushForeignLayers || undefined,
  };
}

/** What the options say of layers that are plain tars. @throws PushboatError USAGE for options that contradict each other. */
export function compressionOptions(options: CompressionOptions): TransferOptions {
  const { disableCompression, compressionFormat, compressionLevel: level } = options;
  if (disableCompression && compressionFormat !== undefined && compressionFormat !== 'none') {
    throw usageError('--disable-compression and --compression-format contradict each other.');
  }
  const format = disableCompression ? 'none' : compressionFormat;
  if (level === undefined) return format === undefined ? {} : { compression: { format } };
  if (format === 'none') throw usageError('--compression-level needs a compression.');
  const [least, most] = COMPRESSION_LEVELS[format ?? 'gzip'];
  if (level < least || level > most) {
    throw usageError(`--compression-level of ${format ?? 'gzip'} is a number from ${least} to ${most}.`);
  }
  return { compression: { level, format } };
}

/** What the options say of manifests. @throws PushboatError USAGE for a platform that is none. */
export function formatOptions({
  format,
  platform = [],
  all,
  removeSignatures,
  referrers,
}: FormatOptions): TransferOptions {
  const platforms = wantedPlatforms(all ? ['all', ...platform] : platform);
  return {
    format: format === undefined ? undefined : format === 'docker' ? 'v2s2' : format,
    platforms: platforms.length > 0 ? platforms : undefined,
    removeSignatures: removeSignatures || undefined,
    referrers: referrers || undefined,
  };
}

/** Empty for `all`, which is the default. */
function wantedPlatforms(values: readonly string[]): string[] {
  const texts = values.flatMap((value) => value.split(',')).map((text) => text.trim());
  if (texts.includes('all')) {
    if (texts.every((text) => text === 'all')) return [];
    throw usageError('--platform all and other platforms contradict each other.');
  }
  return texts.map((text) => {
    const platform = parsePlatform(text);
    if (platform) return platformName(platform);
    throw usageError(
      `--platform needs os/architecture[/variant], such as linux/arm64, and not ${JSON.stringify(text)}.`,
    );
  });
}
