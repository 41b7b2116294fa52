import { PushboatError } from '../../shared/errors.ts';
import type { TransferOptions } from '../../shared/ipc.ts';
import type { ImageDestination } from '../destinations/types.ts';
import type { LocalImage } from '../image/types.ts';
import { findAllImages, findImage } from '../sources/find/find-image.ts';
import type { FindImageOptions, FoundImage } from '../sources/find/types.ts';
import { type JobTarget, targetText } from '../transfers/target.ts';
import type { ExportRequest, JobRequest } from '../transfers/types.ts';
import { usageError } from './errors.ts';
import { namesAt, withMoreTags } from './more-names.ts';
import { layoutNames, type OpenedImage, requireOwnNames, sayLeftOut, wholeReferences } from './names-of-all.ts';
import {
  namedTargets,
  ownTarget,
  type ParseDestination,
  type TargetOptions,
  tagsOfImage,
  targetTexts,
} from './targets.ts';

/** What `push` is asked to bring where. */
export interface RequestOptions extends TargetOptions {
  pushOptions: TransferOptions;
  parse: ParseDestination;
  /** Told what the person may not expect, before anything is sent. */
  onNote: (text: string) => void;
}

/** Reads the targets, and gives what finds the image then: a wrong target is the person's first mistake to hear of. */
export function planRequests(
  image: string,
  destination: string | undefined,
  options: RequestOptions,
): (where: FindImageOptions) => Promise<JobRequest[]> {
  const texts = targetTexts(destination, options);
  if (options.allTags) {
    const destinations = texts.map(options.parse);
    for (const each of destinations) if (each) requireRoomForNames(each);
    const repositories = texts.filter((_, index) => destinations[index] === undefined);
    return (where) => requestsOfAll(image, repositories, destinations.filter(isDefined), options, where);
  }
  const named = namedTargets(texts, options.parse);
  // Names that are wrong are told before the image is looked for.
  withMoreTags(named, options);
  for (const target of named) if (target.kind === 'destination') namesAt(target.destination, options);
  return async (where) => {
    const found = await findImage(image, where);
    if (found.note !== undefined) options.onNote(found.note);
    const opened = await openOnce(found);
    const targets = withMoreTags(named.length > 0 ? named : [ownTarget(opened.named)], options);
    return targets.map((target) => requestTo(target, opened, options));
  };
}

/** The first opening is used again: nothing has changed on disk between the two. */
async function openOnce(found: FoundImage): Promise<OpenedImage> {
  const image = await found.open();
  let unused: LocalImage | undefined = image;
  const openImage = async (signal?: AbortSignal): Promise<LocalImage> => {
    const first = unused;
    unused = undefined;
    return first ?? (await found.open(signal));
  };
  const { id, name, ref } = found;
  const named = { name, references: found.references ?? image.references };
  return { ref, named, digest: image.root.digest, requested: { imageId: id, imageName: name, openImage } };
}

function requestTo(target: JobTarget, { requested }: OpenedImage, options: RequestOptions): JobRequest {
  if (target.kind === 'registry') return { ...requested, target: target.reference, options: options.pushOptions };
  const { destination } = target;
  const references = namesAt(destination, options);
  return { images: [{ ...requested, references }], destination, options: options.pushOptions };
}

/** `--all-tags`: every image under its own names, at each repository and each destination. */
async function requestsOfAll(
  image: string,
  repositories: readonly string[],
  destinations: readonly ImageDestination[],
  options: RequestOptions,
  where: FindImageOptions,
): Promise<JobRequest[]> {
  const opened = await Promise.all((await findAllImages(image, where)).map(openOnce));
  const pushes = repositories.length > 0 || destinations.length === 0 ? pushesOfAll(opened, repositories, options) : [];
  const exports = destinations.flatMap((destination) => exportsOfAll(opened, destination, options));
  const requests = [...pushes, ...exports];
  if (requests.length > 0) return requests;
  throw new PushboatError('TARGET_REQUIRED', `No image of ${image} has a tag.`, { hint: 'choose-target' });
}

function pushesOfAll(
  opened: readonly OpenedImage[],
  repositories: readonly string[],
  options: RequestOptions,
): JobRequest[] {
  const targets = opened.map((one) => ({ ...one, targets: tagsOfImage(one.named, repositories) }));
  requireOwnNames(targets.map((one) => ({ ...one, names: one.targets.map(targetText) })));
  sayLeftOut(
    targets.filter((one) => one.targets.length === 0),
    options,
  );
  return targets.flatMap((one) => one.targets.map((target) => requestTo(target, one, options)));
}

/** An archive is written once, with all images in it; elsewhere each image is added under each of its names. */
function exportsOfAll(
  opened: readonly OpenedImage[],
  destination: ImageDestination,
  options: RequestOptions,
): ExportRequest[] {
  const { transport } = destination;
  const { pushOptions, parse } = options;
  // A layout names images by whatever they are called, an engine by whole references.
  const isLayout = transport === 'oci' || transport === 'oci-archive';
  const all = isLayout ? layoutNames(opened) : opened.map((one) => ({ ...one, names: wholeReferences(one.named) }));
  requireOwnNames(all);
  sayLeftOut(
    all.filter(({ names }) => names.length === 0),
    options,
  );
  if (transport === 'docker-archive' || transport === 'oci-archive') {
    const [first, ...others] = all
      .filter(({ names }) => names.length > 0)
      .map(({ requested, names }) => ({ ...requested, references: names }));
    return first ? [{ images: [first, ...others], destination, options: pushOptions }] : [];
  }
  return all.flatMap(({ requested, names }) =>
    names.map((name) => {
      const named = parse(`${destination.text}${isLayout ? ':' : ''}${name}`);
      if (!named) throw usageError(`The destination ${destination.text} cannot hold the image ${name}.`);
      return { images: [requested], destination: named, options: pushOptions };
    }),
  );
}

/** @throws PushboatError USAGE for a destination that holds one image, or names one. */
function requireRoomForNames({ transport, path = '', text }: ImageDestination): void {
  if (transport === 'dir') throw usageError(`With --all-tags there may be several images, and ${text} holds one.`);
  if (text !== `${transport}:${path}`)
    throw usageError(`With --all-tags the destination names no image of its own, unlike ${text}.`);
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
