import type { Platform } from './images.ts';

/** `os/architecture[/variant]`, each of letters, digits, `.`, `_` and `-`. */
export const PLATFORM_TEXT = /^[a-z0-9_.-]+\/[a-z0-9_.-]+(?:\/[a-z0-9_.-]+)?$/i;

/** `os/architecture[/variant]`. */
export function platformName({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** The platform that a text of this form, or an architecture alone as docker takes it, names; undefined for any other text. */
export function parsePlatform(text: string): Platform | undefined {
  const given = text.toLowerCase();
  const isArchitecture = ALIASES.has(given) || ARCHITECTURES.has(given);
  if (!isArchitecture && !PLATFORM_TEXT.test(text)) return undefined;
  const [os = '', architecture = '', variant] = (isArchitecture ? `linux/${given}` : given).split('/');
  const [known = architecture, itsVariant] = ALIASES.get(architecture)?.split('/') ?? [];
  return { os, architecture: known, variant: variant ?? itsVariant };
}

const ARCHITECTURES = new Set(['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64', 'loong64', 'mips64le']);

/** Names that people use for what images call otherwise. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
  ['armhf', 'arm/v7'],
  ['armv7l', 'arm/v7'],
  ['armv7', 'arm/v7'],
  ['armel', 'arm/v6'],
  ['armv6', 'arm/v6'],
]);

/** The variant that is meant where none is given. */
const USUAL_VARIANTS: Readonly<Record<string, string>> = { arm64: 'v8', amd64: 'v1' };

/**
 * Whether an image of platform `has` is one of those that `wanted` means. Without a variant every one is meant, except that
 * `arm64` is `arm64/v8`, and so on, whichever of the two writes it.
 */
export function matchesPlatform(has: Platform, wanted: Platform): boolean {
  if (has.os !== wanted.os || has.architecture !== wanted.architecture) return false;
  const usual = USUAL_VARIANTS[has.architecture];
  return wanted.variant === undefined || wanted.variant === (has.variant ?? usual);
}

/** `linux/arm64/v8` without the usual `linux/`. */
export function platformText({ os, architecture, variant }: Platform): string {
  const name = variant === undefined ? architecture : `${architecture}/${variant}`;
  return os === 'linux' ? name : `${os}/${name}`;
}
