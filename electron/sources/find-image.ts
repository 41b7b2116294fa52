import { isAbsolute, resolve } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import { findAllInListing, findInListing, splitPathName } from './find-in-listing.ts';
import { findInStore, layoutsIn } from './find-in-store.ts';
import { isAbsent, systemCode } from './fs-errors.ts';
import { type DetectedPath, detectPath } from './layout-detect.ts';
import { ociLayoutListing } from './oci-layout.ts';
import type { FindImageOptions, FoundImage } from './types.ts';

export { listImages } from './list-images.ts';

const OCI_PREFIX = 'oci:';

/**
 * Finds what an IMAGE argument names: `oci:PATH[:NAME]`, the path of a layout, or an image of the image-store folder by its Name, its
 * Ref, or the Name that its reference turns into.
 * @throws PushboatError IMAGE_NOT_FOUND saying what was looked at, with names that are close; IMAGE_AMBIGUOUS with the names to
 * choose from; LAYOUT_INVALID and SOURCE_UNREADABLE for a path that is no usable layout.
 */
export async function findImage(text: string, options: FindImageOptions): Promise<FoundImage> {
  const name = text.trim();
  if (name === '') throw new PushboatError('USAGE', 'No image was named.', { hint: 'run-help' });
  options.signal?.throwIfAborted();
  if (name.startsWith(OCI_PREFIX)) {
    const { path, image } = await splitPathName(name.slice(OCI_PREFIX.length), options.cwd);
    return findInListing(ociLayoutListing(resolve(options.cwd, path)), image);
  }
  const detected = await layoutAt(name, options.cwd);
  if (detected?.kind === 'layout') return findInListing(ociLayoutListing(detected.location), undefined);
  if (detected) throw await severalLayouts(detected);
  return findInStore(name, options);
}

/**
 * All images of the layout that an IMAGE argument names, for `--all-tags`; an image of the image store comes alone.
 * @throws PushboatError as `findImage`.
 */
export async function findAllImages(text: string, options: FindImageOptions): Promise<FoundImage[]> {
  const name = text.trim().replace(/^oci:/, '');
  const detected = name === '' ? undefined : await layoutAt(name, options.cwd);
  return detected?.kind === 'layout'
    ? findAllInListing(ociLayoutListing(detected.location))
    : [await findImage(text, options)];
}

/** The layout, or folder of layouts, at a path; undefined when the text is no path or need not be one. */
async function layoutAt(text: string, cwd: string): Promise<DetectedPath | undefined> {
  const isPath = isAbsolute(text) || /^\.{1,2}(?:[/\\]|$)/.test(text);
  try {
    return await detectPath(resolve(cwd, text));
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
