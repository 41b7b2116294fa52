import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { addressText } from '../../docker-api/address.ts';
import { type EngineName, engineAddress } from '../../docker-api/endpoints.ts';
import type { LocalEnvironment } from '../../files/environment.ts';
import { isNotThere } from '../../files/system-errors.ts';
import type { Archives } from '../archive/archives.ts';
import { detectPath } from '../at-path/detect-path.ts';
import { listingOf } from '../at-path/source-at.ts';
import type { Listing } from '../listing/listing.ts';
import { splitPathName } from '../listing/selectors.ts';
import { hasTag, lastPart, namesInRepository, noLatestTag } from '../names/repository-tags.ts';
import { listSubfolders } from '../oci-layout/subfolders.ts';
import { ambiguous, closeTo, MAX_CANDIDATES, notFound } from './answers.ts';
import { lookInStorage, namesInStorage, repositoryInStorage } from './in-containers-storage.ts';
import { lookInEngine, namesInEngine, repositoryInEngine } from './in-engine.ts';
import { lookInStore, repositoryInStore } from './in-image-store.ts';
import { lookInListing, repositoryInListing } from './in-listing.ts';
import type { FindImageOptions, FoundImage } from './types.ts';

/** One place in which an image may be known by its name. */
interface Place {
  /** For messages. */
  label: string;
  find(): Promise<FoundImage[]>;
  repository(): Promise<FoundImage[]>;
  /** Names that it has, for messages. */
  names(): Promise<string[]>;
  /** What stands before a name of this place. */
  prefix: string;
}

/**
 * The image that a name means in the image store, the added folders, Docker or containers-storage. Podman's service is asked when none of
 * these has it: its images are those of containers-storage, where that can be read.
 * @throws PushboatError IMAGE_AMBIGUOUS when several have it, IMAGE_NOT_FOUND saying where it was looked for
 */
export async function findByName(name: string, options: FindImageOptions): Promise<FoundImage> {
  const places = await placesOf(name, options);
  const asked = [await askAll(places.first, (place) => place.find())];
  if (asked.every(({ found }) => found.length === 0)) asked.push(await askAll(places.last, (place) => place.find()));
  const found = asked.flatMap((answer) => answer.found);
  const [only, second] = found;
  if (only && second) throw several(name, found);
  if (only) return only;
  throw await hasNone(name, {
    places: [...places.first, ...places.last],
    problems: asked.flatMap((answer) => answer.problems),
    here: await whyNotHere(name, options),
  });
}

/** All images that have a tag in the repository of that name; none when no place has it. @throws PushboatError IMAGE_AMBIGUOUS */
export async function findRepositoryByName(name: string, options: FindImageOptions): Promise<FoundImage[]> {
  if (hasTag(name)) return [];
  const places = await placesOf(name, options);
  for (const group of [places.first, places.last]) {
    const { byPlace } = await askAll(group, (place) => place.repository());
    const having = byPlace.filter((images) => images.length > 0);
    if (having.length > 1) throw several(name, having.flat());
    if (having[0]) return having[0];
  }
  return [];
}

async function placesOf(name: string, options: FindImageOptions): Promise<{ first: Place[]; last: Place[] }> {
  const { environment, signal } = options;
  const docker = await addressOf('Docker', environment);
  const podman = await addressOf('Podman', environment);
  const storage = environment.platform === 'linux' ? [storagePlace(name, environment)] : [];
  // Where Docker's address is that of Podman's service, its images are those of the store.
  const engines = docker === podman ? [] : [enginePlace('Docker', name, environment, signal)];
  const store = resolve(options.cwd, options.imagesStoreDir);
  const paths = (options.addedPaths ?? []).filter((path) => path !== store);
  const added = paths.map((path) => addedPlace(path, name, options));
  return {
    first: [imageStorePlace(name, options), ...added, ...engines, ...storage],
    last: [enginePlace('Podman', name, environment, signal)],
  };
}

function imageStorePlace(name: string, options: FindImageOptions): Place {
  const answer = lookInStore(name, options);
  // Whoever asks is told of it.
  answer.catch(() => undefined);
  return {
    label: `the image store ${resolve(options.cwd, options.imagesStoreDir)}`,
    prefix: '',
    find: async () => {
      const { found, problem } = await answer;
      if (problem) throw problem;
      return found ? [found] : [];
    },
    repository: () => repositoryInStore(name, options),
    names: async () => (await answer).close,
  };
}

function addedPlace(path: string, name: string, { archives, signal }: FindImageOptions): Place {
  const inEach = async (look: (listing: Listing) => Promise<FoundImage[]>) => {
    const found: FoundImage[] = [];
    for (const listing of await listingsAt(path, archives, signal)) found.push(...(await look(listing)));
    return found;
  };
  return {
    label: path,
    prefix: '',
    find: () => inEach((listing) => lookInListing(listing, name, signal)),
    repository: () => inEach((listing) => repositoryInListing(listing, name, signal)),
    names: async () => [],
  };
}

async function listingsAt(path: string, archives: Archives, signal?: AbortSignal): Promise<Listing[]> {
  const { kind, location } = await detectPath(path, archives, signal);
  if (kind !== 'layout-folder') return [listingOf(kind, location, archives)];
  return (await listSubfolders(location)).map((folder) => listingOf('oci', folder.path, archives));
}

