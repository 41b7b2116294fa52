import type { ImageSummary, Platform } from '../../shared/images.ts';
import { matchesPlatform, parsePlatform, platformName } from '../../shared/platforms.ts';

/**
 * Which of the wanted platforms a push of an image chooses; undefined: it is pushed whole, since nothing is to be left out, or it has none of
 * them.
 */
export function pushedPlatforms(
  { kind, platforms }: Pick<ImageSummary, 'kind' | 'platforms'>,
  wanted: readonly string[] | undefined,
): string[] | undefined {
  if (wanted === undefined || kind !== 'index') return undefined;
  const meant = wanted.map(parsePlatform).filter((platform) => platform !== undefined);
  const chosen = platforms.filter((platform) => meant.some((each) => matchesPlatform(platform, each)));
  return chosen.length === 0 || chosen.length === platforms.length ? undefined : chosen.map(platformName);
}

/** All platforms of several images, each once. */
export function platformsOfAll(images: readonly Pick<ImageSummary, 'platforms'>[]): Platform[] {
  const all = images.flatMap(({ platforms }) => platforms);
  return [...new Map(all.map((platform) => [platformName(platform), platform])).values()];
}

/** What a person types for platforms: their names, apart by commas or blanks. Undefined where one is none. */
export function readPlatforms(text: string): string[] | undefined {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const platforms = words.map(parsePlatform).filter((platform) => platform !== undefined);
  return platforms.length === words.length ? platforms.map(platformName) : undefined;
}
