import { type Digest, shortDigest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { ImageDetails, ImageManifestInfo, ImageSummary, LayerInfo, Platform } from '../../../shared/images.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { addressText, type EngineAddress } from '../../docker-api/address.ts';
import type { EngineHistory, EngineImage, EngineInspect } from '../../docker-api/answers.ts';
import { EngineClient } from '../../docker-api/client.ts';
import type { EngineName } from '../../docker-api/endpoints.ts';
import { mapConcurrent } from '../../files/concurrent.ts';
import type { LocalEnvironment } from '../../files/environment.ts';
import type { LocalImage, TakeLayer } from '../../image/types.ts';
import { brokenSummary } from '../describe/summary.ts';
import { imageNotFound, makeImageId, placeOf, sourceIdOf } from '../names/image-ids.ts';
import type { ImageSource } from '../types.ts';
import { openEngineImage } from './engine-image.ts';
import { SavedImages } from './saved-images.ts';

/** What an engine calls an image without a name. */
const NO_NAME = '<none>:<none>';
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
  /** What does not change as long as the id is the same. */
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
    const present = new Set<string>(images.map(({ Id }) => Id));
    for (const id of this.#platforms.keys()) if (!present.has(id)) this.#platforms.delete(id);
  }

  async open(imageId: string, signal?: AbortSignal, take?: TakeLayer): Promise<LocalImage> {
    const image = await this.#inspect(imageId, signal);
    const arriving = take && { take, layers: image.Descriptor ? [] : (image.RootFS?.Layers ?? []) };
    return openEngineImage(this.#saved, image.Id, namesOf(image), signal, arriving);
  }

  async details(imageId: string): Promise<ImageDetails> {
    const image = await this.#inspect(imageId);
    const history = await this.#client.history(image.Id);
    const created = image.Created ? Date.parse(image.Created) : Number.NaN;
    const summary = summaryOf(this.id, { ...image, Created: created / 1000 }, platformsOf(image));
    return { summary, manifests: [manifestInfo(image, history)], annotations: {} };
  }

  /** The image that a name or id means to the engine; undefined when there is none. @throws PushboatError as `EngineClient.inspect` */
  async find(name: string, signal?: AbortSignal): Promise<EngineListing | undefined> {
    const image = await this.#client.inspect(name, signal);
    return image && this.#listed(image);
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

  async #inspect(imageId: string, signal?: AbortSignal): Promise<EngineInspect> {
    const [id = ''] = placeOf(imageId, this.id);
    const image = await this.#client.inspect(id, signal);
    if (!image) throw imageNotFound(imageId, this.id);
    return image;
  }

  async #summary(image: EngineImage, signal: AbortSignal | undefined): Promise<ImageSummary> {
    let platforms = this.#platforms.get(image.Id);
    if (!platforms) {
      try {
        const details = await this.#client.inspect(image.Id, signal);
        platforms = details ? platformsOf(details) : [];
      } catch (error) {
        // One image that it refuses to describe does not hide the others.
        if (error instanceof PushboatError && error.facts.status !== undefined)
          return brokenSummary(summaryOf(this.id, image, []), error);
        throw error;
      }
      this.#platforms.set(image.Id, platforms);
    }
    return summaryOf(this.id, image, platforms);
  }
}

export function engineSourceId(name: EngineName, address: EngineAddress): string {
  return sourceIdOf('docker-daemon', `${name}@${addressText(address)}`);
}

function summaryOf(sourceId: string, image: EngineImage, platforms: Platform[]): ImageSummary {
  const created = image.Created ? new Date(image.Created * 1000) : undefined;
  return {
    id: makeImageId(sourceId, [image.Id]),
    sourceId,
    ...namesOf(image),
    ref: namesOf(image).name,
    kind: 'image',
    platforms,
    size: image.Size ?? undefined,
    created: created === undefined || Number.isNaN(created.getTime()) ? undefined : created.toISOString(),
  };
}

function namesOf({ Id, RepoTags }: Pick<EngineImage, 'Id' | 'RepoTags'>): { name: string; references: string[] } {
  const references = (RepoTags ?? []).filter((tag) => tag !== NO_NAME && !tag.includes('<none>'));
  return { name: references[0] ?? shortDigest(Id), references };
}

function platformsOf({ Os, Architecture, Variant }: EngineInspect): Platform[] {
  return Os && Architecture ? [{ os: Os, architecture: Architecture, variant: Variant || undefined }] : [];
}

/** What the API tells without a save: no manifest has been made yet, so the image's id stands for its digest. */
function manifestInfo(image: EngineInspect, history: EngineHistory): ImageManifestInfo {
  const { Config: config } = image;
  const [platform] = platformsOf(image);
  return {
    digest: image.Id,
    mediaType: MediaType.dockerConfig,
    platform,
    layers: layersOf(image, history),
    labels: config?.Labels ?? {},
    env: config?.Env ?? [],
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    workingDir: config?.WorkingDir || undefined,
    user: config?.User || undefined,
    exposedPorts: Object.keys(config?.ExposedPorts ?? {}),
    created: image.Created || undefined,
    annotations: {},
  };
}

/** The API does not say which entries of the history made a layer: those with content, where their number is that of the layers. */
function layersOf(image: EngineInspect, history: EngineHistory): LayerInfo[] {
  const diffIds = image.RootFS?.Layers ?? [];
  const oldestFirst = history.toReversed();
  const withContent = oldestFirst.filter(({ Size }) => (Size ?? 0) > 0);
  const entries = [oldestFirst, withContent].find(({ length }) => length === diffIds.length) ?? [];
  return diffIds.map((digest, i) => {
    const createdBy = entries[i]?.CreatedBy;
    return { digest, mediaType: MediaType.ociLayer, size: entries[i]?.Size ?? 0, createdBy: createdBy || undefined };
  });
}
