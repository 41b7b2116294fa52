import { join } from 'node:path';
import { LayoutWriter, type WrittenImage } from '../../test/fixtures/layouts.ts';
import { makeStoreImage } from './store-image.ts';
import type { BenchImage } from './types.ts';
import type { ImageSpec } from './workloads.ts';

/** Every layout names its image so. */
export const TAG = 'bench';

const ARCHITECTURES = ['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64', 'loong64'];

/** The images of a run: each is made when it is first asked for, and then used again. */
export class BenchImages implements AsyncDisposable {
  readonly #folder: string;
  readonly #made = new Map<string, Promise<BenchImage>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  get(spec: ImageSpec): Promise<BenchImage> {
    const key = JSON.stringify(spec);
    const make = spec.inStore ? makeStoreImage : makeImage;
    const made = this.#made.get(key) ?? make(join(this.#folder, String(this.#made.size)), spec);
    this.#made.set(key, made);
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const made of await Promise.allSettled(this.#made.values())) {
      if (made.status === 'fulfilled') await made.value[Symbol.asyncDispose]?.();
    }
  }
}

async function makeImage(path: string, spec: ImageSpec): Promise<BenchImage> {
  const image = await makeBuild(path, spec, 'this');
  return spec.changedLayer === undefined
    ? image
    : { ...image, earlier: await makeBuild(`${path}-earlier`, spec, 'earlier') };
}

async function makeBuild(path: string, spec: ImageSpec, build: 'this' | 'earlier'): Promise<BenchImage> {
  const layout = await LayoutWriter.create(path);
  const images: WrittenImage[] = [];
  for (const architecture of ARCHITECTURES.slice(0, spec.platforms)) {
    const contents = Array.from({ length: spec.layersPerPlatform }, (_, index) => ({
      seed: index < spec.sharedLayers ? `shared ${index}` : `${architecture} ${index}`,
      size: spec.layerSize,
    }));
    if (spec.changedLayer !== undefined) contents.push({ seed: `changed, ${build} build`, size: spec.changedLayer });
    // Random bytes do not compress. Stored as gzip all the same: some pushers would compress a plain tar on the way.
    const layers = contents.map((content) => ({ ...content, compression: 'gzip' as const, gzipLevel: 0 }));
    images.push(await layout.image({ layers, platform: { os: 'linux', architecture } }));
  }
  const [only] = images;
  const root = images.length === 1 && only ? only : await layout.index(images);
  layout.list(root, { refName: TAG });
  await layout.finish();
  const layers = images.flatMap((image) => image.layers);
  const blobs = [...layers, ...images.map((image) => image.config)];
  return {
    layout: path,
    isIndex: images.length > 1,
    blobs: new Map(blobs.map(({ digest, size }) => [digest, size])),
    layers: new Set(layers.map(({ digest }) => digest)),
  };
}
