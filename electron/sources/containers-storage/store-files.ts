import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import { readSmallFile, realPathOf, type SmallFile } from '../../files/contained-files.ts';
import { exists } from '../../files/plain-file.ts';
import { gone, isAbsent, unreadable } from '../../files/system-errors.ts';
import { MAX_JSON_BYTES } from '../../image/json.ts';
import {
  bigDataFileName,
  type ImageRecord,
  type LayerRecord,
  parseImageRecords,
  parseLayerRecords,
} from './records.ts';
import type { StoreLocation } from './storage-conf.ts';

/** Drivers whose layers are folders of files. */
export const READABLE_DRIVERS = ['overlay', 'vfs'] as const;
export type ReadableDriver = (typeof READABLE_DRIVERS)[number];

/** Bytes of `images.json` and `layers.json`: those of a store with 10,000 images have about 40 MiB. */
const MAX_RECORDS_BYTES = 256 * 1024 * 1024;

export interface StoreRecords {
  images: ImageRecord[];
  layers: LayerRecord[];
}

/** The files of one store and driver. Nothing is ever written, and no lock is taken: what moves meanwhile is read again. */
export class StoreFiles {
  readonly driver: ReadableDriver;
  readonly root: string;
  readonly #graphRoot: string;
  #realRoot: string | undefined;
  #known: { signature: string; records: StoreRecords } | undefined;

  /** @param graphRoot the store that has this one as its `imagestore`. */
  constructor(root: string, driver: ReadableDriver, graphRoot = root) {
    this.root = root;
    this.driver = driver;
    this.#graphRoot = graphRoot;
  }

  get imagesFolder(): string {
    return join(this.root, `${this.driver}-images`);
  }

  /**
   * The records of images and layers, as they were at one moment.
   * @throws PushboatError STORE_INVALID, TOO_LARGE, SOURCE_UNREADABLE
   */
  async records(): Promise<StoreRecords> {
    const images = join(this.imagesFolder, 'images.json');
    const layers = [...this.#layerFiles()];
    for (let attempt = 1; ; attempt++) {
      const signature = await signatureOf([images, ...layers]);
      if (this.#known?.signature === signature) return this.#known.records;
      const records = {
        images: parseImageRecords(await this.#bytesOf(images), images),
        layers: await this.#readLayers(layers),
      };
      if (signature !== (await signatureOf([images, ...layers]))) {
        if (attempt < 20) continue;
        const detail = 'it keeps changing';
        throw new PushboatError('STORE_INVALID', `Cannot read ${this.root}: ${detail}.`, {
          path: this.root,
          detail,
          hint: 'retry',
        });
      }
      this.#known = { signature, records };
      return records;
    }
  }

  /** One of an image's big data items; undefined when it has no such item. @throws PushboatError TOO_LARGE, SOURCE_UNREADABLE */
  async bigData(image: ImageRecord, name: string): Promise<Uint8Array | undefined> {
    const path = join(this.imagesFolder, image.id, bigDataFileName(name));
    return (await this.#readFile(path, MAX_JSON_BYTES))?.bytes;
  }

  tarSplitPath(layer: LayerRecord, root = this.root): string {
    return join(root, `${this.driver}-layers`, `${layer.id}.tar-split.gz`);
  }

  /** How the layer's tar was packed, and the real folder of its store. Of an `imagestore` it lies in `graphroot`, unless another store made it. */
  async tarSplit(layer: LayerRecord): Promise<{ path: string; realRoot: string }> {
    const path = this.tarSplitPath(layer);
    const inGraphRoot = this.tarSplitPath(layer, this.#graphRoot);
    if (path === inGraphRoot || (await exists(path)) || !(await exists(inGraphRoot)))
      return { path, realRoot: await this.realRoot() };
    return { path: inGraphRoot, realRoot: await realPathOf(this.#graphRoot) };
  }

  /** The folder with the layer's files. */
  treePath(layer: LayerRecord): string {
    switch (this.driver) {
      case 'overlay':
        return join(this.root, 'overlay', layer.id, 'diff');
      case 'vfs':
        return join(this.root, 'vfs', 'dir', layer.id);
    }
  }

  /** Podman with `use_composefs` keeps the files by their digests, and their names in an image of a file system. */
  async requirePlainFiles(layer: LayerRecord): Promise<void> {
    if (!(await exists(join(this.root, this.driver, layer.id, 'composefs-data')))) return;
    throw notPlain(this.root, `it keeps the layer ${layer.id.slice(0, 12)} in composefs, and not as plain files`);
  }

  async realRoot(): Promise<string> {
    this.#realRoot ??= await realPathOf(this.root).catch((error: unknown) => {
      throw isAbsent(error) ? gone(this.root) : unreadable(this.root, error);
    });
    return this.#realRoot;
  }

  /** Layers that need not outlive a crash are kept in a file of their own. */
  #layerFiles(): string[] {
    const folder = join(this.root, `${this.driver}-layers`);
    return [join(folder, 'layers.json'), join(folder, 'volatile-layers.json')];
  }

  async #readLayers(paths: readonly string[]): Promise<LayerRecord[]> {
    const layers: LayerRecord[] = [];
    for (const path of paths) layers.push(...parseLayerRecords(await this.#bytesOf(path), path));
    return layers;
  }

  async #bytesOf(path: string): Promise<Uint8Array> {
    return (await this.#readFile(path, MAX_RECORDS_BYTES))?.bytes ?? new Uint8Array();
  }

  async #readFile(path: string, limit: number): Promise<SmallFile | undefined> {
    try {
      return await readSmallFile(path, await this.realRoot(), limit);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw unreadable(path, error);
    }
  }
}

async function signatureOf(paths: readonly string[]): Promise<string> {
  const parts = paths.map(async (path) => {
    try {
      const { ino, size, mtimeNs } = await stat(path, { bigint: true });
      return `${ino} ${size} ${mtimeNs}`;
    } catch (error) {
      if (isAbsent(error)) return '-';
      throw unreadable(path, error);
    }
  });
  return (await Promise.all(parts)).join('\n');
}

/**
 * The files of a store for each driver that has images there; none for a store without images.
 * @param graphRoot as for `StoreFiles`
 * @throws PushboatError SOURCE_UNREADABLE when the store is not there, may not be read, or uses a driver that keeps no plain files.
 */
export async function openStoreFiles(
  { root, driver }: Pick<StoreLocation, 'root' | 'driver'>,
  graphRoot?: string,
): Promise<StoreFiles[]> {
  let names: string[];
  try {
    names = await readdir(root);
  } catch (error) {
    throw isAbsent(error) ? gone(root) : unreadable(root, error);
  }
  const found = names.filter((name) => name.endsWith('-images')).map((name) => name.slice(0, -'-images'.length));
  const wanted = driver === undefined ? found : found.filter((name) => name === driver);
  const readable = READABLE_DRIVERS.filter((name) => wanted.includes(name));
  const [other] = wanted;
  if (readable.length === 0 && other !== undefined) {
    throw notPlain(root, `it uses the driver ${other}, and only overlay and vfs keep layers as plain files`);
  }
  return readable.map((name) => new StoreFiles(root, name, graphRoot));
}

function notPlain(root: string, detail: string): PushboatError {
  const message = `Cannot read the store ${root}: ${detail}.`;
  return new PushboatError('SOURCE_UNREADABLE', message, { path: root, detail, hint: 'use-podman-socket' });
}
