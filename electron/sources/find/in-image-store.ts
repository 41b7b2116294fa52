import { resolve } from 'node:path';
import { type PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { mapConcurrent } from '../../files/concurrent.ts';
import { isPlainFolderName } from '../names/image-ids.ts';
import { hasTag, lastPart, namesInRepository } from '../names/repository-tags.ts';
import { looksLikeLayout } from '../oci-layout/detect-layout.ts';
import { firstImage, ImageStoreSource } from '../oci-layout/image-store.ts';
import { refName, sanitize } from '../oci-layout/names.ts';
import { LAYOUTS_AT_ONCE, layoutFilesOf, listSubfolders } from '../oci-layout/subfolders.ts';
import { ambiguous, closeTo, MAX_CANDIDATES, notFound } from './answers.ts';
import type { FindImageOptions, FoundImage } from './types.ts';

interface StoredImage {
  storeName: string;
  ref: string | undefined;
}

/** What stands before the Name or Ref of an image of the image store, where it has to be told from others. */
const STORE_PREFIX = 'image-store:';

/** What the image store knows of a name. */
export interface StoreAnswer {
  found?: FoundImage;
  location: string;
  /** Images that it has; absent when it could not be read. */
  count?: number;
  /** Names that are close. */
  close: string[];
  /** Why it could not be read. */
  problem?: PushboatError;
}

/**
 * The image of an image-store folder whose Name is `text`, whose Ref is `text`, or whose Name is `sanitize(text)`; a more exact match
 * comes first.
 * @throws PushboatError IMAGE_AMBIGUOUS when a Ref occurs twice; for a match that is broken, the reason.
 */
export async function lookInStore(text: string, options: FindImageOptions): Promise<StoreAnswer> {
  const location = resolve(options.cwd, options.imagesStoreDir);
  let folders: Awaited<ReturnType<typeof listSubfolders>>;
  try {
    folders = await listSubfolders(location);
  } catch (error) {
    return { location, close: [], problem: toPushboatError(error) };
  }
  const known = { location, count: folders.length, close: [] };
  const names = new Set(folders.map((folder) => folder.name));
  if (names.has(text)) return { ...known, found: await stored(location, text) };
  const images = await readImages(folders, options.signal);
  const byRef = images.filter((image) => image.ref === text);
  const [first, second] = byRef;
  if (first && second) throw hasSeveral(text, location, byRef);
  if (first) return { ...known, found: await stored(location, first.storeName) };
  const sanitized = sanitize(text);
  if (isPlainFolderName(sanitized) && names.has(sanitized)) {
    return { ...known, found: await stored(location, sanitized) };
  }
  return { ...known, close: closest(text, images) };
}

/** The image that `image-store:NAME` names. @throws PushboatError IMAGE_NOT_FOUND, and as `lookInStore` */
export async function findInStore(text: string, options: FindImageOptions): Promise<FoundImage> {
  const { found, location, close, problem } = await lookInStore(text, options);
  if (found) return found;
  const why = problem ? ` ${problem.message}` : closeTo(close);
  const message = `There is no image ${JSON.stringify(text)} in the image store ${location}.${why}`;
  throw notFound(message, { candidates: close, path: location, whenNone: 'check-folder' });
}

/** The images whose Ref is a tag of that repository. None when the store cannot be read. */
export async function repositoryInStore(text: string, options: FindImageOptions): Promise<FoundImage[]> {
  const location = resolve(options.cwd, options.imagesStoreDir);
  const folders = hasTag(text) ? [] : await listSubfolders(location).catch(() => []);
  const images = await readImages(folders, options.signal);
  const names = new Set(
    namesInRepository(
      images.flatMap(({ ref }) => (ref === undefined ? [] : [ref])),
      text,
    ),
  );
  const own = images.filter(({ ref }) => ref !== undefined && names.has(ref));
  return Promise.all(own.map(({ storeName }) => stored(location, storeName)));
}

/** Paths of the layouts directly below a folder, for a message: the first ones. */
export async function layoutsIn(location: string, most: number = MAX_CANDIDATES): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of await listSubfolders(location)) {
    if (paths.length === most) break;
    if (await looksLikeLayout(folder.path)) paths.push(folder.path);
  }
  return paths;
}

async function readImages(
  folders: Awaited<ReturnType<typeof listSubfolders>>,
  signal?: AbortSignal,
): Promise<StoredImage[]> {
  const images: StoredImage[] = [];
  for await (const image of mapConcurrent(folders, LAYOUTS_AT_ONCE, readRef)) {
    signal?.throwIfAborted();
    images.push(image);
  }
  return images;
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
  return { id, name, ref: `${STORE_PREFIX}${storeName}`, open: () => source.open(id) };
}

function hasSeveral(text: string, location: string, images: StoredImage[]): PushboatError {
  const candidates = images.map((image) => image.storeName);
  return ambiguous(`${images.length} images in ${location} have the reference ${text}`, candidates, location);
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
