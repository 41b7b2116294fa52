import type { Digest } from '../../../shared/digest.ts';
import type { LayerOptions } from '../../../test/fixtures/layout-layers.ts';
import { makeLayout } from '../../../test/fixtures/layouts.ts';
import type { TestRegistry } from '../../../test/registry/server.ts';

export interface Sample {
  path: string;
  /** Digest of the manifest. */
  digest: Digest;
  layers: number;
  /** Of all layers. */
  bytes: number;
}

/** What both ways of showing work with. */
export interface DemoScene {
  /** Everything that the demo writes lies here: the person's own settings and logins stay as they are. */
  folder: string;
  layout: Sample;
  registry: TestRegistry;
  /** `127.0.0.1:port/demo/hello:1.0` */
  target: string;
  login: { username: string; password: string };
  /** Ends with Ctrl-C. */
  signal: AbortSignal;
}

const MB = 1_000_000;

/** Layers as an image of a small service has them; random bytes, so that their size is what goes over the wire. */
const LAYERS: LayerOptions[] = [
  { size: 44 * MB, createdBy: 'ADD rootfs.tar.xz /' },
  { size: 25 * MB, createdBy: 'RUN apt-get install -y python3' },
  { size: 14 * MB, createdBy: 'RUN pip install -r requirements.txt' },
  { size: 9 * MB, createdBy: 'COPY models /srv/models' },
  { size: 5 * MB, createdBy: 'COPY static /srv/static' },
  { size: 3 * MB, createdBy: 'COPY app /srv/app' },
];

/** Writes the sample image as a layout whose own reference is the demo's target. */
export async function makeSample(path: string, target: string): Promise<Sample> {
  const { image } = await makeLayout(path, {
    layers: LAYERS,
    seed: 'demo',
    created: new Date().toISOString(),
    refName: target,
    emptyHistory: ['CMD ["python3", "/srv/app/main.py"]'],
    labels: {
      'org.opencontainers.image.title': 'hello',
      'org.opencontainers.image.description': 'Sample image of the demo',
    },
  });
  return {
    path,
    digest: image.digest,
    layers: image.layers.length,
    bytes: image.layers.reduce((total, layer) => total + layer.size, 0),
  };
}
