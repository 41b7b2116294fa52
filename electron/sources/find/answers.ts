import { PushboatError } from '../../../shared/errors.ts';
import type { HintKey } from '../../../shared/hints.ts';
import { hasTag, namesInRepository, noteOfOtherTags } from '../names/repository-tags.ts';
import type { FoundImage } from './types.ts';

/** Names that a message lists. */
export const MAX_CANDIDATES = 12;

/** Several images are meant, which `what` says; the person is to choose. */
export function ambiguous(what: string, candidates: string[], path?: string): PushboatError {
  const message = `${what}: name one of them (${candidates.join(', ')}).`;
  return new PushboatError('IMAGE_AMBIGUOUS', message, { ...at(path), candidates, hint: 'use-full-name' });
}

/** No image is meant. @param whenNone the hint where there are no names to choose from either. */
export function notFound(
  message: string,
  { candidates, path, whenNone }: { candidates: string[]; path?: string; whenNone: HintKey },
): PushboatError {
  const hint = candidates.length === 0 ? whenNone : 'use-full-name';
  return new PushboatError('IMAGE_NOT_FOUND', message, { ...at(path), candidates, hint });
}

/** The end of a message that names what a person may have meant. */
export function closeTo(candidates: readonly string[]): string {
  return candidates.length === 0 ? '' : ` Close to it: ${candidates.join(', ')}.`;
}

/**
 * An image by the name that was typed for it: `own`, that of its references which was meant, is where it goes, and what of its repository is
 * not taken is told. As it is where no name of it was meant.
 */
export function foundAs(
  own: string | undefined,
  found: FoundImage,
  { prefix, typed, names }: { prefix: string; typed: string; names: readonly string[] },
): FoundImage {
  if (own === undefined) return found;
  const note = hasTag(typed) ? undefined : noteOfOtherTags(namesInRepository(names, typed), typed);
  return { ...found, name: own, references: [own], ref: `${prefix}${own}`, note };
}

/** The images that have a tag in the repository of that name, with those tags. */
export function foundInRepository<Image>(
  repository: string,
  images: readonly Image[],
  referencesOf: (image: Image) => readonly string[],
  found: (image: Image) => FoundImage,
): FoundImage[] {
  const all = images.flatMap((image) => referencesOf(image));
  const names = new Set(namesInRepository(all, repository));
  return images.flatMap((image) => {
    const references = referencesOf(image).filter((name) => names.has(name));
    return references.length > 0 ? [{ ...found(image), references }] : [];
  });
}

function at(path: string | undefined): { path?: string } {
  return path === undefined ? {} : { path };
}
