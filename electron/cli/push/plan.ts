import type { TransferOptions } from '../../../shared/ipc.ts';
import type { Reference } from '../../../shared/reference.ts';
import type { ImageDestination } from '../../destinations/types.ts';
import type { JobTarget } from '../../transfers/target.ts';
import { requireNoFiles } from '../arguments.ts';
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
export type PushPlan = ImagePlan | AllTagsPlan;

interface AnyPlan {
  /** IMAGE, as it was typed. */
  image: string;
  options: TransferOptions;
}

/** One image to each of the targets; without any to its own reference. */
export interface ImagePlan extends AnyPlan {
  kind: 'image';
  targets: readonly JobTarget[];
  names: MoreNames;
}

/** `--all-tags`: every image that IMAGE has, at each of the places; without any each goes to its own references. */
export interface AllTagsPlan extends AnyPlan {
  kind: 'all-tags';
  repositories: readonly Reference[];
  destinations: readonly ImageDestination[];
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
): Promise<PushPlan> {
  const sending = transferOptions(options);
  const texts = [...(destination === undefined ? [] : [destination]), ...(options.target ?? [])];
  const plan = options.allTags
    ? planOfAll(image, texts, sending, parse)
    : planOfOne(image, texts, sending, parse, moreNames(options));
  await requireNoFiles(texts.filter((text) => parse(text) === undefined));
  return plan;
}

/** The registries that the arguments name. */
export function registriesOf(plan: PushPlan): string[] {
  if (plan.kind === 'all-tags') return plan.repositories.map(({ registry }) => registry);
  return plan.targets.flatMap((target) => (target.kind === 'registry' ? [target.reference.registry] : []));
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
