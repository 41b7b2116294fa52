import { basename } from 'node:path';
import type { ImageDetails, ImageSummary, Transport } from '../../../shared/images.ts';
import type { LocalImage } from '../../image/types.ts';
import { describeImage } from '../describe/details.ts';
import { brokenSummary, summarize } from '../describe/summary.ts';
import { imageNotFound, makeImageId, pathSourceId, placeOf } from '../names/image-ids.ts';
import type { ImageSource } from '../types.ts';
import type { ListedImage, Listing } from './listing.ts';
import { refsOf } from './selectors.ts';

/** The source for any store that has a `Listing`. */
export class ListedSource implements ImageSource {
  readonly transport: Transport;
  readonly id: string;
  readonly label: string;
  readonly location: string;
  readonly #listing: Listing;
  /** The rows of a store that has not changed since. */
  #known: { identity: string; rows: ImageSummary[] } | undefined;

  constructor(listing: Listing) {
    this.#listing = listing;
    this.transport = listing.transport;
    this.location = listing.location;
    this.id = pathSourceId(listing.location);
    this.label = basename(listing.location) || listing.location;
  }

  async *list(signal?: AbortSignal): AsyncGenerator<ImageSummary> {
    const identity = await this.#listing.identity?.();
    if (identity !== undefined && this.#known?.identity === identity) {
      yield* this.#known.rows;
      return;
    }
    const rows: ImageSummary[] = [];
    const images = await this.#listing.read(signal);
    const refs = refsOf(this.#listing, images);
    for (const image of images.filter(({ besideOthers }) => besideOthers !== 'part')) {
      if (signal?.aborted) return;
      const row = await this.#summary(image, refs(image));
      rows.push(row);
      yield row;
    }
    this.#known = identity === undefined ? undefined : { identity, rows };
  }

  close(): void {
    this.#listing.close?.();
  }

  async open(imageId: string): Promise<LocalImage> {
    return (await this.#find(imageId)).image.open();
  }

  async details(imageId: string): Promise<ImageDetails> {
    const { image, ref } = await this.#find(imageId);
    return describeImage(await image.open(), await this.#summary(image, ref));
  }

  async #summary(image: ListedImage, ref: string): Promise<ImageSummary> {
    const { key, name, references } = image;
    const base = { id: makeImageId(this.id, [key]), sourceId: this.id, name, references, ref };
    let opened: LocalImage;
    try {
      opened = await image.open();
    } catch (error) {
      return brokenSummary(base, error);
    }
    return summarize(opened, base);
  }

  async #find(imageId: string): Promise<{ image: ListedImage; ref: string }> {
    const [key] = placeOf(imageId, this.id);
    const images = await this.#listing.read();
    const image = images.find((candidate) => candidate.key === key);
    if (!image) throw imageNotFound(imageId, this.id);
    return { image, ref: refsOf(this.#listing, images)(image) };
  }
}
