import { basename, isAbsolute, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Emitter } from '../../../shared/emitter.ts';
import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { ImageDetails, ImageSummary, LookedFor, SourceInfo } from '../../../shared/images.ts';
import type { AddedPath } from '../../../shared/ipc.ts';
import { DEFAULT_IMAGES_STORE_DIR } from '../../../shared/settings.ts';
import type { LocalImage, TakeLayer } from '../../image/types.ts';
import { type DetectedPath, detectPath } from '../at-path/detect-path.ts';
import { sourceAt } from '../at-path/source-at.ts';
import { pathSourceId, sourceIdOf } from '../names/image-ids.ts';
import { ImageStoreSource } from '../oci-layout/image-store.ts';
import type { ImageSource } from '../types.ts';
import { CatalogEntry, type CatalogEntryOptions, type DetectedSource } from './catalog-entry.ts';
import type { AutomaticSource, Catalog, CatalogEvents, CatalogOptions } from './types.ts';
import { WatchBudget } from './watcher.ts';

/** Milliseconds that adding a folder of layouts waits for its first images. */
const FIRST_IMAGES = 300;

export function createCatalog(options: CatalogOptions): Catalog {
  return new FolderCatalog(options);
}

type Emitters = { [E in keyof CatalogEvents]: Emitter<CatalogEvents[E]> };

