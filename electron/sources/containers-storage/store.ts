import { PushboatError } from '../../../shared/errors.ts';
import { isNotThere } from '../../files/system-errors.ts';
import type { ImageRecord, LayerRecord } from './records.ts';
import type { StoreLocation } from './storage-conf.ts';
import { openStoreFiles, type StoreFiles, type StoreRecords } from './store-files.ts';

/** Layers on top of each other; beyond what any driver can mount. */
const MAX_CHAIN = 4096;

export interface StoredImageRecord {
  record: ImageRecord;
  files: StoreFiles;
}

export interface StoredLayer {
  record: LayerRecord;
  files: StoreFiles;
}

/** All images and layers of a store and its additional stores, as they were at one moment. */
export class StoreSnapshot {
  /** The same as long as nothing has changed. */
  readonly records: StoreRecords[] = [];
  readonly images: StoredImageRecord[] = [];
  /** By driver and id: pulled layers have the same id in every store. */
  readonly #layers = new Map<string, StoredLayer>();

  /** What was added first counts. */
  add(files: StoreFiles, records: StoreRecords): void {
    this.records.push(records);
    const known = new Set(this.images.map((image) => `${image.files.driver} ${image.record.id}`));
    for (const record of records.images) {
      const key = `${files.driver} ${record.id}`;
      if (known.has(key)) continue;
      known.add(key);
      this.images.push({ record, files });
    }
    for (const record of records.layers) {
      const key = `${files.driver} ${record.id}`;
      if (!this.#layers.has(key)) this.#layers.set(key, { record, files });
    }
  }

  /**
   * The layers of an image, the lowest first.
   * @throws PushboatError STORE_INVALID when one is not there, or is its own ancestor.
   */
  chain({ record, files }: StoredImageRecord): StoredLayer[] {
    const chain: StoredLayer[] = [];
    for (let id = record.layer; id !== undefined; ) {
      const layer = this.#layers.get(`${files.driver} ${id}`);
      if (!layer) throw chainInvalid(files, `the layer ${id} of the image ${record.id} is not in the store`);
      if (chain.length >= MAX_CHAIN) throw chainInvalid(files, `the layers of the image ${record.id} have no end`);
      chain.push(layer);
      id = layer.record.parent;
    }
    return chain.toReversed();
  }

  /** Layers that others are built on. */
  parents(): Set<string> {
    const parents = new Set<string>();
    for (const { record, files } of this.#layers.values()) {
      if (record.parent !== undefined) parents.add(`${files.driver} ${record.parent}`);
    }
    return parents;
  }
}

/** A containers-storage store with its additional stores. */
export class ContainersStore {
  readonly location: StoreLocation;
  #files: StoreFiles[] | undefined;

  constructor(location: StoreLocation) {
    this.location = location;
  }

  /** @throws PushboatError STORE_INVALID, TOO_LARGE, SOURCE_UNREADABLE. Of several stores those that are not there are left out. */
  async snapshot(): Promise<StoreSnapshot> {
    const files = await this.files();
    const snapshot = new StoreSnapshot();
    for (const store of files) {
      snapshot.add(store, await store.records());
    }
    return snapshot;
  }

  async files(): Promise<StoreFiles[]> {
    if (this.#files) return this.#files;
    const { root, driver, additional } = this.location;
    const others: StoreFiles[] = [];
    for (const other of additional) others.push(...(await presentFiles(other, driver, root)));
    // Where there are other stores, a new user's own one need not be there yet.
    const own = others.length > 0 ? await presentFiles(root, driver) : await openStoreFiles({ root, driver });
    const files = [...own, ...others];
    // A store without images may get some, with whatever driver.
    if (files.length > 0) this.#files = files;
    return files;
  }
}

/** None for a store that is not there. @throws as `openStoreFiles` */
async function presentFiles(root: string, driver: string | undefined, graphRoot?: string): Promise<StoreFiles[]> {
  try {
    return await openStoreFiles({ root, driver }, graphRoot);
  } catch (error) {
    if (isNotThere(error)) return [];
    throw error;
  }
}

function chainInvalid(files: StoreFiles, detail: string): PushboatError {
  return new PushboatError('STORE_INVALID', `The store ${files.root} contradicts itself: ${detail}.`, {
    path: files.root,
    detail,
    hint: 'rebuild-image',
  });
}
