import { PushboatError } from '../../shared/errors.ts';
import type { PushOptions } from '../../shared/ipc.ts';
import { canonicalReference, referenceOfName, withDefaultTag } from '../../shared/reference.ts';
import { writtenPath } from '../destinations/destination-path.ts';
import type { ImageDestination } from '../destinations/types.ts';
import type { LocalImage } from '../image/types.ts';
import type { JobTarget } from '../push/job-target.ts';
import type { ExportImage, ExportRequest, JobRequest } from '../push/types.ts';
import { findAllImages, findImage } from '../sources/find-image.ts';
import type { FindImageOptions, FoundImage } from '../sources/types.ts';
import { usageError } from './errors.ts';
import { namesAt, withMoreTags } from './more-names.ts';
import {
  namedTargets,
  ownTarget,
  type ParseDestination,
  type TargetOptions,
  tagNames,
  tagsOfImage,
  targetTexts,
} from './targets.ts';

/** What `push` is asked to bring where. */
export interface RequestOptions extends TargetOptions {
  pushOptions: PushOptions;
  parse: ParseDestination;
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
    const opened = await openOnce(await findImage(image, where));
    const targets = withMoreTags(named.length > 0 ? named : [ownTarget(opened.image)], options);
    return targets.map((target) => requestTo(target, opened, options));
  };
}

interface OpenedImage {
  image: LocalImage;
  requested: ExportImage;
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
  return { image, requested: { imageId: found.id, imageName: found.name, openImage } };
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
  const toRegistries = repositories.length > 0 || destinations.length === 0;
  const pushes = toRegistries
    ? opened.flatMap((one) => tagsOfImage(one.image, repositories).map((target) => requestTo(target, one, options)))
    : [];
  const exports = destinations.flatMap((destination) => exportsOfAll(opened, destination, options));
  const requests = [...pushes, ...exports];
  if (requests.length > 0) return requests;
  throw new PushboatError('TARGET_REQUIRED', `No image of ${image} has a tag.`, { hint: 'choose-target' });
}

/** An archive is written once, with all images in it; elsewhere each image is added under each of its names. */
function exportsOfAll(
  opened: readonly OpenedImage[],
  destination: ImageDestination,
  { pushOptions, parse }: RequestOptions,
): ExportRequest[] {
  const { transport } = destination;
  if (transport === 'docker-archive' || transport === 'oci-archive') {
    // A layout names images by whatever they are called, an engine by whole references.
    const namesOf = transport === 'oci-archive' ? tagNames : wholeReferences;
    const [first, ...others] = opened
      .map(({ image, requested }) => ({ ...requested, references: namesOf(image) }))
      .filter(({ references }) => references.length > 0);
    return first ? [{ images: [first, ...others], destination, options: pushOptions }] : [];
  }
  const isLayout = writtenPath(destination) !== undefined;
  return opened.flatMap(({ image, requested }) =>
    (isLayout ? tagNames(image) : wholeReferences(image)).map((name) => {
      const named = parse(`${destination.text}${isLayout ? ':' : ''}${name}`);
      if (!named) throw usageError(`The destination ${destination.text} cannot hold the image ${name}.`);
      return { images: [requested], destination: named, options: pushOptions };
    }),
  );
}

function wholeReferences(image: LocalImage): string[] {
  const references = image.references.map(referenceOfName).filter(isDefined);
  return [...new Set(references.map((reference) => canonicalReference(withDefaultTag(reference))))];
}

/** @throws PushboatError USAGE for a destination that holds one image, or names one. */
function requireRoomForNames({ transport, text }: ImageDestination): void {
  if (transport === 'dir') throw usageError(`With --all-tags there may be several images, and ${text} holds one.`);
  const unnamed = `${transport}:${writtenPath({ transport, text }) ?? ''}`;
  if (text !== unnamed) throw usageError(`With --all-tags the destination names no image of its own, unlike ${text}.`);
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
