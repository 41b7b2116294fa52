import { isAbsolute, resolve } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import { findInStorage } from './containers-storage/find-in-storage.ts';
import { findInEngine } from './docker-daemon/find-in-engine.ts';
import { localEnvironment } from './environment.ts';
import { findAllInListing, findInListing, splitPathName } from './find-in-listing.ts';
import { findInStore, layoutsIn } from './find-in-store.ts';
import { isAbsent, systemCode } from './fs-errors.ts';
import { type DetectedPath, detectPath } from './layout-detect.ts';
import type { Listing } from './listing.ts';
import { listingOf, PATH_TRANSPORTS } from './source-at.ts';
import type { FindImageOptions, FoundImage } from './types.ts';

export { listImages } from './list-images.ts';

/** `docker-archive:PATH:REF`, taken apart. */
interface NamedListing {
  listing: Listing;
  image: string | undefined;
}

/**
 * Finds what an IMAGE argument names: `oci:PATH[:NAME]`, `oci-archive:PATH[:NAME]`, `docker-archive:PATH[:REF]`, `dir:PATH`, the path of
 * such a store, `containers-storage:[[…]]NAME`, `docker-daemon:REF`, `podman:REF`, or an image of the image-store folder by its Name, its Ref, or the Name that its reference turns into.
 * @throws PushboatError IMAGE_NOT_FOUND saying what was looked at, with names that are close; IMAGE_AMBIGUOUS with the names to
 * choose from; LAYOUT_INVALID, ARCHIVE_INVALID and SOURCE_UNREADABLE for a path that is no usable store.
 */
export async function findImage(text: string, options: FindImageOptions): Promise<FoundImage> {
  const name = text.trim();
  if (name === '') throw new PushboatError('USAGE', 'No image was named.', { hint: 'run-help' });
  options.signal?.throwIfAborted();
  const own = await findInOwnStores(name, options);
  if (own) return own;
  const named = await namedListing(name, options);
  if (named) return findInListing(named.listing, named.image, options.signal);
  const detected = await storeAt(name, options);
  if (!detected) return findInStore(name, options);
  if (detected.kind === 'layout-folder') throw await severalLayouts(detected);
  return findInListing(listingOf(detected.kind, detected.location), undefined, options.signal);
}

/**
 * All images of the layout or archive that an IMAGE argument names, for `--all-tags`; an image that is named itself comes alone.
 * @throws PushboatError as `findImage`.
 */
export async function findAllImages(text: string, options: FindImageOptions): Promise<FoundImage[]> {
  const name = text.trim();
  const named = await namedListing(name, options);
  if (named && named.image === undefined) return findAllInListing(named.listing, options.signal);
  const detected = named || name === '' ? undefined : await storeAt(name, options);
  return detected && detected.kind !== 'layout-folder'
    ? findAllInListing(listingOf(detected.kind, detected.location), options.signal)
    : [await findImage(text, options)];
}

/** An image of this user's own stores and engines, where the text has the prefix of one. */
async function findInOwnStores(text: string, options: FindImageOptions): Promise<FoundImage | undefined> {
  const [, prefix, rest = ''] = /^(containers-storage|docker-daemon|podman):(.*)$/s.exec(text) ?? [];
  const environment = options.environment ?? localEnvironment();
  switch (prefix) {
    case 'containers-storage':
      return findInStorage(rest, environment);
    case 'docker-daemon':
      return findInEngine('Docker', rest, environment, options.signal);
    case 'podman':
      return findInEngine('Podman', rest, environment, options.signal);
    default:
      return undefined;
  }
}

/** What a text with the prefix of a transport names; undefined for one without. */
async function namedListing(text: string, { cwd }: FindImageOptions): Promise<NamedListing | undefined> {
  const transport = PATH_TRANSPORTS.find((name) => text.startsWith(`${name}:`));
  if (transport === undefined) return undefined;
  const rest = text.slice(transport.length + 1);
  // The one image of a folder has no name.
  const { path, image } = transport === 'dir' ? { path: rest, image: undefined } : await splitPathName(rest, cwd);
  return { listing: listingOf(transport, resolve(cwd, path)), image };
}

/** The store, or folder of layouts, at a path; undefined when the text is no path or need not be one. */
async function storeAt(text: string, { cwd, signal }: FindImageOptions): Promise<DetectedPath | undefined> {
  const isPath = isAbsolute(text) || /^\.{1,2}(?:[/\\]|$)/.test(text);
  try {
    return await detectPath(resolve(cwd, text), signal);
  } catch (error) {
    // A name of the image store may by chance be the name of a folder here.
    if (isPath || !isUnusable(error)) throw error;
    return undefined;
  }
}

function isUnusable(error: unknown): boolean {
  const code = error instanceof PushboatError ? error.code : systemCode(error);
  return code === 'LAYOUT_INVALID' || code === 'SOURCE_UNREADABLE' || isAbsent(error);
}

async function severalLayouts({ location }: DetectedPath): Promise<PushboatError> {
  const candidates = await layoutsIn(location);
  const message = `${location} is a folder of layouts: name one of them (${candidates.join(', ')}, …).`;
  return new PushboatError('IMAGE_AMBIGUOUS', message, { path: location, candidates, hint: 'use-full-name' });
}
