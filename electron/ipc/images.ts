import { isAbsolute, join } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import type { Transport } from '../../shared/images.ts';
import type { AddedPath } from '../../shared/ipc.ts';
import { type CompanionCounts, sumOfCompanions } from '../../shared/signing.ts';
import { forEachAtOnce } from '../files/concurrent.ts';
import type { Services } from '../services.ts';
import type { Catalog } from '../sources/catalog/types.ts';
import { countKinds } from '../transfers/content/companion-kinds.ts';
import type { ExportImage } from '../transfers/types.ts';
import { MAX_ROWS } from './events.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

export function imagesHandlers({ catalog }: Pick<Services, 'catalog'>, desktop: DesktopActions): HandlersOf<'images'> {
  return {
    // What is seen first comes at once; thousands of rows would take their time.
    'images.list': () => {
      const images = catalog.images();
      desktop.sendImages(images.slice(MAX_ROWS));
      return images.slice(0, MAX_ROWS);
    },
    'images.details': (imageId) => catalog.details(imageId),
    'images.companions': (imageIds) => companionsOfEach(catalog, imageIds),
    'images.show': (imageId) => desktop.showInFolder(placeOf(catalog, imageId)),
  };
}

/** Stores that can have anything about an image next to it. Those of others are not opened: an engine would give the whole image. */
const WITH_COMPANIONS: readonly Transport[] = ['oci', 'oci-archive', 'image-store'];

/** How many images are read at once. */
const READ_AT_ONCE = 8;

async function companionsOfEach(catalog: Catalog, imageIds: readonly string[]): Promise<CompanionCounts[]> {
  const counts = new Map<string, CompanionCounts>();
  await forEachAtOnce(imageIds, READ_AT_ONCE, new AbortController().signal, async (imageId) => {
    // An image that cannot be read is told of by its push.
    const found = await companionsOfListed(catalog, imageId).catch(() => undefined);
    if (found !== undefined) counts.set(imageId, found);
  });
  return imageIds.map((imageId) => counts.get(imageId) ?? sumOfCompanions([]));
}

async function companionsOfListed(catalog: Catalog, imageId: string): Promise<CompanionCounts> {
  const image = catalog.images().find(({ id }) => id === imageId);
  const source = catalog.sources().find(({ id }) => id === image?.sourceId);
  const has = source !== undefined && WITH_COMPANIONS.includes(source.transport);
  return countKinds(has ? await catalog.open(imageId) : undefined);
}

/** An image of the list, for a job. @throws PushboatError IMAGE_NOT_FOUND when it is not there any more. */
export function requestedImage(catalog: Catalog, imageId: string): ExportImage {
  const image = catalog.images().find(({ id }) => id === imageId);
  if (image === undefined) {
    throw new PushboatError('IMAGE_NOT_FOUND', 'This image is no longer in any of the stores.', {
      hint: 'check-folder',
    });
  }
  return { imageId, imageName: image.name, openImage: (signal, take) => catalog.open(imageId, signal, take) };
}

/** The path comes from the catalog, not from the page: the page can show only what is listed. */
function placeOf(catalog: Catalog, imageId: string): string {
  const image = catalog.images().find(({ id }) => id === imageId);
  const source = catalog.sources().find(({ id }) => id === image?.sourceId);
  if (image === undefined || source === undefined || !isAbsolute(source.location))
    throw new PushboatError('INTERNAL', 'This image has no file or folder of its own.');
  return image.storeName === undefined ? source.location : join(source.location, image.storeName);
}

export function sourcesHandlers(
  { catalog, settings }: Pick<Services, 'catalog' | 'settings'>,
  desktop: Pick<DesktopActions, 'choosePaths'>,
): HandlersOf<'sources'> {
  return {
    'sources.list': () => catalog.sources(),
    'sources.lookedFor': () => catalog.lookedFor(),
    'sources.add': async (paths) => {
      const added = await catalog.add(paths);
      await rememberTogether({ catalog, settings }, added);
      return added;
    },
    'sources.remove': (sourceId) => catalog.remove(sourceId),
    'sources.rescan': (sourceId) => catalog.rescan(sourceId),
    'sources.choose': (kind) => desktop.choosePaths(kind),
  };
}

/** What one gesture has brought is shown as one, also after the next start. What is not listed any more is forgotten. */
async function rememberTogether(
  { catalog, settings }: Pick<Services, 'catalog' | 'settings'>,
  added: readonly AddedPath[],
): Promise<void> {
  const ids = new Set(added.map(({ sourceId }) => sourceId));
  const brought = catalog
    .sources()
    .flatMap(({ id, automatic, location }) => (ids.has(id) && !automatic ? [location] : []));
  if (brought.length < 2) return;
  await settings.update((current) => {
    const isOld = (path: string) => current.addedPaths.includes(path) && !brought.includes(path);
    const others = current.addedTogether.map((paths) => paths.filter(isOld)).filter((paths) => paths.length > 1);
    return { ...current, addedTogether: [...others, brought] };
  });
}