function enginePlace(engine: EngineName, name: string, environment: LocalEnvironment, signal?: AbortSignal): Place {
  return {
    label: engine,
    prefix: engine === 'Podman' ? 'podman:' : 'docker-daemon:',
    find: async () => {
      const found = await lookInEngine(engine, name, environment, signal);
      return found ? [found] : [];
    },
    repository: () => repositoryInEngine(engine, name, environment, signal),
    names: () => namesInEngine(engine, environment, signal),
  };
}

function storagePlace(name: string, environment: LocalEnvironment): Place {
  return {
    label: 'the Buildah/Podman store',
    prefix: 'containers-storage:',
    find: async () => {
      const found = await lookInStorage(name, environment);
      return found ? [found] : [];
    },
    repository: () => repositoryInStorage(name, environment),
    names: () => namesInStorage(environment),
  };
}

/** Where an engine is; undefined for one that is wrongly set up: asking it says how. */
async function addressOf(engine: EngineName, environment: LocalEnvironment): Promise<string | undefined> {
  try {
    const address = await engineAddress(engine, environment);
    // The package podman-docker makes Docker's socket a link to Podman's.
    return address.kind === 'socket' ? await realpath(address.path).catch(() => address.path) : addressText(address);
  } catch {
    return engine;
  }
}

interface Answers {
  found: FoundImage[];
  byPlace: FoundImage[][];
  /** What could not be asked, and why. */
  problems: string[];
}

/** A place that is not on this computer has no image; one that cannot be asked does not keep others from having it. */
async function askAll(places: readonly Place[], ask: (place: Place) => Promise<FoundImage[]>): Promise<Answers> {
  const problems: string[] = [];
  const byPlace = await Promise.all(
    places.map(async (place) => {
      try {
        return await ask(place);
      } catch (thrown) {
        const error = toPushboatError(thrown);
        if (!CANNOT_BE_ASKED.has(error.code)) throw error;
        const { message } = error;
        // Words of an engine may end without one.
        const sentence = message.endsWith('.') ? message : `${message}.`;
        if (!isNotThere(error)) problems.push(`${place.label} could not be asked: ${sentence}`);
        return [];
      }
    }),
  );
  return { found: byPlace.flat(), byPlace, problems };
}

const CANNOT_BE_ASKED = new Set<string>(['SOURCE_UNREADABLE', 'ENGINE_FAILED', 'STORE_INVALID', 'ARCHIVE_INVALID']);

function several(name: string, found: readonly FoundImage[]): PushboatError {
  const candidates = found.map(({ ref }) => ref).slice(0, MAX_CANDIDATES);
  return ambiguous(`Several images are named ${name}`, candidates);
}

/**
 * Why what is here under that name, or under that of a file before a colon, is no image; undefined where nothing is.
 * @throws PushboatError where a file may be one and could not be read.
 */
async function whyNotHere(name: string, { cwd, archives, signal }: FindImageOptions): Promise<string | undefined> {
  const { path } = await splitPathName(name, cwd);
  const facts = await stat(resolve(cwd, path)).catch(() => undefined);
  // A folder is often named as a repository is, and then the tag after it means no image in it.
  if (!facts || (facts.isDirectory() && path !== name)) return undefined;
  try {
    await detectPath(resolve(cwd, path), archives, signal);
    return undefined;
  } catch (thrown) {
    const error = toPushboatError(thrown);
    if (facts.isFile() && error.code !== 'LAYOUT_INVALID') throw error;
    return error.facts.detail;
  }
}

interface Nowhere {
  places: readonly Place[];
  /** What could not be asked, and why. */
  problems: readonly string[];
  /** Why a path of that name is no image. */
  here: string | undefined;
}

async function hasNone(name: string, { places, problems, here }: Nowhere): Promise<PushboatError> {
  const close: string[] = [];
  for (const place of places) {
    const names = await place.names().catch(() => []);
    const tags = hasTag(name) ? [] : namesInRepository(names, name);
    if (tags.length > 1) return noLatestTag(place.label, name, tags, `${place.prefix}${name}`);
    const isClose = isCloseTo(name);
    close.push(...(place.prefix === '' ? names : names.filter(isClose)));
  }
  const candidates = [...new Set(close)].slice(0, MAX_CANDIDATES);
  const where = places.map(({ label }) => label).join(', ');
  const why = problems.length === 0 ? '' : ` ${problems.join(' ')}`;
  const others = closeTo(candidates);
  const isFile = here !== undefined || /\.(?:tar|tgz|gz|zst|xz|bz2)$/i.test(name);
  const message =
    here === undefined
      ? `There is no image ${JSON.stringify(name)}: it is no path here, and not in ${where}.${why}${others}`
      : `There is no image ${JSON.stringify(name)}: what is here under that name is none (${here}), and it is not in ${where}.${why}${others}`;
  return notFound(message, { candidates, whenNone: isFile ? 'check-folder' : 'get-image-first' });
}

/** Names that share the last part of the path. */
function isCloseTo(text: string): (name: string) => boolean {
  const word = lastPart(text).toLowerCase();
  return (name) => word !== '' && name.toLowerCase().includes(word);
}
