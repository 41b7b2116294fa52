import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { ImageDestination } from '../../destinations/types.ts';
import { readImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import { findAllImages, findImage } from '../../sources/find/find-image.ts';
import type { FindImageOptions, FoundImage } from '../../sources/find/types.ts';
import { type JobTarget, targetText } from '../../transfers/target.ts';
import type { ExportRequest, JobRequest } from '../../transfers/types.ts';
import { usageError } from '../errors.ts';
import { namesAt, withMoreTags } from './more-names.ts';
import {
  layoutNames,
  type OpenedImage,
  requireOwnNames,
  sayLeftOut,
  wholeReferences,
  withoutCompanions,
} from './names-of-all.ts';
import type { AllTagsPlan, ImagePlan } from './plan.ts';
import { ownTarget, type ParseDestination, tagsOfImage } from './targets.ts';

/** What finding the images of a plan needs. */
export interface FindRequestsOptions {
  where: FindImageOptions;
  parse: ParseDestination;
  /** Told what the person may not expect, before anything is sent. */
  onNote: (text: string) => void;
}

/** What is to be done, job by job, and what cannot be: images that were not found among many. */
export interface FoundRequests {
  requests: JobRequest[];
  failures: { image: string; error: PushboatError }[];
}

/** Finds the image, or the images, of a plan that names one. @throws PushboatError of what is not found. */
export function findRequests(plan: ImagePlan | AllTagsPlan, options: FindRequestsOptions): Promise<JobRequest[]> {
  return plan.kind === 'all-tags' ? requestsOfAll(plan, options) : requestsOfImage(plan, options);
}

async function requestsOfImage(plan: ImagePlan, { where, onNote }: FindRequestsOptions): Promise<JobRequest[]> {
  const found = await findImage(plan.image, where);
  if (found.note !== undefined) onNote(found.note);
  const unopened = notOpened(found);
  const known =
    plan.targets.length > 0 || !unopened ? plan.targets : withMoreTags([ownTarget(unopened.named)], plan.names);
  const [target, ...others] = known;
  if (unopened && target?.kind === 'registry' && others.length === 0)
    return [{ ...unopened.requested, isSlow: true, target: target.reference, options: plan.options }];
  const opened = await openOnce(found);
  const targets = known.length > 0 ? known : withMoreTags([ownTarget(opened.named)], plan.names);
  return targets.map((each) => requestTo(each, opened, plan));
}

/** An image that is to be opened by the one job that needs it, which sends what it can while that lasts. */
function notOpened({
  id,
  name,
  references,
  isSlow,
  open,
}: FoundImage): Pick<OpenedImage, 'named' | 'requested'> | undefined {
  if (!isSlow || !references) return undefined;
  return { named: { name, references }, requested: { imageId: id, imageName: name, openImage: open } };
}

/** The first opening is used again: nothing has changed on disk between the two. */
export async function openOnce(found: FoundImage): Promise<OpenedImage> {
  const image = await found.open();
  let unused: LocalImage | undefined = image;
  const openImage = async (signal?: AbortSignal): Promise<LocalImage> => {
    const first = unused;
    unused = undefined;
    return first ?? (await found.open(signal));
  };
  const { id, name, ref } = found;
  const named = { name, references: found.references ?? image.references };
  const companions = () => companionsOf(image);
  return { ref, named, digest: image.root.digest, companions, requested: { imageId: id, imageName: name, openImage } };
}

async function companionsOf(image: LocalImage): Promise<Digest[]> {
  const { manifests } = await readImageTree(image);
  const found = await image.companionsOf?.(new Set(manifests.map(({ descriptor }) => descriptor.digest)));
  return (found ?? []).map((companion) => companion.image.root.digest);
}

export function requestTo(
  target: JobTarget,
  { requested }: Pick<OpenedImage, 'requested'>,
  { names, options }: Pick<ImagePlan, 'names' | 'options'>,
): JobRequest {
  if (target.kind === 'registry') return { ...requested, target: target.reference, options };
  const { destination } = target;
  return { images: [{ ...requested, references: namesAt(destination, names) }], destination, options };
}

/** `--all-tags`: every image under its own names, at each repository and each destination. */
async function requestsOfAll(plan: AllTagsPlan, options: FindRequestsOptions): Promise<JobRequest[]> {
  const { image, repositories, destinations } = plan;
  const all = await Promise.all((await findAllImages(image, options.where)).map(openOnce));
  const opened = plan.options.referrers && !plan.options.removeSignatures ? await withoutCompanions(all) : all;
  const isPush = repositories.length > 0 || destinations.length === 0;
  const pushes = isPush ? pushesOfAll(opened, plan, options) : [];
  const exports = destinations.flatMap((destination) => exportsOfAll(opened, destination, plan, options));
  const requests = [...pushes, ...exports];
  if (requests.length > 0) return requests;
  throw new PushboatError('TARGET_REQUIRED', `No image of ${image} has a tag.`, { hint: 'choose-target' });
}

function pushesOfAll(
  opened: readonly OpenedImage[],
  { repositories, options }: AllTagsPlan,
  { onNote }: FindRequestsOptions,
): JobRequest[] {
  const all = opened.map((one) => ({ ...one, targets: tagsOfImage(one.named, repositories) }));
  requireOwnNames(all.map((one) => ({ ...one, names: one.targets.map(targetText) })));
  sayLeftOut(
    all.filter(({ targets }) => targets.length === 0),
    onNote,
  );
  const along = digestsOf(all.filter(({ targets }) => targets.length > 0));
  return all.flatMap(({ requested, targets }) =>
    targets.map(({ reference }) => ({ ...requested, along, target: reference, options })),
  );
}

/** An archive is written once, with all images in it; elsewhere each image is added under each of its names. */
function exportsOfAll(
  opened: readonly OpenedImage[],
  destination: ImageDestination,
  { options }: AllTagsPlan,
  { parse, onNote }: FindRequestsOptions,
): ExportRequest[] {
  const { isArchive, takesAnyName } = destination;
  const all = takesAnyName ? layoutNames(opened) : opened.map((one) => ({ ...one, names: wholeReferences(one.named) }));
  requireOwnNames(all);
  sayLeftOut(
    all.filter(({ names }) => names.length === 0),
    onNote,
  );
  if (isArchive) {
    const [first, ...others] = all
      .filter(({ names }) => names.length > 0)
      .map(({ requested, names }) => ({ ...requested, references: names }));
    return first ? [{ images: [first, ...others], destination, options }] : [];
  }
  const along = digestsOf(all.filter(({ names }) => names.length > 0));
  return all.flatMap(({ requested, names }) =>
    names.map((name) => {
      const named = parse(`${destination.text}${takesAnyName ? ':' : ''}${name}`);
      if (!named) throw usageError(`The destination ${destination.text} cannot hold the image ${name}.`);
      return { images: [{ ...requested, along }], destination: named, options };
    }),
  );
}

function digestsOf(images: readonly OpenedImage[]): ReadonlySet<Digest> {
  return new Set(images.map(({ digest }) => digest));
}
