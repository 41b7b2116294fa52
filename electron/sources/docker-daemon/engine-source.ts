import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { ImageDetails, ImageManifestInfo, ImageSummary, Platform } from '../../../shared/images.ts';
import { isIndexMediaType } from '../../../shared/media-types.ts';
import { matchesPlatform } from '../../../shared/platforms.ts';
import { addressText, type EngineAddress } from '../../docker-api/address.ts';
import type { EngineImage, EngineInspect } from '../../docker-api/answers.ts';
import { EngineClient } from '../../docker-api/client.ts';
import type { EngineName } from '../../docker-api/endpoints.ts';
import { mapConcurrent } from '../../files/concurrent.ts';
import type { LocalEnvironment } from '../../files/environment.ts';
import type { LocalImage, TakeLayer } from '../../image/types.ts';
import { brokenSummary } from '../describe/summary.ts';
import { imageNotFound, makeImageId, placeOf, sourceIdOf } from '../names/image-ids.ts';
import type { ImageSource } from '../types.ts';
import { imagesThere, manifestInfo, namesOf, ownPlatform, platformsOf, summaryOf } from './describe-engine-image.ts';
import { openEngineImage } from './engine-image.ts';
import { SavedImages } from './saved-images.ts';

/** Requests at once; a connection is left for a save. */
const CONCURRENCY = 6;

/** What an engine calls an image. */
export interface EngineListing {
  /** Of the catalog. */
  id: string;
  /** The engine's own id. */
  digest: Digest;
  name: string;
  references: string[];
}

/** The images of Docker, or of Podman's service, over the Engine API. */
export class EngineSource implements ImageSource {
  readonly transport = 'docker-daemon' as const;
  readonly id: string;
  readonly label: EngineName;
  readonly location: string;
  readonly #client: EngineClient;
  readonly #saved: SavedImages;
  /** What does not change as long as `contentKey` is the same. */
  readonly #platforms = new Map<string, Platform[]>();

  /** @param keptBytes as for `SavedImages`. */
  constructor(name: EngineName, address: EngineAddress, environment: LocalEnvironment, keptBytes?: number) {
    this.label = name;
    this.location = addressText(address);
    this.id = engineSourceId(name, address);
    this.#client = new EngineClient(name, address);
    this.#saved = new SavedImages(this.#client, environment, keptBytes);
  }

  async *list(signal?: AbortSignal): AsyncGenerator<ImageSummary> {
    const images = await this.#client.images(signal);
    const rows = mapConcurrent(images, CONCURRENCY, async (image) => this.#summary(image, signal));
    for await (const row of rows) {
      if (signal?.aborted) return;
      yield row;
    }
    const present = new Set<string>(images.map(contentKey));
    for (const key of this.#platforms.keys()) if (!present.has(key)) this.#platforms.delete(key);
  }

  async open(imageId: string, signal?: AbortSignal, take?: TakeLayer): Promise<LocalImage> {
    const image = await this.#inspect(imageId, { signal });
    const arriving = take && { take, layers: image.Descriptor ? [] : (image.RootFS?.Layers ?? []) };
    const content = { id: image.Id, ...(isIndex(image) ? { there: await this.#there(imageId, signal) } : {}) };
    return openEngineImage(this.#saved, content, namesOf(image), signal, arriving);
  }

  async details(imageId: string): Promise<ImageDetails> {
    const known = await this.#inspect(imageId);
    const image = isIndex(known) ? await this.#inspect(imageId, { of: 'manifests' }) : known;
    const created = image.Created ? Date.parse(image.Created) : Number.NaN;
    const summary = summaryOf(this.id, { ...image, Created: created / 1000 }, platformsOf(image));
    return { summary, manifests: await this.#manifests(imageId, image), annotations: {} };
  }

  /** The image that a name or id means to the engine; undefined when there is none. @throws PushboatError as `EngineClient.inspect` */
  async find(name: string, signal?: AbortSignal): Promise<EngineListing | undefined> {
    const image = await this.#client.inspect(name, { signal });
    return image && this.#listed(image);
  }

  /** As `EngineClient.isManifestList`. */
  isManifestList(name: string, signal?: AbortSignal): Promise<boolean> {
    return this.#client.isManifestList(name, signal);
  }

  /** All images by their names. @throws PushboatError as `EngineClient.images` */
  async images(signal?: AbortSignal): Promise<EngineListing[]> {
    return (await this.#client.images(signal)).map((image) => this.#listed(image));
  }

  /** The references of all images. @throws PushboatError as `EngineClient.images` */
  async names(signal?: AbortSignal): Promise<string[]> {
    return (await this.images(signal)).flatMap(({ references }) => references);
  }

  #listed(image: Pick<EngineImage, 'Id' | 'RepoTags'>): EngineListing {
    return { id: makeImageId(this.id, [image.Id]), digest: image.Id, ...namesOf(image) };
  }

  close(): void {
    this.#saved.close();
    this.#client.close();
  }

  async #inspect(imageId: string, options?: Parameters<EngineClient['inspect']>[1]): Promise<EngineInspect> {
    const [id = ''] = placeOf(imageId, this.id);
    const image = await this.#client.inspect(id, options);
    if (!image) throw imageNotFound(imageId, this.id);
    return image;
  }

  async #there(imageId: string, signal: AbortSignal | undefined): Promise<Digest[]> {
    return imagesThere(await this.#inspect(imageId, { signal, of: 'manifests' })).map(({ digest }) => digest);
  }

  /** Those of an index that are there; the engine's own platform alone where it tells of no other. */
  async #manifests(imageId: string, image: EngineInspect): Promise<ImageManifestInfo[]> {
    const manifests: ImageManifestInfo[] = [];
    for (const there of imagesThere(image)) {
      const { platform } = there;
      const its = await this.#inspect(imageId, { of: platform });
      if (ownPlatform(its).some((own) => matchesPlatform(own, platform)))
        manifests.push(manifestInfo(its, await this.#client.history(image.Id, platform), there));
    }
    return manifests.length > 0 ? manifests : [manifestInfo(image, await this.#client.history(image.Id))];
  }

  async #summary(image: EngineImage, signal: AbortSignal | undefined): Promise<ImageSummary> {
    let platforms = this.#platforms.get(contentKey(image));
    if (!platforms) {
      try {
        const of = isIndex(image) ? 'manifests' : undefined;
        const details = await this.#client.inspect(image.Id, { signal, of });
        platforms = details ? platformsOf(details) : [];
      } catch (error) {
        // One image that it refuses to describe does not hide the others.
        if (error instanceof PushboatError && error.facts.status !== undefined)
          return brokenSummary(summaryOf(this.id, image, []), error);
        throw error;
      }
      this.#platforms.set(contentKey(image), platforms);
    }
    return summaryOf(this.id, image, platforms);
  }
}

export function engineSourceId(name: EngineName, address: EngineAddress): string {
  return sourceIdOf('docker-daemon', `${name}@${addressText(address)}`);
}

function isIndex({ Descriptor: descriptor }: Pick<EngineImage, 'Descriptor'>): boolean {
  return isIndexMediaType(descriptor?.mediaType ?? '');
}

/** The id names what an image is; of an index more may be pulled, which its size shows. */
function contentKey(image: EngineImage): string {
  return isIndex(image) ? `${image.Id} ${image.Size}` : image.Id;
}
