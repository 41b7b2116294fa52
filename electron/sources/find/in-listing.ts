import { join } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import type { BesideOthers, ListedImage, Listing } from '../listing/listing.ts';
import { beginsWith, refsOf, selectImages, withName } from '../listing/selectors.ts';
import { makeImageId, pathSourceId } from '../names/image-ids.ts';
import { hasTag } from '../names/repository-tags.ts';
import { ambiguous, foundInRepository, MAX_CANDIDATES, notFound } from './answers.ts';
import type { FoundImage } from './types.ts';

/**
 * The image of a store that the selector means, or the only one there is; signatures next to it do not count.
 * @throws PushboatError IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, and what `Listing.read` throws.
 */
export async function findInListing(
  listing: Listing,
  selector: string | undefined,
  signal?: AbortSignal,
): Promise<FoundImage> {
  const images = await listing.read(signal);
  const matching = selector === undefined ? withoutSignatures(images) : await select(listing, images, selector);
  const [first, second] = matching;
  if (first && second) throw hasSeveral(listing, selector, images, matching);
  if (!first) throw hasNone(listing, selector, images);
  return { ...found(listing, refsOf(listing, images), first), ...askedFor(listing, first, selector, images) };
}

/** The images of a store that have a name, for one that was typed without the store. @throws PushboatError as `Listing.read` */
export async function lookInListing(listing: Listing, name: string, signal?: AbortSignal): Promise<FoundImage[]> {
  const images = await listing.read(signal);
  const refs = refsOf(listing, images);
  return images
    .filter((image) => image.name === name || (/[/:@]/.test(name) && listing.hasName(image, name)))
    .map((image) => ({ ...found(listing, refs, image), ...askedFor(listing, image, name, images) }));
}

/** Every image of a store, for a push of all its tags: what has none is told. @throws PushboatError IMAGE_NOT_FOUND when it has none. */
export function findAllInListing(listing: Listing, signal?: AbortSignal): Promise<FoundImage[]> {
  return allInListing(listing, 'by-type', signal);
}

/** The images of a store without what is about others. @throws PushboatError IMAGE_NOT_FOUND when it has none. */
export function findImagesInListing(listing: Listing, signal?: AbortSignal): Promise<FoundImage[]> {
  return allInListing(listing, undefined, signal);
}

async function allInListing(listing: Listing, kept?: BesideOthers, signal?: AbortSignal): Promise<FoundImage[]> {
  const images = await listing.read(signal);
  if (images.length === 0) throw hasNone(listing, undefined, images);
  const refs = refsOf(listing, images);
  return withoutSignatures(images, kept).map((image) => found(listing, refs, image));
}

/** The images that have a tag in the repository of that name, with those tags. @throws PushboatError as `Listing.read` */
export async function repositoryInListing(
  listing: Listing,
  repository: string,
  signal?: AbortSignal,
): Promise<FoundImage[]> {
  if (hasTag(repository)) return [];
  const images = await listing.read(signal);
  const refs = refsOf(listing, images);
  return foundInRepository(
    repository,
    images,
    ({ references }) => references.filter((name) => /[/:@]/.test(name)),
    (image) => found(listing, refs, image),
  );
}

/** What lies next to images only counts where nothing else does. */
function withoutSignatures(images: ListedImage[], kept?: BesideOthers): ListedImage[] {
  const own = images.filter(({ besideOthers }) => besideOthers === undefined || besideOthers === kept);
  return own.length > 0 ? own : images;
}

async function select(listing: Listing, images: ListedImage[], selector: string): Promise<ListedImage[]> {
  const matching = selectImages(listing, images, selector);
  const id = /^@?((?:[a-z0-9]+:)?[0-9a-f]{6,})$/.exec(selector)?.[1];
  if (matching.length > 0 || id === undefined || listing.transport !== 'docker-archive') return matching;
  // A Docker archive has no manifest of its own: the digest that lists show is known when the image is opened.
  const opened: ListedImage[] = [];
  for (const image of images) {
    const digest = await image.open().then(
      ({ root }) => root.digest,
      (error: unknown) => {
        if (error instanceof PushboatError) return undefined;
        throw error;
      },
    );
    if (digest !== undefined && beginsWith(digest, id)) opened.push(image);
  }
  return opened;
}

/** The name that was typed comes first, since a push without a target goes there; and what was not taken is told. */
function askedFor(
  listing: Listing,
  image: ListedImage,
  selector: string | undefined,
  images: readonly ListedImage[],
): Pick<FoundImage, 'references' | 'note'> {
  if (selector === undefined) {
    // A push tells of the others itself.
    const others = images.filter(
      ({ besideOthers }) => besideOthers === 'loose' && image.besideOthers === undefined,
    ).length;
    return others === 0
      ? {}
      : { note: `${image.name} has signatures or artifacts next to it that are not pushed: ${others}.` };
  }
  const whole = image.references.filter((reference) => /[/:@]/.test(reference));
  const each = whole.map((reference) => ({ ...image, references: [reference] }));
  const named = withName(listing, each, selector).flatMap(({ references }) => references);
  // Of an image that was named by a tag alone those references that have it.
  const own = named.length > 0 ? named : whole.filter((reference) => reference.endsWith(`:${selector}`));
  return own.length === 0 ? {} : { references: own };
}

function found(listing: Listing, refs: ReturnType<typeof refsOf>, image: ListedImage): FoundImage {
  const { key, name } = image;
  return {
    id: makeImageId(pathSourceId(listing.location), [key]),
    name,
    ref: `${listing.transport}:${refs(image)}`,
    open: async () => {
      // The store may have changed since; the key finds the image as it is now.
      const images = await listing.read();
      const now = images.find((candidate) => candidate.key === key);
      if (!now) throw hasNone(listing, name, images);
      return now.open();
    },
  };
}

function hasSeveral(
  listing: Listing,
  selector: string | undefined,
  all: readonly ListedImage[],
  images: readonly ListedImage[],
): PushboatError {
  const { location } = listing;
  const candidates = namesOf(listing, all, images);
  const what = selector === undefined ? `${images.length} images` : `${images.length} images named ${selector}`;
  return ambiguous(`${location} has ${what}`, candidates, location);
}

function hasNone(listing: Listing, selector: string | undefined, images: readonly ListedImage[]): PushboatError {
  const { location, indexName } = listing;
  if (selector === undefined || images.length === 0) {
    return new PushboatError('IMAGE_NOT_FOUND', `There is no image in ${location}: ${indexName} lists none.`, {
      path: join(location, indexName),
      hint: 'check-layout',
    });
  }
  const candidates = namesOf(listing, images, images);
  const message = `No image in ${location} is named ${JSON.stringify(selector)}. It has ${candidates.join(', ')}.`;
  return notFound(message, { candidates, path: location, whenNone: 'use-full-name' });
}

/** As they would be written on the command line. */
function namesOf(listing: Listing, all: readonly ListedImage[], images: readonly ListedImage[]): string[] {
  const refs = refsOf(listing, all);
  return images.slice(0, MAX_CANDIDATES).map((image) => `${listing.transport}:${refs(image)}`);
}
