import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { OWN_TRANSPORTS, PATH_TRANSPORTS } from '../../../shared/images.ts';
import { withDefaultTag } from '../../../shared/reference.ts';
import { nameOfFile, tagOfFile, targetUnder } from '../../../shared/target-rule.ts';
import { mapConcurrent } from '../../files/concurrent.ts';
import { findEach } from '../../sources/find/find-image.ts';
import {
  digestsByRepository,
  type JobTarget,
  requireTag,
  targetRepository,
  targetText,
} from '../../transfers/target.ts';
import type { JobRequest } from '../../transfers/types.ts';
import { withMoreTags } from './more-names.ts';
import { type OpenedImage, requireOwnNames } from './names-of-all.ts';
import type { ManyPlan, PlannedImage } from './plan.ts';
import { type FindRequestsOptions, type FoundRequests, openOnce, requestTo } from './requests.ts';
import { distinct, ownReferences, ownTarget, registryTarget, tagsOfImage } from './targets.ts';

const TRANSPORT = new RegExp(`^(?:${[...PATH_TRANSPORTS, ...OWN_TRANSPORTS].join('|')}):(?=.)`);
/** How many images are looked for at once. */
const AT_ONCE = 4;

/** An image of the plan that was found, and where it goes. */
type PlacedImage = OpenedImage & { targets: readonly JobTarget[] };

/**
 * The jobs of many images, in their order. One that is not found stops nothing, unless the first failure shall end all.
 * @throws PushboatError USAGE when two images would go to one target
 */
export async function requestsOfMany(plan: ManyPlan, options: FindRequestsOptions): Promise<FoundRequests> {
  const failures: FoundRequests['failures'] = [];
  const images: PlacedImage[] = [];
  const looked = mapConcurrent(plan.images, AT_ONCE, (planned) => lookFor(planned, plan, options));
  for await (const found of looked) {
    if ('error' in found) failures.push(found);
    else images.push(...found);
  }
  requireOwnNames(images.map((one) => ({ ...one, names: one.targets.map(targetText) })));
  return { requests: requestsFor(images, plan), failures };
}

async function lookFor(
  planned: PlannedImage,
  plan: ManyPlan,
  options: FindRequestsOptions,
): Promise<PlacedImage[] | FoundRequests['failures'][number]> {
  try {
    return await imagesOf(planned, plan, options);
  } catch (thrown) {
    if (plan.failFast) throw thrown;
    return { image: planned.image, error: toPushboatError(thrown) };
  }
}

function requestsFor(images: readonly PlacedImage[], plan: ManyPlan): JobRequest[] {
  const together = digestsByRepository(
    images.flatMap(({ digest, targets }) => targets.map((target) => ({ digest, target }))),
  );
  const asked = new Set<string>();
  return images.flatMap((one) =>
    one.targets.flatMap((target) => {
      // The same image, listed twice.
      const key = `${one.digest} ${targetText(target)}`;
      if (asked.has(key)) return [];
      asked.add(key);
      const along = together.get(targetRepository(target));
      return [requestTo(target, { ...one, requested: { ...one.requested, along } }, plan)];
    }),
  );
}

async function imagesOf(planned: PlannedImage, plan: ManyPlan, options: FindRequestsOptions): Promise<PlacedImage[]> {
  const found = await findEach(planned.image, options.where);
  if (found.length > 1 && planned.targets.length > 0) {
    throw new PushboatError(
      'IMAGE_AMBIGUOUS',
      `${planned.image} holds ${found.length} images, and its target is for one: name the image, or push all of them with --to.`,
      { candidates: found.map(({ ref }) => ref), hint: 'use-full-name' },
    );
  }
  return Promise.all(
    found.map(async (one) => {
      const opened = await openOnce(one);
      return { ...opened, targets: withMoreTags(targetsOf(opened, planned, plan), plan.names) };
    }),
  );
}

function targetsOf({ named }: OpenedImage, { image, targets }: PlannedImage, { rule }: ManyPlan): JobTarget[] {
  if (targets.length > 0) return [...targets];
  if (rule === undefined) {
    const own = tagsOfImage(named, []);
    return own.length > 0 ? own : [ownTarget(named)];
  }
  const names = ownReferences(named);
  if (names.length > 0) {
    return distinct(names.map((name) => registryTarget(targetUnder(rule, requireTag(withDefaultTag(name))))));
  }
  // Only a tag, or nothing: the file tells the name.
  const file = image.replace(TRANSPORT, '');
  const tags = named.references.length > 0 ? named.references : [tagOfFile(file) ?? 'latest'];
  const reference = { registry: '', repository: nameOfFile(file) };
  return distinct(tags.map((tag) => registryTarget(targetUnder(rule, { ...reference, tag }))));
}
