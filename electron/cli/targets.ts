import { PushboatError } from '../../shared/errors.ts';
import {
  canonicalReference,
  parseReference,
  type Reference,
  referenceOfName,
  withDefaultTag,
} from '../../shared/reference.ts';
import type { LocalImage } from '../image/types.ts';
import { requireTag } from '../push/target.ts';
import { usageError } from './errors.ts';

export interface TargetOptions {
  /** `--target`, repeatable; DESTINATION is one more. */
  target?: string[];
  /** `--tag`, repeatable: more tags in each target's repository. */
  tag?: string[];
  /** `--additional-tag`, repeatable: a tag in each target's repository, or a whole reference. */
  additionalTag?: string[];
  allTags?: boolean;
}

/** Transports of containers/image that are destinations, too, but not this version's. */
const OTHER_TRANSPORTS = /^(oci|oci-archive|dir|docker-archive|docker-daemon|containers-storage):/;

type Target = Reference & { tag: string };

/**
 * Where the command line says to push, each target once; empty when it says nothing.
 * @throws PushboatError REF_INVALID, TARGET_DIGEST or USAGE.
 */
export function namedTargets(destination: string | undefined, options: TargetOptions): Target[] {
  const texts = [...(destination === undefined ? [] : [destination]), ...(options.target ?? [])];
  return distinct(texts.map(parseTarget));
}

/** The targets with those of `--tag` and `--additional-tag` beside them. @throws PushboatError REF_INVALID for what is neither. */
export function withMoreTags(targets: Target[], { tag = [], additionalTag = [] }: TargetOptions): Target[] {
  const [references, tags] = [additionalTag.filter(isWhole), additionalTag.filter((name) => !isWhole(name))];
  const more = targets.flatMap(({ registry, repository }) =>
    [...tag, ...tags].map((name) => parseTarget(`${registry}/${repository}:${name}`)),
  );
  return distinct([...targets, ...more, ...references.map(parseTarget)]);
}

/** A tag has neither of these characters, so what has one is a reference. */
function isWhole(name: string): boolean {
  return /[/:@]/.test(name);
}

/**
 * `--all-tags`: the image's own tags, in the repositories that were named, or in those of its own references.
 * @throws PushboatError USAGE when a named repository has a tag.
 */
export function tagsOfImage(image: LocalImage, destination: string | undefined, options: TargetOptions): Target[] {
  const repositories = [...(destination === undefined ? [] : [destination]), ...(options.target ?? [])].map((text) => {
    const reference = parseReference(text.replace(/^docker:\/\//, ''));
    if (reference.tag === undefined && reference.digest === undefined) return reference;
    throw usageError(`With --all-tags the destination names a repository without a tag, not ${text}.`);
  });
  const own = image.references.map(referenceOfName).filter((reference) => reference !== undefined);
  if (repositories.length === 0) return distinct(own.map((reference) => requireTag(withDefaultTag(reference))));
  const tags = image.references.map((name) => referenceOfName(name)?.tag ?? (referenceOfName(name) ? undefined : name));
  const named = tags.filter((tag) => tag !== undefined);
  return distinct(
    repositories.flatMap((repository) => named.map((tag) => parseTarget(`${canonicalReference(repository)}:${tag}`))),
  );
}

/** Without a target the push goes to the image's own reference, as the image-store tool does. @throws PushboatError TARGET_REQUIRED. */
export function ownTarget(image: LocalImage): Target {
  for (const name of image.references) {
    const reference = referenceOfName(name);
    if (reference) return requireTag(withDefaultTag(reference));
  }
  throw new PushboatError(
    'TARGET_REQUIRED',
    `The image ${image.name} has no reference of its own: say where to push it with --target.`,
    {
      hint: 'choose-target',
    },
  );
}

function parseTarget(text: string): Target {
  if (OTHER_TRANSPORTS.test(text))
    throw usageError(`The destination ${text} is not a registry; this version pushes to docker:// only.`);
  return requireTag(withDefaultTag(parseReference(text.replace(/^docker:\/\//, ''))));
}

function distinct(targets: Target[]): Target[] {
  return [...new Map(targets.map((target) => [canonicalReference(target), target])).values()];
}
