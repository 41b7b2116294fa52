import type { Digest } from '../../../shared/digest.ts';
import { canonicalReference, referenceOfName, withDefaultTag } from '../../../shared/reference.ts';
import type { ExportImage } from '../../transfers/types.ts';
import { usageError } from '../errors.ts';
import { type NamedImage, tagNames } from './targets.ts';

/** An image of `--all-tags`, opened. */
export interface OpenedImage {
  /** What names it on the command line. */
  ref: string;
  named: NamedImage;
  digest: Digest;
  /** Digests of what its store has about it: signatures, SBOMs and the like. */
  companions: () => Promise<Digest[]>;
  requested: ExportImage;
}

type WithNames = OpenedImage & { names: readonly string[] };

const MAX_SHOWN = 5;

/**
 * Two images never end under one name: the later would replace the earlier.
 * @throws PushboatError USAGE with the names and the images
 */
export function requireOwnNames(images: readonly WithNames[]): void {
  const conflicts = [...ownersOf(images)].filter(([, owners]) => owners.length > 1);
  if (conflicts.length === 0) return;
  const shown = conflicts.slice(0, MAX_SHOWN).map(([name, owners]) => {
    return `${name} (${owners.map(({ ref }) => ref).join(', ')})`;
  });
  const more = conflicts.length > MAX_SHOWN ? `, and ${conflicts.length - MAX_SHOWN} more` : '';
  throw usageError(
    `Several images would have one name, and nothing was sent: ${shown.join('; ')}${more}. Push each by its own name.`,
  );
}

/**
 * The names that a layout gives images: their tags; where several images have one tag, their whole references instead, so that all of them
 * can be named.
 */
export function layoutNames(images: readonly OpenedImage[]): WithNames[] {
  const owners = ownersOf(images.map((one) => ({ ...one, names: tagNames(one.named) })));
  return images.map((one) => {
    const names = tagNames(one.named).flatMap((tag) => {
      if (owners.get(tag)?.length === 1) return [tag];
      const whole = wholeReferences(one.named).filter((name) => name.endsWith(`:${tag}`));
      return whole.length > 0 ? whole : [tag];
    });
    return { ...one, names: [...new Set(names)] };
  });
}

export function wholeReferences({ references }: NamedImage): string[] {
  const whole = references.map(referenceOfName).filter((reference) => reference !== undefined);
  return [...new Set(whole.map((reference) => canonicalReference(withDefaultTag(reference))))];
}

/** Without what has no name and goes along with another one: that is not left out. */
export async function withoutCompanions(images: readonly OpenedImage[]): Promise<OpenedImage[]> {
  const unnamed = images.filter(({ named }) => tagNames(named).length === 0);
  if (unnamed.length === 0) return [...images];
  const along = new Set((await Promise.all(images.map(({ companions }) => companions()))).flat());
  return images.filter((one) => !unnamed.includes(one) || !along.has(one.digest));
}

/** Images without a name are no part of `--all-tags`; that is said. */
export function sayLeftOut(images: readonly OpenedImage[], onNote: (text: string) => void): void {
  if (images.length === 0) return;
  const refs = images.slice(0, MAX_SHOWN).map(({ ref }) => ref);
  const more = images.length > MAX_SHOWN ? ', …' : '';
  onNote(`${images.length} without a name there, and left out: ${refs.join(', ')}${more}.`);
}

/** Which images have a name, each once. */
function ownersOf(images: readonly WithNames[]): Map<string, OpenedImage[]> {
  const owners = new Map<string, OpenedImage[]>();
  for (const image of images) {
    for (const name of image.names) {
      const known = owners.get(name) ?? [];
      if (known.every(({ digest }) => digest !== image.digest)) owners.set(name, [...known, image]);
    }
  }
  return owners;
}
