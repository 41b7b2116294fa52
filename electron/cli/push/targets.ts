import { PushboatError } from '../../../shared/errors.ts';
import { parseReference, type Reference, referenceOfName, withDefaultTag } from '../../../shared/reference.ts';
import type { ImageDestination } from '../../destinations/types.ts';
import type { LocalImage } from '../../image/types.ts';
import { type JobTarget, requireTag, targetText } from '../../transfers/target.ts';
import { requireRegistryText } from '../arguments.ts';
import { usageError } from '../errors.ts';

export interface TargetOptions {
  /** `--target`, repeatable; DESTINATION is one more. */
  target?: string[];
  /** `--tag`, repeatable: more tags in each target's repository. */
  tag?: string[];
  /** `--additional-tag`, repeatable: a tag in each target's repository, or a whole reference. */
  additionalTag?: string[];
  allTags?: boolean;
}

/** An image under its own names, or under those that were asked for. */
export type NamedImage = Pick<LocalImage, 'name' | 'references'>;

type RegistryTarget = Extract<JobTarget, { kind: 'registry' }>;

/** Undefined for text that names no transport but docker://. @throws PushboatError for what is no proper destination. */
export type ParseDestination = (text: string) => ImageDestination | undefined;

/**
 * Where the command line says to bring one image, each target once; empty when it says nothing.
 * @throws PushboatError REF_INVALID, TARGET_DIGEST, USAGE, or what `parse` throws.
 */
export function namedTargets(texts: readonly string[], parse: ParseDestination): JobTarget[] {
  return distinct(
    texts.map((text): JobTarget => {
      const destination = parse(text);
      return destination ? { kind: 'destination', destination } : registryTarget(requireTag(registryReference(text)));
    }),
  );
}

/** Of an image's own references those that a push can go to: what has a digest alone names no tag, and one behind a tag is left out. */
export function ownReferences({ references }: Pick<NamedImage, 'references'>): Reference[] {
  const own = references.map(referenceOfName).filter((reference) => reference !== undefined);
  const tagged = own.filter(({ tag, digest }) => tag !== undefined || digest === undefined);
  return tagged.length > 0 ? tagged.map(({ digest: _digest, ...reference }) => reference) : own;
}

/** `--all-tags`: the image's own tags, in the repositories that were named, or in those of its own references. */
export function tagsOfImage(image: NamedImage, repositories: readonly Reference[]): RegistryTarget[] {
  if (repositories.length === 0) {
    return distinct(ownReferences(image).map((reference) => registryTarget(requireTag(withDefaultTag(reference)))));
  }
  return distinct(
    repositories.flatMap(({ registry, repository }) =>
      tagNames(image).map((tag) => registryTarget(requireTag(parseReference(`${registry}/${repository}:${tag}`)))),
    ),
  );
}

/** Tags of the image's own references, and its bare names. */
export function tagNames(image: NamedImage): string[] {
  const names = image.references.map((name) => {
    const reference = referenceOfName(name);
    return reference ? reference.tag : name;
  });
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Without a target the push goes to the image's own reference, as the image-store tool does. @throws PushboatError TARGET_REQUIRED. */
export function ownTarget(image: NamedImage): JobTarget {
  const [reference] = ownReferences(image);
  if (reference) return registryTarget(requireTag(withDefaultTag(reference)));
  throw new PushboatError(
    'TARGET_REQUIRED',
    `The image ${image.name} has no reference of its own: say where to push it with --target.`,
    {
      hint: 'choose-target',
    },
  );
}

/** Of text that names no other transport. As in buildah, `docker://` may be left out where there is no `://` at all. */
export function registryReference(text: string): Reference {
  requireRegistryText(text);
  const bare = text.replace(/^docker:\/\//, '');
  return withDefaultTag(parseReference(bare));
}

/** A destination of `--all-tags`. @throws PushboatError USAGE when the repository has a tag. */
export function repositoryReference(text: string): Reference {
  const reference = registryReference(text);
  const { tag, digest } = parseReference(text.replace(/^docker:\/\//, ''));
  if (tag === undefined && digest === undefined) return reference;
  throw usageError(`With --all-tags the destination names a repository without a tag, not ${text}.`);
}

/** @throws PushboatError USAGE for a destination of `--all-tags` that holds one image, or names one. */
export function requireRoomForNames({ transport, path = '', text, isNameless }: ImageDestination): void {
  if (isNameless) throw usageError(`With --all-tags there may be several images, and ${text} holds one.`);
  if (text !== `${transport}:${path}`)
    throw usageError(`With --all-tags the destination names no image of its own, unlike ${text}.`);
}

export function registryTarget(reference: Reference & { tag: string }): RegistryTarget {
  return { kind: 'registry', reference };
}

/** Each target once. */
export function distinct<Target extends JobTarget>(targets: readonly Target[]): Target[] {
  return [...new Map(targets.map((target) => [`${target.kind} ${targetText(target)}`, target])).values()];
}
