import { PushboatError } from '../../shared/errors.ts';
import { parseReference, type Reference } from '../../shared/reference.ts';
import { invalidDestination } from './write-errors.ts';

/** `PATH[:NAME]`, taken apart. */
export interface PathAndName {
  path: string;
  /** Undefined when there is none, or an empty one. */
  name: string | undefined;
}

/** A name as a person writes it, and the whole name with a tag that it stands for. */
export interface NameAndTag {
  name: string;
  tag: string;
}

/** At the first colon, as containers/image does; the colon of a Windows drive is none. */
export function splitPath(rest: string, platform: NodeJS.Platform): PathAndName {
  const drive = platform === 'win32' && /^[A-Za-z]:[\\/]/.test(rest) ? 2 : 0;
  const colon = rest.indexOf(':', drive);
  if (colon === -1) return { path: rest, name: undefined };
  return { path: rest.slice(0, colon), name: rest.slice(colon + 1) || undefined };
}

/** The grammar of `org.opencontainers.image.ref.name` (image-spec annotations.md). */
const COMPONENT = '[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*';
const LAYOUT_NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
/** Bytes; far beyond any reference. */
const MAX_NAME = 512;

/** @throws PushboatError DESTINATION_INVALID */
export function checkLayoutName(name: string, text: string): void {
  if (name.length <= MAX_NAME && LAYOUT_NAME.test(name)) return;
  const why = `${JSON.stringify(name.slice(0, MAX_NAME))} is no name for an image: letters and digits, with single - . _ : @ + or -- between them, in parts separated by /`;
  throw invalidDestination(text, why);
}

/**
 * What an engine or a docker archive calls an image: the whole name, host and all, with `latest` where no tag is given.
 * @throws PushboatError DESTINATION_INVALID
 */
export function taggedName(name: string, text: string): string {
  let reference: Reference;
  try {
    reference = parseReference(name);
  } catch (error) {
    const why = error instanceof PushboatError ? error.message.replace(/\.$/, '') : String(error);
    throw invalidDestination(text, why, error);
  }
  // As a name that would be the tag of an image `sha256`, which engines take for an id.
  if (reference.digest !== undefined || /^sha256:[0-9a-f]{64}$/.test(name))
    throw invalidDestination(text, 'an image is stored under a tag, and a digest cannot be chosen');
  return tagOf(reference);
}

/** Those of the names that are references with a name to tag: digests cannot be given to an image. */
export function taggedNames(references: readonly string[]): string[] {
  return references
    .map(parseReference)
    .flatMap((reference) => (reference.digest === undefined || reference.tag !== undefined ? [tagOf(reference)] : []));
}

function tagOf({ registry, repository, tag = 'latest' }: Reference): string {
  return `${registry}/${repository}:${tag}`;
}
