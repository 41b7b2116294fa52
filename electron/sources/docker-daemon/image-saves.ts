import type { Readable } from 'node:stream';
import { PushboatError } from '../../../shared/errors.ts';
import type { Platform } from '../../../shared/images.ts';
import type { EngineImage } from '../../docker-api/answers.ts';
import type { EngineClient } from '../../docker-api/client.ts';
import type { AloneOfIndex } from '../../image/types.ts';
import { imagesThere, missingImages } from './describe-engine-image.ts';

/**
 * The saves of one image, all alike. Docker with containerd's store saves an index of which platforms are missing, but not where its own is:
 * then it is asked for those that are there. Asked for one alone it gives that image without the index.
 */
export class ImageSaves {
  readonly #client: EngineClient;
  readonly #id: EngineImage['Id'];
  #platforms: readonly Platform[] = [];
  #alone: AloneOfIndex | undefined;

  constructor(client: EngineClient, id: EngineImage['Id']) {
    this.#client = client;
    this.#id = id;
  }

  /** The one image of the index that is saved; known with the first save. */
  get alone(): AloneOfIndex | undefined {
    return this.#alone;
  }

  /** Begins a save. @throws PushboatError as `EngineClient.save` */
  async start(signal: AbortSignal): Promise<Readable> {
    try {
      return await this.#save(this.#platforms, signal);
    } catch (error) {
      if (this.#platforms.length > 0 || !isIncomplete(error)) throw error;
      return (await this.#startWithout(signal)) ?? Promise.reject(error);
    }
  }

  #save(platforms: readonly Platform[], signal: AbortSignal): Promise<Readable> {
    return this.#client.save(this.#id, { signal, platforms });
  }

  /** A save of what is there; undefined where the engine cannot say or save that. */
  async #startWithout(signal: AbortSignal): Promise<Readable | undefined> {
    const image = await this.#client.inspect(this.#id, { signal, of: 'manifests' });
    const platforms = image ? imagesThere(image).map(({ platform }) => platform) : [];
    const [first] = platforms;
    if (!image || !first) return undefined;
    try {
      const archive = await this.#save(platforms, signal);
      this.#platforms = platforms;
      if (platforms.length === 1) this.#alone = { platform: first, missing: missingImages(image) };
      return archive;
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }
}

function isIncomplete(error: unknown): boolean {
  return error instanceof PushboatError && error.hint === 'copy-whole-image';
}

function isRefusal(error: unknown): boolean {
  return error instanceof PushboatError && error.facts.status !== undefined;
}
