import { resolve } from 'node:path';
import { PushboatError, toPushboatError } from '../../shared/errors.ts';
import { isPlainFolderName } from './image-ids.ts';
import { firstImage, ImageStoreSource } from './image-store.ts';
import { looksLikeLayout } from './layout-detect.ts';
import { mapConcurrent } from './map-concurrent.ts';
import { refName, sanitize } from './names.ts';
import { layoutFilesOf, listSubfolders } from './subfolders.ts';
import type { FindImageOptions, FoundImage } from './types.ts';

/** Names that a message lists. */
const MAX_CANDIDATES = 12;
const CONCURRENCY = 24;

interface StoredImage {
  storeName: string;
  ref: string | undefined;
}

/**
 * The image of an image-store folder whose Name is `text`, whose Ref is `text`, or whose Name is `sanitize(text)`; a more exact match
 * comes first.
 * @throws PushboatError IMAGE_NOT_FOUND with names that are close, IMAGE_AMBIGUOUS when a Ref occurs twice; for a match that is
 * broken, the reason.
 */
export async function findInStore(text: string, options: FindImageOptions): Promise<FoundImage> {
  const location = resolve(options.cwd, options.imagesStoreDir);
  const folders = await listSubfolders(location).catch((error: unknown) => {
    throw notFound(text, `the image store ${location} cannot be read`, [], error);
  });
  const names = new Set(folders.map((folder) => folder.name));
  if (names.has(text)) return stored(location, text);
  const images: StoredImage[] = [];
  for await (const image of mapConcurrent(folders, CONCURRENCY, readRef)) {
    options.signal?.throwIfAborted();
    images.push(image);
  }
  const byRef = images.filter((image) => image.ref === text);
  const [first, second] = byRef;
  if (first && second) throw ambiguous(text, location, byRef);
  if (first) return stored(location, first.storeName);
  const sanitized = sanitize(text);
  if (isPlainFolderName(sanitized) && names.has(sanitized)) return stored(location, sanitized);
  const where = `neither as a path nor in the image store ${location}, which has ${folders.length} images`;
  throw notFound(text, where, closest(text, images));
}

/** Paths of the layouts directly below a folder, for a message: the first ones. */
export async function layoutsIn(location: string): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of await listSubfolders(location)) {
    if (paths.length === MAX_CANDIDATES) break;
    if (await looksLikeLayout(folder.path)) paths.push(folder.path);
  }
  return paths;
}

function readRef(folder: { name: string; path: string; realPath: string | undefined }): Promise<StoredImage> {
  return firstImage(layoutFilesOf(folder)).then(
    ({ entry }) => ({ storeName: folder.name, ref: refName(entry.descriptor) }),
    // A broken image has no Ref; the others can still be found.
    () => ({ storeName: folder.name, ref: undefined }),
  );
}

async function stored(location: string, storeName: string): Promise<FoundImage> {
  const source = new ImageStoreSource(location);
  const id = source.imageId(storeName);
  const { name } = await source.open(id);
  return { id, name, open: () => source.open(id) };
}

function ambiguous(text: string, location: string, images: StoredImage[]): PushboatError {
  const candidates = images.map((image) => image.storeName);
  const message = `${images.length} images in ${location} have the reference ${text}: name one of them (${candidates.join(', ')}).`;
  return new PushboatError('IMAGE_AMBIGUOUS', message, { path: location, candidates, hint: 'use-full-name' });
}

function notFound(text: string, where: string, candidates: string[], cause?: unknown): PushboatError {
  const close = candidates.length === 0 ? '' : ` Close to it: ${candidates.join(', ')}.`;
  const why = cause === undefined ? '' : toPushboatError(cause).message;
  const message = `There is no image ${JSON.stringify(text)}: ${where}.${close}`;
  return new PushboatError('IMAGE_NOT_FOUND', message, {
    candidates,
    ...(why === '' ? {} : { detail: why, cause }),
    hint: candidates.length === 0 ? 'check-folder' : 'use-full-name',
  });
}

/** Images whose name or reference shares its last part with the text, or contains it. */
function closest(text: string, images: StoredImage[]): string[] {
  const word = lastPart(text).toLowerCase();
  if (word === '') return [];
  const isClose = (name: string) => name.toLowerCase().includes(word) || word.includes(lastPart(name).toLowerCase());
  return images
    .filter(({ storeName, ref }) => isClose(storeName) || (ref !== undefined && isClose(ref)))
    .map(({ storeName, ref }) => ref ?? storeName)
    .slice(0, MAX_CANDIDATES);
}

/** `alpine` of `registry.example.com/team/alpine:3.18`. */
function lastPart(name: string): string {
  const path = name.split('@', 1)[0] ?? '';
  return path.slice(path.lastIndexOf('/') + 1).replace(/:.*$/, '');
}
