import { PushboatError } from '../../../shared/errors.ts';
import type { LocalEnvironment } from '../environment.ts';
import type { FoundImage } from '../types.ts';
import { imageName, matchOf, shortId } from './image-names.ts';
import { ContainersStorageSource } from './source.ts';
import { driverName, type StoreLocation, storeLocation } from './storage-conf.ts';
import type { StoredImageRecord } from './store.ts';

const MAX_CANDIDATES = 12;

/**
 * The image that `containers-storage:[[DRIVER@ROOT+RUNROOT:OPTIONS]]NAME[@ID]` names, as containers-transports(5) has it.
 * @throws PushboatError IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS; for the store itself STORE_INVALID, SOURCE_UNREADABLE
 */
export async function findInStorage(text: string, environment: LocalEnvironment): Promise<FoundImage> {
  const { location, name } = await splitStorageName(text, environment);
  const source = new ContainersStorageSource(location);
  const image = chooseImage(await source.images(), name, location.root);
  const id = source.imageId(image);
  return { id, name: imageName(image.record), open: () => source.open(id) };
}

/** Splits the store's part off. Without one it is the user's own store. */
export async function splitStorageName(
  text: string,
  environment: LocalEnvironment,
): Promise<{ location: StoreLocation; name: string }> {
  const end = text.startsWith('[') ? text.indexOf(']') : -1;
  if (end === -1) return { location: await storeLocation(environment), name: text };
  const spec = text.slice(1, end);
  const found = /^(?:([a-z0-9]*)@)?([^+:]*)/.exec(spec);
  const root = found?.[2] ?? '';
  const driver = driverName(found?.[1]);
  const own = root === '' ? await storeLocation(environment) : { root, driver: undefined, additional: [] };
  return { location: { ...own, driver: driver ?? own.driver }, name: text.slice(end + 1) };
}

function chooseImage(images: StoredImageRecord[], text: string, root: string): StoredImageRecord {
  // `NAME@ID` and `@ID`: the id decides.
  const id = /@([0-9a-f]{6,64})$/.exec(text)?.[1];
  const wanted = id ?? text;
  if (wanted === '')
    throw new PushboatError('USAGE', 'containers-storage: needs the name of an image.', { hint: 'run-help' });
  const matches = images.map((image) => ({ image, match: matchOf(image.record, wanted) }));
  for (const closeness of [0, 1, 2]) {
    const found = matches.filter(({ match }) => match === closeness).map(({ image }) => image);
    const [first, second] = found;
    if (first && second) throw ambiguous(found, text, root);
    if (first) return first;
  }
  throw notFound(images, text, root);
}

function ambiguous(images: StoredImageRecord[], text: string, root: string): PushboatError {
  const candidates = images.map(candidate).slice(0, MAX_CANDIDATES);
  const message = `${images.length} images in ${root} are named ${text}: name one of them (${candidates.join(', ')}).`;
  return new PushboatError('IMAGE_AMBIGUOUS', message, { path: root, candidates, hint: 'use-full-name' });
}

function notFound(images: StoredImageRecord[], text: string, root: string): PushboatError {
  const named = images.filter(({ record }) => record.names.length > 0);
  const candidates = named.map(candidate).slice(0, MAX_CANDIDATES);
  const has = candidates.length === 0 ? 'it has no named images' : `it has ${candidates.join(', ')}`;
  return new PushboatError('IMAGE_NOT_FOUND', `There is no image ${JSON.stringify(text)} in ${root}: ${has}.`, {
    path: root,
    candidates,
    hint: candidates.length === 0 ? 'check-permissions' : 'use-full-name',
  });
}

function candidate({ record }: StoredImageRecord): string {
  return record.names[0] ?? shortId(record.id);
}
