import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import { makeImageId, pathSourceId } from './image-ids.ts';
import type { ListedImage, Listing } from './listing.ts';
import type { FoundImage } from './types.ts';

/**
 * Splits `PATH[:NAME]` as containers/image does: at the first colon, a Windows drive's aside; NAME may be a whole reference. A file or
 * folder that really has the whole text as its name is taken as the path.
 */
export async function splitPathName(text: string, cwd: string): Promise<{ path: string; image: string | undefined }> {
  const drive = /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0;
  const colon = text.indexOf(':', drive);
  if (colon === -1) return { path: text, image: undefined };
  const path = text.slice(0, colon);
  const image = text.slice(colon + 1);
  const isWhole = !(await exists(resolve(cwd, path))) && (await exists(resolve(cwd, text)));
  return isWhole ? { path: text, image: undefined } : { path, image: image === '' ? undefined : image };
}

/**
 * The image of a store with this name, or the only one there is.
 * @throws PushboatError IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, and what `Listing.read` throws.
 */
export async function findInListing(
  listing: Listing,
  name: string | undefined,
  signal?: AbortSignal,
): Promise<FoundImage> {
  const images = await listing.read(signal);
  const matching = name === undefined ? images : images.filter((image) => listing.hasName(image, name));
  const [first, second] = matching;
  if (first && second) throw ambiguous(listing, name, matching);
  if (!first) throw notFound(listing, name, images);
  return found(listing, first);
}

/** Every image of a store, for a push of all its tags. @throws PushboatError IMAGE_NOT_FOUND when it has none. */
export async function findAllInListing(listing: Listing, signal?: AbortSignal): Promise<FoundImage[]> {
  const images = await listing.read(signal);
  if (images.length === 0) throw notFound(listing, undefined, images);
  return images.map((image) => found(listing, image));
}

function found(listing: Listing, { key, name }: ListedImage): FoundImage {
  return {
    id: makeImageId(pathSourceId(listing.location), [key]),
    name,
    open: async () => {
      // The store may have changed since; the key finds the image as it is now.
      const images = await listing.read();
      const image = images.find((candidate) => candidate.key === key);
      if (!image) throw notFound(listing, name, images);
      return image.open();
    },
  };
}

function ambiguous(listing: Listing, name: string | undefined, images: ListedImage[]): PushboatError {
  const { location } = listing;
  const candidates = images.map((image) => fullName(listing, image));
  const what = name === undefined ? `${images.length} images` : `${images.length} images named ${name}`;
  const message = `${location} has ${what}: name one of them (${candidates.join(', ')}).`;
  return new PushboatError('IMAGE_AMBIGUOUS', message, { path: location, candidates, hint: 'use-full-name' });
}

function notFound(listing: Listing, name: string | undefined, images: ListedImage[]): PushboatError {
  const { location, indexName } = listing;
  if (name === undefined || images.length === 0) {
    return new PushboatError('IMAGE_NOT_FOUND', `There is no image in ${location}: ${indexName} lists none.`, {
      path: join(location, indexName),
      hint: 'check-layout',
    });
  }
  const candidates = images.map((image) => fullName(listing, image));
  const message = `No image in ${location} is named ${JSON.stringify(name)}. It has ${candidates.join(', ')}.`;
  return new PushboatError('IMAGE_NOT_FOUND', message, { path: location, candidates, hint: 'use-full-name' });
}

/** As it would be written on the command line. */
function fullName({ transport, location }: Listing, image: ListedImage): string {
  const [reference] = image.references;
  return reference === undefined ? `${location} (${image.key})` : `${transport}:${location}:${reference}`;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
