import { PushboatError } from '../../../shared/errors.ts';
import type { Reference } from '../../../shared/reference.ts';
import { parseTargetPrefix, type TargetRule } from '../../../shared/target-rule.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import type { ImageDestination } from '../../destinations/types.ts';
import type { JobTarget } from '../../transfers/target.ts';
import { requireNoFiles } from '../arguments.ts';
import { usageError } from '../errors.ts';
import type { ImageLine } from './list-file.ts';
import { type MoreNames, moreNames, namesAt, withMoreTags } from './more-names.ts';
import {
  namedTargets,
  type ParseDestination,
  repositoryReference,
  requireRoomForNames,
  type TargetOptions,
} from './targets.ts';
import { type SendOptions, transferOptions } from './transfer-options.ts';

/** What one `push` is asked for, read from its arguments alone: nothing has been looked for, asked or opened. */
export type PushPlan = ImagePlan | AllTagsPlan | ManyPlan;

interface AnyPlan {
  options: TransferOptions;
}

/** One image to each of the targets; without any to its own reference. */
export interface ImagePlan extends AnyPlan {
  kind: 'image';
  /** IMAGE, as it was typed. */
  image: string;
  targets: readonly JobTarget[];
  names: MoreNames;
}

/** `--all-tags`: every image that IMAGE has, at each of the places; without any each goes to its own references. */
export interface AllTagsPlan extends AnyPlan {
  kind: 'all-tags';
  image: string;
  repositories: readonly Reference[];
  destinations: readonly ImageDestination[];
}

/** Several images at once. */
export interface ManyPlan extends AnyPlan {
  kind: 'many';
  images: readonly PlannedImage[];
  /** Where those go that have no targets of their own; absent: to their own references. */
  rule?: TargetRule | undefined;
  names: MoreNames;
  /** The first failure ends all. */
  failFast: boolean;
}

export interface PlannedImage {
  image: string;
  targets: readonly JobTarget[];
}

export interface ManyOptions {
  /** REGISTRY[/PATH] below which images keep their own names. */
  to?: string;
  /** Only the last part of each repository is kept. */
  flatten?: boolean;
  failFast?: boolean;
}

/**
 * Reads the arguments of `push`, so that whatever is wrong with them is the first that a person hears of.
 * @throws PushboatError USAGE, REF_INVALID, TARGET_DIGEST, or what `parse` throws
 */
export async function planPush(
  image: string,
  destination: string | undefined,
  options: TargetOptions & SendOptions,
  parse: ParseDestination,
): Promise<ImagePlan | AllTagsPlan> {
  const sending = transferOptions(options);
  const texts = [...(destination === undefined ? [] : [destination]), ...(options.target ?? [])];
  const plan = options.allTags
    ? planOfAll(image, texts, sending, parse)
    : planOfOne(image, texts, sending, parse, moreNames(options));
  await requireNoFiles(texts.filter((text) => parse(text) === undefined));
  return plan;
}

/**
 * Reads the arguments of a `push` of many images.
 * @throws PushboatError USAGE, REF_INVALID, TARGET_DIGEST, or what `parse` throws
 */
export async function planMany(
  listed: readonly ImageLine[],
  options: TargetOptions & SendOptions & ManyOptions,
  parse: ParseDestination,
): Promise<ManyPlan> {
  if (options.allTags)
    throw usageError('--all-tags is for one image: with --to and --from each keeps all of its names anyway.');
  const prefix = options.to === undefined ? undefined : parseTargetPrefix(options.to);
  if (options.flatten && !prefix)
    throw usageError('--flatten says how names look below --to: give --to REGISTRY/PATH.');
  const more = options.target ?? [];
  if (more.length > 0)
    throw usageError('--target is for one image: give --to for several, or list the targets with --from.');
  const images = listed.map((line) => ({ image: line.image, targets: listedTargets(line, parse) }));
  await requireNoFiles(listed.flatMap(({ targets }) => targets.filter((text) => parse(text) === undefined)));
  return {
    kind: 'many',
    images,
    rule: prefix && { ...prefix, keep: options.flatten ? 'name' : 'path' },
    names: moreNames(options),
    failFast: options.failFast ?? false,
    options: transferOptions(options),
  };
}

/** Where a line of a list goes; what is wrong there is told with its image. */
function listedTargets({ image, targets }: ImageLine, parse: ParseDestination): JobTarget[] {
  try {
    return namedTargets(targets, parse);
  } catch (error) {
    if (!(error instanceof PushboatError)) throw error;
    const { code, message, facts, hint, cause } = error;
    throw new PushboatError(code, `${image}: ${message}`, { ...facts, hint, cause });
  }
}

/** The registries that the arguments name. */
export function registriesOf(plan: PushPlan): string[] {
  if (plan.kind === 'all-tags') return plan.repositories.map(({ registry }) => registry);
  if (plan.kind === 'many') {
    const named = plan.images.flatMap(({ targets }) => registriesAmong(targets));
    return plan.rule ? [plan.rule.registry, ...named] : named;
  }
  return registriesAmong(plan.targets);
}

function registriesAmong(targets: readonly JobTarget[]): string[] {
  return targets.flatMap((target) => (target.kind === 'registry' ? [target.reference.registry] : []));
}

function planOfOne(
  image: string,
  texts: readonly string[],
  options: TransferOptions,
  parse: ParseDestination,
  names: MoreNames,
): ImagePlan {
  const targets = withMoreTags(namedTargets(texts, parse), names);
  // Names that a destination cannot give are told before the image is looked for.
  for (const target of targets) if (target.kind === 'destination') namesAt(target.destination, names);
  return { kind: 'image', image, targets, names, options };
}

function planOfAll(
  image: string,
  texts: readonly string[],
  options: TransferOptions,
  parse: ParseDestination,
): AllTagsPlan {
  const repositories: Reference[] = [];
  const destinations: ImageDestination[] = [];
  for (const text of texts) {
    const destination = parse(text);
    if (destination === undefined) repositories.push(repositoryReference(text));
    else destinations.push(destination);
  }
  for (const each of destinations) requireRoomForNames(each);
  return { kind: 'all-tags', image, repositories, destinations, options };
}