class FolderCatalog implements Catalog {
  readonly #options: CatalogOptions;
  readonly #entries = new Map<string, CatalogEntry>();
  readonly #budget = new WatchBudget();
  /** Paths that are looked at before they become sources. */
  readonly #adding = new Set<string>();
  readonly #stopHearing: () => void;
  readonly #emitters: Emitters = { sources: new Emitter(), images: new Emitter() };
  #storeId: string;
  #infoTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#stopHearing = options.archives.progress.subscribe(() => this.#infoChanged());
    this.#storeId = this.#enter(this.#storeEntry(options.imagesStoreDir)).id;
    for (const source of options.automatic ?? []) this.#enter(this.#automaticEntry(source));
    for (const path of new Set(options.addedPaths.map((added) => resolve(added)))) this.#enter(this.#addedEntry(path));
  }

  start(): void {
    for (const entry of this.#entries.values()) void entry.scan(true);
  }

  sources(): SourceInfo[] {
    const infos = this.#visible().map((entry) => entry.info());
    const coming = [...this.#adding].map((path) => this.#readingInfo(path)).filter((info) => info !== undefined);
    return [...infos, ...coming.filter(({ id }) => !this.#entries.has(id))];
  }

  lookedFor(): LookedFor[] {
    const automatic = [...this.#entries.values()].filter((entry) => entry.automatic);
    return automatic.map((entry) => {
      const { id, transport, label, location, state, imageCount, error } = entry.info();
      const isAbsent = entry.isHidden && state === 'unreachable';
      return { id, transport, label, location, imageCount, error, state: isAbsent ? 'absent' : state };
    });
  }

  images(): ImageSummary[] {
    return this.#visible().flatMap((entry) => entry.images());
  }

  async add(paths: string[]): Promise<AddedPath[]> {
    const before = this.#addedPaths().join('\n');
    const added: AddedPath[] = [];
    for (const path of paths) {
      try {
        added.push(await this.#addOne(path));
      } catch (error) {
        added.push({ path, imageIds: [], error: toPushboatError(error).toData() });
      }
    }
    if (this.#addedPaths().join('\n') !== before) await this.#options.onPathsChanged(this.#addedPaths());
    return added;
  }

  async remove(sourceId: string): Promise<void> {
    const entry = this.#entries.get(sourceId);
    if (!entry) return;
    if (entry.automatic) {
      throw new PushboatError('USAGE', `${entry.location} was found by itself and cannot be removed.`, {
        path: entry.location,
      });
    }
    this.#leave(entry);
    await this.#options.onPathsChanged(this.#addedPaths());
  }

  async rescan(sourceId?: string): Promise<void> {
    const entries = sourceId === undefined ? [...this.#entries.values()] : [this.#entries.get(sourceId)];
    await Promise.all(entries.map((entry) => entry?.scan(true)));
  }

  async setImagesStoreDir(dir: string): Promise<void> {
    const old = this.#entries.get(this.#storeId);
    if (old?.location === resolve(dir)) return;
    if (old) this.#leave(old);
    const entry = this.#enter(this.#storeEntry(dir));
    this.#storeId = entry.id;
    await entry.scan(true);
  }

  open(imageId: string, signal?: AbortSignal, take?: TakeLayer): Promise<LocalImage> {
    return this.#entryOf(imageId).open(imageId, signal, take);
  }

  details(imageId: string): Promise<ImageDetails> {
    return this.#entryOf(imageId).details(imageId);
  }

  on<E extends keyof CatalogEvents>(event: E, listener: (payload: CatalogEvents[E]) => void): () => void {
    return this.#emitters[event].subscribe(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopHearing();
    clearTimeout(this.#infoTimer);
    for (const emitter of Object.values(this.#emitters)) emitter.clear();
    for (const entry of this.#entries.values()) entry.close();
    await this.#options.remembered?.close();
  }

  async #addOne(path: string): Promise<AddedPath> {
    if (!isAbsolute(path)) throw new PushboatError('USAGE', `Not an absolute path: ${path}.`, { path });
    const store = this.#entries.get(this.#storeId);
    if (store && store.location === resolve(path)) {
      await store.scan(false);
      if (store.error) throw store.error;
      return addedPath(path, store);
    }
    const detected = await this.#lookAt(resolve(path));
    const known = this.#entries.get(pathSourceId(detected.location));
    const entry = known ?? this.#enter(this.#addedEntry(detected.location));
    const scan = entry.scan(!known);
    const end = new AbortController();
    const wait = sleep(FIRST_IMAGES, undefined, { signal: end.signal }).catch(() => undefined);
    await (detected.kind !== 'layout-folder' ? scan : Promise.race([scan, wait]));
    end.abort();
    return addedPath(path, entry);
  }

  /** What is at a path, when there is something to push in it. @throws PushboatError */
  async #lookAt(path: string): Promise<DetectedPath> {
    this.#adding.add(path);
    try {
      const detected = await detectPath(path, this.#options.archives);
      if (detected.kind !== 'layout-folder') await requireImages(sourceAt(detected, this.#options.archives));
      return detected;
    } finally {
      this.#adding.delete(path);
      this.#infoChanged();
    }
  }

  /** The row of an archive that is being read before it is a source: reading it through tells what it is. */
  #readingInfo(path: string): SourceInfo | undefined {
    const progress = this.#options.archives.progress.share(path);
    if (progress === undefined) return undefined;
    const common = { transport: 'oci-archive', state: 'scanning', imageCount: 0, automatic: true } as const;
    return { ...common, id: pathSourceId(path), label: basename(path), location: path, progress };
  }

  #storeEntry(dir: string): CatalogEntry {
    const location = resolve(dir);
    return this.#entry({
      id: sourceIdOf('image-store', location),
      transport: 'image-store',
      location,
      automatic: true,
      hiddenWhenAbsent: location === resolve(DEFAULT_IMAGES_STORE_DIR),
      detect: async () => ({ source: new ImageStoreSource(location), watch: 'subfolders' }),
    });
  }

  #automaticEntry({ id, transport, label, location, watch, open }: AutomaticSource): CatalogEntry {
    const detect = async (): Promise<DetectedSource> => ({ source: open(), watch });
    return this.#entry({ id, transport, label, location, automatic: true, hiddenWhenAbsent: true, detect });
  }

  #addedEntry(location: string): CatalogEntry {
    const detect = async (signal: AbortSignal): Promise<DetectedSource> => {
      const { archives } = this.#options;
      const detected = await detectPath(location, archives, signal);
      return {
        source: sourceAt(detected, archives),
        watch: detected.kind === 'layout-folder' ? 'subfolders' : 'folder',
      };
    };
    const id = pathSourceId(location);
    return this.#entry({ id, transport: 'oci', location, automatic: false, hiddenWhenAbsent: false, detect });
  }

  #entry(
    options: Omit<
      CatalogEntryOptions,
      'budget' | 'remembered' | 'progress' | 'onInfo' | 'onRows' | 'onScanned' | 'onProblem'
    >,
  ): CatalogEntry {
    const entry: CatalogEntry = new CatalogEntry({
      ...options,
      remembered: this.#options.remembered?.of(options.id) ?? [],
      budget: this.#budget,
      progress: this.#options.archives.progress,
      onInfo: () => this.#infoChanged(),
      onRows: (rows) => this.#emit('images', { sourceId: entry.id, ...rows }),
      onScanned: (rows) => this.#options.remembered?.set(entry.id, rows),
      onProblem: (error) => this.#options.onProblem(error.toData()),
    });
    return entry;
  }

  #enter(entry: CatalogEntry): CatalogEntry {
    this.#entries.set(entry.id, entry);
    return entry;
  }

  #leave(entry: CatalogEntry): void {
    const removed = entry.images().map((image) => image.id);
    entry.close();
    this.#entries.delete(entry.id);
    this.#options.remembered?.delete(entry.id);
    this.#emit('images', { sourceId: entry.id, upserted: [], removed });
    this.#infoChanged();
  }

  #visible(): CatalogEntry[] {
    return [...this.#entries.values()].filter((entry) => !entry.isHidden);
  }

  #addedPaths(): string[] {
    return [...this.#entries.values()].filter((entry) => !entry.automatic).map((entry) => entry.location);
  }

  #entryOf(imageId: string): CatalogEntry {
    const entries = [...this.#entries.values()];
    const listed = entries.find((entry) => entry.has(imageId));
    // While a source is being scanned again, an image may be asked for before its row is back.
    const named = entries
      .filter((entry) => imageId.startsWith(`${entry.id}#`))
      .sort((a, b) => b.id.length - a.id.length);
    const entry = listed ?? named[0];
    if (entry) return entry;
    throw new PushboatError('IMAGE_NOT_FOUND', 'The image is no longer in any of the sources.', {
      detail: imageId,
      hint: 'check-folder',
    });
  }

  /** Sources of many change at once at start: one event for all that happens within a moment. */
  #infoChanged(): void {
    if (this.#closed) return;
    this.#infoTimer ??= setTimeout(() => {
      this.#infoTimer = undefined;
      this.#emit('sources', this.sources());
    }, 20);
  }

  #emit<E extends keyof CatalogEvents>(event: E, payload: CatalogEvents[E]): void {
    this.#emitters[event].emit(payload);
  }
}

function addedPath(path: string, entry: CatalogEntry): AddedPath {
  const imageIds = entry
    .images()
    .filter((image) => image.kind !== 'broken')
    .map((image) => image.id);
  return { path, sourceId: entry.id, imageIds };
}

/** Refuses a layout that gives nothing to push, before it is shown and remembered. @throws PushboatError */
async function requireImages(source: ImageSource): Promise<void> {
  let broken: ImageSummary | undefined;
  for await (const row of source.list()) {
    if (row.kind !== 'broken') return;
    broken ??= row;
  }
  if (broken?.error) throw PushboatError.fromData(broken.error);
  const detail = 'index.json lists no images';
  const message = `There is nothing to push in ${source.location}: ${detail}.`;
  throw new PushboatError('LAYOUT_INVALID', message, { path: source.location, detail, hint: 'check-folder' });
}
