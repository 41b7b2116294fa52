import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { OWN_TRANSPORTS, PATH_TRANSPORTS, type PathTransport } from '../../../shared/images.ts';
import { DEFAULT_IMAGES_STORE_DIR } from '../../../shared/settings.ts';
import { isAbsent, systemCode } from '../../files/system-errors.ts';
import type { Archives } from '../archive/archives.ts';
import { type DetectedPath, detectPath } from '../at-path/detect-path.ts';
import { listingOf, sourceAt } from '../at-path/source-at.ts';
import { brokenSummary } from '../describe/summary.ts';
import { ListedSource } from '../listing/listed-source.ts';
import type { Listing } from '../listing/listing.ts';
import { splitPathName } from '../listing/selectors.ts';
import { pathSourceId } from '../names/image-ids.ts';
import { ImageStoreSource } from '../oci-layout/image-store.ts';
import type { ImageSource, ListedSummary } from '../types.ts';
import { ambiguous } from './answers.ts';
import { findByName, findRepositoryByName } from './by-name.ts';
import { findInStorage, repositoryInStorage } from './in-containers-storage.ts';
import { findInEngine, repositoryInEngine } from './in-engine.ts';
import { findInStore, layoutsIn, repositoryInStore } from './in-image-store.ts';
import { findAllInListing, findImagesInListing, findInListing, repositoryInListing } from './in-listing.ts';
import type { FindImageOptions, FoundImage } from './types.ts';

/** A path that holds images, and what is named in it. */
interface NamedPath {
  /** Undefined for a folder of layouts. */
  listing: Listing | undefined;
  location: string;
  image: string | undefined;
  /** The text can be nothing but a path. */
  isPath: boolean;
}

/**
 * Finds what an IMAGE argument names: `oci:PATH[:NAME]`, `oci-archive:PATH[:NAME]`, `docker-archive:PATH[:REF]`, `dir:PATH`; the same
 * without transport where there is such a store at PATH; instead of a name `:@N` for the Nth image or `@DIGEST`;
 * `containers-storage:[[…]]NAME`, `docker-daemon:REF`, `podman:REF`, `image-store:NAME`; or a name as `docker push` and `buildah push` take it.
 * @throws PushboatError IMAGE_NOT_FOUND saying what was looked at, with names that are close; IMAGE_AMBIGUOUS with the names to
 * choose from; LAYOUT_INVALID, ARCHIVE_INVALID and SOURCE_UNREADABLE for a path that is no usable store.
 */
export async function findImage(text: string, options: FindImageOptions): Promise<FoundImage> {
  const name = text.trim();
  if (name === '') throw new PushboatError('USAGE', 'No image was named.', { hint: 'run-help' });
  options.signal?.throwIfAborted();
  const own = await ownStore(name, options)?.find();
  if (own) return own;
  const named = await namedPath(name, options);
  if (!named) return findByName(name, options);
  if (!named.listing) throw await severalLayouts(named.location);
  try {
    const found = findInListing(named.listing, named.image, options.signal);
    return await readAt(named, named.listing, options, found);
  } catch (error) {
    if (named.isPath || !isNotFound(error)) throw error;
    // `web:1` may be the name of an image as well as one in the folder `web`.
    return findByName(name, options).catch((other: unknown) => {
      throw isNotFound(other) ? error : other;
    });
  }
}

/**
 * All images of the layout or archive that an IMAGE argument names, or all that have a tag in the repository that it names, for `--all-tags`;
 * an image that is named itself comes alone.
 * @throws PushboatError as `findImage`.
 */
export async function findAllImages(text: string, options: FindImageOptions): Promise<FoundImage[]> {
  const name = text.trim();
  const found = await allOf(name, options);
  return found.length > 0 ? found : [await findImage(name, options)];
}

/**
 * What an IMAGE means among many: all images of a layout or an archive that is named as a whole, those of all layouts in a folder, and the one
 * image that any other text names.
 * @throws PushboatError as `findImage`.
 */
export async function findEach(text: string, options: FindImageOptions): Promise<FoundImage[]> {
  const name = text.trim();
  const named = name === '' || ownStore(name, options) ? undefined : await namedPath(name, options);
  if (!named || named.image !== undefined) return [await findImage(name, options)];
  if (named.listing) return readAt(named, named.listing, options, findImagesInListing(named.listing, options.signal));
  const found: FoundImage[] = [];
  for (const layout of await layoutsIn(named.location, Number.POSITIVE_INFINITY)) {
    found.push(...(await findEach(`oci:${layout}`, options)));
  }
  return found;
}

async function allOf(name: string, options: FindImageOptions): Promise<FoundImage[]> {
  if (name === '') return [];
  const own = ownStore(name, options);
  if (own) return own.repository();
  const named = await namedPath(name, options);
  if (!named) return findRepositoryByName(name, options);
  if (!named.listing) return [];
  const found =
    named.image === undefined
      ? findAllInListing(named.listing, options.signal)
      : repositoryInListing(named.listing, named.image, options.signal);
  return readAt(named, named.listing, options, found);
}

const CANNOT_BE_READ = new Set<string | undefined>(['LAYOUT_INVALID', 'ARCHIVE_INVALID', 'SOURCE_UNREADABLE']);

