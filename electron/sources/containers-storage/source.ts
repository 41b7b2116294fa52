import type { ImageDetails, ImageSummary } from '../../../shared/images.ts';
import type { LocalImage } from '../../image/types.ts';
import { describeImage } from '../describe/details.ts';
import { brokenSummary, summarize } from '../describe/summary.ts';
import { imageNotFound, makeImageId, placeOf, sourceIdOf } from '../names/image-ids.ts';
import type { ImageSource } from '../types.ts';
import { imageName, imageReferences } from './image-names.ts';
import { listedImages } from './listed-images.ts';
import { openStorageImage } from './open-image.ts';
import type { StoreLocation } from './storage-conf.ts';
import { ContainersStore, type StoredImageRecord, type StoreSnapshot } from './store.ts';
import type { StoreRecords } from './store-files.ts';

export const STORE_LABEL = 'Buildah/Podman store';

/** The images of Buildah, Podman and CRI-O, read from their files: no program of theirs is needed. */
export class ContainersStorageSource implements ImageSource {
  readonly transport = 'containers-storage' as const;
  readonly id: string;
  readonly label = STORE_LABEL;
  readonly location: string;
  readonly #store: ContainersStore;
  /** The rows of a store that has not changed since; broken ones may be mended without a change of its records. */
  #known: { records: StoreRecords[]; rows: ImageSummary[] } | undefined;

  constructor(location: StoreLocation) {
    this.location = location.root;
    this.id = sourceIdOf('containers-storage', location.root);
    this.#store = new ContainersStore(location);
  }

  async *list(signal?: AbortSignal): AsyncGenerator<ImageSummary> {
    const snapshot = await this.#store.snapshot();
    const { records } = snapshot;
    if (this.#known && isSame(this.#known.records, records)) return yield* this.#known.rows;
    const rows: ImageSummary[] = [];
    for (const image of await listedImages(snapshot)) {
      if (signal?.aborted) return;
      const row = await this.#summary(snapshot, image);
      rows.push(row);
      yield row;
    }
    this.#known = rows.some(({ kind }) => kind === 'broken') ? undefined : { records, rows };
  }

  async open(imageId: string): Promise<LocalImage> {
    const { snapshot, image } = await this.#find(imageId);
    return openStorageImage(snapshot, image);
  }

  async details(imageId: string): Promise<ImageDetails> {
    const { snapshot, image } = await this.#find(imageId);
    return describeImage(await openStorageImage(snapshot, image), await this.#summary(snapshot, image));
  }

  /** The images as they are now. @throws PushboatError as `ContainersStore.snapshot` */
  async images(): Promise<StoredImageRecord[]> {
    return (await this.#store.snapshot()).images;
  }

  imageId({ files, record }: StoredImageRecord): string {
    return makeImageId(this.id, [files.driver, record.id]);
  }

  async #summary(snapshot: StoreSnapshot, image: StoredImageRecord): Promise<ImageSummary> {
    const { record } = image;
    const base = {
      id: this.imageId(image),
      sourceId: this.id,
      name: imageName(record),
      references: imageReferences(record),
      ref: imageName(record),
    };
    try {
      return await summarize(await openStorageImage(snapshot, image), base);
    } catch (error) {
      return brokenSummary(base, error);
    }
  }

  async #find(imageId: string): Promise<{ snapshot: StoreSnapshot; image: StoredImageRecord }> {
    const [driver, id] = placeOf(imageId, this.id);
    const snapshot = await this.#store.snapshot();
    const image = snapshot.images.find(({ files, record }) => files.driver === driver && record.id === id);
    if (!image) throw imageNotFound(imageId, this.id);
    return { snapshot, image };
  }
}

function isSame(before: readonly StoreRecords[], now: readonly StoreRecords[]): boolean {
  return before.length === now.length && before.every((records, i) => records === now[i]);
}
