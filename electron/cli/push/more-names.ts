import { canonicalReference, parseReference, type Reference, referenceOfName } from '../../../shared/reference.ts';
import { namesPlace } from '../../destinations/parse-destination.ts';
import type { ImageDestination } from '../../destinations/types.ts';
import { type JobTarget, requireTag } from '../../transfers/target.ts';
import { usageError } from '../errors.ts';
import { distinct, registryReference, registryTarget, type TargetOptions } from './targets.ts';

/** More names of an image: tags in the repository that it goes to, and whole references. */
export interface MoreNames {
  tags: readonly string[];
  whole: readonly Reference[];
}

/**
 * What `--tag` and `--additional-tag` say.
 * @throws PushboatError REF_INVALID, and USAGE for what would be no reference as a DESTINATION either
 */
export function moreNames({ tag = [], additionalTag = [] }: TargetOptions): MoreNames {
  return {
    tags: [...tag, ...additionalTag.filter((name) => !isWhole(name))],
    whole: additionalTag.filter(isWhole).map(wholeReference),
  };
}

/** A tag has neither of these characters, so what has one is a reference. */
function isWhole(name: string): boolean {
  return /[/:@]/.test(name);
}

function wholeReference(text: string): Reference {
  if (namesPlace(text)) {
    throw usageError(
      `--additional-tag is one more reference, and ${text} names another place: write --target ${text}.`,
    );
  }
  return registryReference(text);
}

/**
 * The targets and those of the further names: tags in the repositories that are targets, and whole references. Where there is no registry
 * among the targets, they are names at the destinations, and the targets stay as they are.
 * @throws PushboatError REF_INVALID for what is no tag
 */
export function withMoreTags(targets: readonly JobTarget[], { tags, whole }: MoreNames): JobTarget[] {
  const references = targets.flatMap((target) => (target.kind === 'registry' ? [target.reference] : []));
  if (references.length === 0) return [...targets];
  const more = references.flatMap(({ registry, repository }) =>
    tags.map((name) => registryTarget(requireTag(parseReference(`${registry}/${repository}:${name}`)))),
  );
  const others = whole.map((reference) => registryTarget(requireTag(reference)));
  return distinct([...targets, ...more, ...others]);
}

/**
 * The further names of an image at a destination, where tags belong to the repository that its text names.
 * @throws PushboatError REF_INVALID for what is no tag, USAGE for a destination that has no such names.
 */
export function namesAt(destination: ImageDestination, { tags, whole }: MoreNames): string[] {
  if (tags.length === 0 && whole.length === 0) return [];
  const { text, isNameless, name } = destination;
  if (isNameless) throw usageError(`${text} keeps no names: --tag and --additional-tag say nothing there.`);
  const own = tags.length > 0 && name !== undefined ? referenceOfName(name) : undefined;
  if (tags.length > 0 && !own)
    throw usageError(`${text} names no repository to which the tag ${tags[0] ?? ''} could belong.`);
  const inRepository = own ? tags.map((tag) => parseReference(`${own.registry}/${own.repository}:${tag}`)) : [];
  return [...new Set([...inRepository, ...whole].map(canonicalReference))];
}