/** What is read of the store at a path. @throws PushboatError LAYOUT_INVALID with the right transport, where another was typed. */
async function readAt<T>(
  { location }: NamedPath,
  listing: Listing,
  options: FindImageOptions,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!CANNOT_BE_READ.has(toPushboatError(error).code)) throw error;
    const kind = await detectPath(location, options.archives, options.signal).then(
      (detected) => detected.kind,
      () => undefined,
    );
    const { transport } = listing;
    if (kind === undefined || kind === 'layout-folder' || kind === transport) throw error;
    const message = `${location} is not what ${transport}: stands for: write ${kind}:${location}, or the path alone.`;
    throw new PushboatError('LAYOUT_INVALID', message, { path: location, cause: error });
  }
}

interface OwnStore {
  find(): Promise<FoundImage>;
  repository(): Promise<FoundImage[]>;
}

/** The user's own store or engine that the text has the prefix of. */
function ownStore(text: string, options: FindImageOptions): OwnStore | undefined {
  const transport = OWN_TRANSPORTS.find((name) => text.startsWith(`${name}:`));
  if (transport === undefined) return undefined;
  const rest = text.slice(transport.length + 1);
  const { environment, signal } = options;
  switch (transport) {
    case 'containers-storage':
      return {
        find: () => findInStorage(rest, environment),
        repository: () => repositoryInStorage(rest, environment),
      };
    case 'docker-daemon':
    case 'podman': {
      const engine = transport === 'podman' ? 'Podman' : 'Docker';
      return {
        find: () => findInEngine(engine, rest, environment, signal),
        repository: () => repositoryInEngine(engine, rest, environment, signal),
      };
    }
    case 'image-store':
      return { find: () => findInStore(rest, options), repository: () => repositoryInStore(rest, options) };
  }
}

/** The store at the path that a text has, with or without a transport; undefined when it is none and need not be one. */
async function namedPath(text: string, { cwd, archives, signal }: FindImageOptions): Promise<NamedPath | undefined> {
  const transport = PATH_TRANSPORTS.find((name) => text.startsWith(`${name}:`));
  if (transport !== undefined) {
    const rest = text.slice(transport.length + 1);
    // The one image of a folder has no name.
    const { path, image } = transport === 'dir' ? { path: rest, image: undefined } : await splitPathName(rest, cwd);
    const location = resolve(cwd, path);
    return { listing: listingOf(transport, location, archives), location, image, isPath: true };
  }
  const isPath = isAbsolute(text) || /^\.{1,2}(?:[/\\]|$)/.test(text);
  const { path, image } = await splitPathName(text, cwd);
  const detected = await detect(resolve(cwd, path), isPath, archives, signal);
  if (!detected) return undefined;
  const { kind, location } = detected;
  const listing = kind === 'layout-folder' ? undefined : listingOf(kind, location, archives);
  return listing || image === undefined ? { listing, location, image, isPath } : undefined;
}

async function detect(
  path: string,
  isPath: boolean,
  archives: Archives,
  signal?: AbortSignal,
): Promise<DetectedPath | undefined> {
  try {
    return await detectPath(path, archives, signal);
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

function isNotFound(error: unknown): boolean {
  return error instanceof PushboatError && error.code === 'IMAGE_NOT_FOUND';
}

async function severalLayouts(location: string): Promise<PushboatError> {
  const candidates = await layoutsIn(location);
  return ambiguous(`${location} is a folder of layouts`, candidates, location);
}

/**
 * The images at these paths (layouts, folders of layouts, the image-store folder); without paths, those of the image-store folder. A path
 * that gives nothing is yielded as a broken row with the reason, and the others still follow.
 */
export async function* listImages(paths: string[], options: FindImageOptions): AsyncGenerator<ListedSummary> {
  const store = resolve(options.cwd, options.imagesStoreDir);
  // Nobody said that there is a store: that the default one does not exist is no fault.
  if (paths.length === 0 && store === resolve(DEFAULT_IMAGES_STORE_DIR) && !existsSync(store)) return;
  for (const path of paths.length === 0 ? [store] : paths) {
    const location = resolve(options.cwd, path);
    try {
      const source = location === store ? new ImageStoreSource(store) : await sourceOf(path, options);
      for await (const row of source.list(options.signal)) yield { ...row, transport: source.transport };
    } catch (error) {
      if (options.signal?.aborted) throw error;
      const sourceId = pathSourceId(location);
      yield brokenSummary({ id: sourceId, sourceId, name: path, references: [] }, error);
    }
  }
}

const WITH_TRANSPORT = new RegExp(`^(${PATH_TRANSPORTS.join('|')}):(.+)$`, 's');

/** A path, or one with its transport, as `push` takes it. */
async function sourceOf(text: string, { cwd, archives, signal }: FindImageOptions): Promise<ImageSource> {
  const location = resolve(cwd, text);
  const [, transport, path] = WITH_TRANSPORT.exec(text) ?? [];
  if (path === undefined || existsSync(location))
    return sourceAt(await detectPath(location, archives, signal), archives);
  return new ListedSource(listingOf(transport as PathTransport, resolve(cwd, path), archives));
}
