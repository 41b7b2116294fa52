import type { TransferOptions } from '../../shared/ipc.ts';
import { parsePlatform, platformName } from '../../shared/platforms.ts';
import { usageError } from './errors.ts';

/** `docker` is what other tools call v2s2. */
export const FORMAT_CHOICES = ['oci', 'v2s2', 'docker', 'v2s1'] as const;

export interface FormatOptions {
  format?: (typeof FORMAT_CHOICES)[number];
  /** `--platform`, repeatable; each may list several with commas. */
  platform?: string[];
  removeSignatures?: boolean;
}

/** What the options say of manifests. @throws PushboatError USAGE for a platform that is none. */
export function formatOptions({ format, platform, removeSignatures }: FormatOptions): TransferOptions {
  const platforms = wantedPlatforms(platform ?? []);
  return {
    format: format === undefined ? undefined : format === 'docker' ? 'v2s2' : format,
    platforms: platforms.length > 0 ? platforms : undefined,
    removeSignatures: removeSignatures || undefined,
  };
}

/** Empty for `all`, which is the default. */
function wantedPlatforms(values: readonly string[]): string[] {
  const texts = values.flatMap((value) => value.split(',')).map((text) => text.trim());
  if (texts.includes('all')) {
    if (texts.length === 1) return [];
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
