import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import type { PracticeInfo } from '../../shared/practice.ts';
import type { Catalog } from '../sources/catalog/types.ts';
import type { PracticeRegistry } from './practice-registry.ts';
import { writeSample } from './sample-image.ts';

/** Not a secret: the window shows it next to the image. */
const LOGIN = { username: 'practice', password: 'practice' };

interface Running {
  registry: PracticeRegistry;
  folder: string;
  info: PracticeInfo;
}

/** A first push without any risk: a sample image, and a registry on this computer that asks for a login. Nothing of it is left at its end. */
export class Practice {
  readonly #catalog: Catalog;
  readonly #temporaryDir: string;
  #running: Promise<Running> | undefined;

  constructor(catalog: Catalog, temporaryDir: string) {
    this.#catalog = catalog;
    this.#temporaryDir = temporaryDir;
  }

  /** The one that runs, or a new one. Fails with the system's error where nothing can be written. */
  async start(): Promise<PracticeInfo> {
    this.#running ??= this.#begin();
    try {
      return (await this.#running).info;
    } catch (error) {
      this.#running = undefined;
      throw error;
    }
  }

  async end(): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    this.#running = undefined;
    if (!running) return;
    await this.#catalog.remove(running.info.sourceId);
    await running.registry[Symbol.asyncDispose]();
    await rm(running.folder, { recursive: true, force: true });
  }

  async #begin(): Promise<Running> {
    const folder = await mkdtemp(join(this.#temporaryDir, 'pushboat-practice-'));
    // Its server of node:http costs every command a second HTTP client at its start.
    const { PracticeRegistry: Registry } = await import('./practice-registry.ts');
    const registry = await Registry.start(LOGIN);
    try {
      const layout = join(folder, 'hello');
      await writeSample(layout, `${registry.host}/practice/hello:1.0`);
      const [added] = await this.#catalog.add([layout]);
      const [imageId] = added?.imageIds ?? [];
      if (added?.error) throw PushboatError.fromData(added.error);
      if (added?.sourceId === undefined || imageId === undefined)
        throw new PushboatError('INTERNAL', 'The sample image cannot be read.');
      return { registry, folder, info: { registry: registry.host, imageId, sourceId: added.sourceId, ...LOGIN } };
    } catch (error) {
      await registry[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}
