import { PushboatError } from '../../../shared/errors.ts';
import type { LocalEnvironment } from '../../files/environment.ts';
import { imageName, imageReferences, matchOf, shortId } from '../containers-storage/image-names.ts';
import { ContainersStorageSource } from '../containers-storage/source.ts';
import { driverName, imageStoresIn, type StoreLocation, storeLocation } from '../containers-storage/storage-conf.ts';
import type { StoredImageRecord } from '../containers-storage/store.ts';
import { hasTag, meantName, namesInRepository, noLatestTag } from '../names/repository-tags.ts';
import { ambiguous, foundAs, foundInRepository, MAX_CANDIDATES, notFound } from './answers.ts';
import type { FoundImage } from './types.ts';

const PREFIX = 'containers-storage:';

/**
 * The image that `containers-storage:[[DRIVER@ROOT+RUNROOT:OPTIONS]]NAME[@ID]` names, as containers-transports(5) has it.
 * @throws PushboatError IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS; for the store itself STORE_INVALID, SOURCE_UNREADABLE
 */
export async function findInStorage(text: string, environment: LocalEnvironment): Promise<FoundImage> {
  const store = await openStore(text, environment);
  const found = chooseImage(store);
  if (found) return found;
  const tags = hasTag(store.name) ? [] : namesInRepository(store.references, store.name);
  throw tags.length > 1 ? noLatestTag(store.root, store.name, tags, `${store.prefix}${store.name}`) : hasNone(store);
}

/** The same; undefined when there is no such image. @throws as `findInStorage` for everything else */
export async function lookInStorage(text: string, environment: LocalEnvironment): Promise<FoundImage | undefined> {
  return chooseImage(await openStore(text, environment));
}

/** The images that have a tag in the repository of that name, with those tags. @throws as `findInStorage` for the store itself */
export async function repositoryInStorage(text: string, environment: LocalEnvironment): Promise<FoundImage[]> {
  const store = await openStore(text, environment);
  if (store.name === '' || hasTag(store.name)) return [];
  return foundInRepository(
    store.name,
    store.images,
    ({ record }) => imageReferences(record),
    (image) => foundImage(store, image),
  );
}

/** The references of all images of the user's own store. @throws as `findInStorage` for the store itself */
export async function namesInStorage(environment: LocalEnvironment): Promise<string[]> {
  return (await openStore('', environment)).references;
}

interface OpenStore {
  source: ContainersStorageSource;
  root: string;
  /** What stands before a name of this store on the command line. */
  prefix: string;
  name: string;
  images: StoredImageRecord[];
  records: StoredImageRecord['record'][];
  /** Those of all images. */
  references: string[];
}

async function openStore(text: string, environment: LocalEnvironment): Promise<OpenStore> {
  const { location, name } = await splitStorageName(text, environment);
  const source = new ContainersStorageSource(location);
  const images = await source.images();
  const prefix = `${PREFIX}${text.slice(0, text.length - name.length)}`;
  const records = images.map(({ record }) => record);
  return { source, root: location.root, prefix, name, images, records, references: records.flatMap(imageReferences) };
}

/** Splits the store's part off. Without one it is the user's own store. */
async function splitStorageName(
  text: string,
  environment: LocalEnvironment,
): Promise<{ location: StoreLocation; name: string }> {
  const end = text.startsWith('[') ? text.indexOf(']') : -1;
  if (end === -1) return { location: await storeLocation(environment), name: text };
  const spec = text.slice(1, end);
  const found = /^(?:([a-z0-9]*)@)?([^+:]*)(?:\+[^:]*)?(?::(.*))?$/.exec(spec);
  const root = found?.[2] ?? '';
  const driver = driverName(found?.[1]);
  const own = root === '' ? await storeLocation(environment) : { root, driver: undefined, additional: [] };
  const additional = [...own.additional, ...imageStoresIn(found?.[3] ?? '')];
  return { location: { ...own, driver: driver ?? own.driver, additional }, name: text.slice(end + 1) };
}

function chooseImage(store: OpenStore): FoundImage | undefined {
  const { images, references, name } = store;
  if (name === '')
    throw new PushboatError('USAGE', 'containers-storage: needs the name of an image.', { hint: 'run-help' });
  const matches = images.map((image) => ({ image, match: matchOf(image.record, name) }));
  for (const closeness of [0, 1, 2, 3]) {
    const found = matches.filter(({ match }) => match === closeness).map(({ image }) => image);
    const [first, second] = found;
    if (first && second) throw hasSeveral(store, found);
    if (!first) continue;
    const own = meantName(imageReferences(first.record), name);
    return foundAs(own, foundImage(store, first), { prefix: store.prefix, typed: name, names: references });
  }
  return undefined;
}

function foundImage(store: OpenStore, image: StoredImageRecord): FoundImage {
  const { source } = store;
  const id = source.imageId(image);
  return { id, name: imageName(image.record), ref: candidate(store, image), open: () => source.open(id) };
}

function hasSeveral(store: OpenStore, images: StoredImageRecord[]): PushboatError {
  const candidates = images.slice(0, MAX_CANDIDATES).map((image) => candidate(store, image));
  return ambiguous(`${images.length} images in ${store.root} are named ${store.name}`, candidates, store.root);
}

function hasNone(store: OpenStore): PushboatError {
  const { images, name, root } = store;
  const named = images.filter(({ record }) => record.names.length > 0);
  // All names of each, for the one that was meant may be any of them.
  const all = named.flatMap((image) => {
    const references = imageReferences(image.record).map((reference) => `${store.prefix}${reference}`);
    return references.length > 0 ? references : [candidate(store, image)];
  });
  const candidates = [...new Set(all)].slice(0, MAX_CANDIDATES);
  const has = candidates.length === 0 ? 'it has no named images' : `it has ${candidates.join(', ')}`;
  const message = `There is no image ${JSON.stringify(name)} in ${root}: ${has}.`;
  return notFound(message, { candidates, path: root, whenNone: 'check-permissions' });
}

/** What names this image alone: a name that no other one has, else its id. */
function candidate({ prefix, records }: OpenStore, { record }: StoredImageRecord): string {
  const own = [...imageReferences(record), ...record.names];
  const unique = own.find((name) => records.every((other) => other === record || matchOf(other, name) !== 0));
  return `${prefix}${unique ?? shortId(record.id)}`;
}
