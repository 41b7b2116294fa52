import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificates, writeCertDir } from '../../fixtures/certificates.ts';
import { type DockerRegistry, startDockerRegistry } from '../../fixtures/docker-registry.ts';
import { LayoutWriter, type WrittenImage } from '../../fixtures/layouts.ts';
import { startTlsFront } from '../../fixtures/nginx.ts';
import { run } from '../../fixtures/tools.ts';
import { type CliHome, jsonLines, makeCliHome } from '../command-line.ts';

const LAYERS = 60;

let home: CliHome;
let registry: DockerRegistry;
let certDir: string;
/** Connections begin before the code is loaded where nothing but Node's own trust is needed. */
let trust: Record<string, string>;
let layout: string;
let image: WrittenImage;

beforeAll(async () => {
  [home, registry] = await Promise.all([makeCliHome(), startDockerRegistry()]);
  certDir = await writeCertDir(join(home.path, 'certs'), await makeCertificates());
  trust = { NODE_EXTRA_CA_CERTS: join(certDir, 'ca.crt') };
  const writer = await LayoutWriter.create(join(home.path, 'layout'));
  image = await writer.image({
    layers: Array.from({ length: LAYERS }, (_, seed) => ({ seed: `${seed}`, size: 2000 })),
  });
  writer.list(image, { refName: 'many' });
  await writer.finish();
  layout = writer.path;
});
afterAll(async () => {
  await registry.stop();
  await home.remove();
});

/** Removes a layer from the registry's storage, as a clean-up or a damaged disk may do. */
async function lose(repository: string, digest: string): Promise<void> {
  const hex = digest.slice('sha256:'.length);
  const root = join(registry.storageDir, 'docker/registry/v2');
  await rm(join(root, 'repositories', repository, '_layers/sha256', hex), { recursive: true });
  await rm(join(root, 'blobs/sha256', hex.slice(0, 2), hex), { recursive: true });
}

test.each([
  ['that speaks it', true, ''],
  ['that takes four requests at once', true, 'http2_max_concurrent_streams 4;'],
  ['that ends each connection after ten requests', true, 'keepalive_requests 10;'],
  ['that does not', false, ''],
])(
  'HTTP/2: an image of many layers is pushed, and mended when pushed again, through nginx %s',
  async (name, http2, settings) => {
    await using front = await startTlsFront(registry.host, http2, settings);
    const repository = `http2/${name.replaceAll(' ', '-')}`;
    const target = `${front.host}/${repository}:1`;
    const push = async () => {
      const { stdout, stderr, status } = await home.cli(['push', `${layout}:many`, target, '--json'], { env: trust });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return jsonLines(stdout).at(-1);
    };
    await push();
    await front.takeRequests();
    const [lost] = image.layers.slice(17);
    await lose(repository, lost?.digest ?? '');
    expect(await push()).toMatchObject({ type: 'done', digest: image.digest });
    const requests = await front.takeRequests();
    const sent = requests.filter(({ method, path }) => method === 'PUT' && path.includes('/blobs/'));
    expect(sent).toHaveLength(1);
    const over = requests.filter(({ version }) => version === 'HTTP/2.0');
    expect(over.filter(({ method }) => method !== 'HEAD')).toEqual([]);
    if (!http2) expect(over).toEqual([]);
    else expect(over.length).toBeGreaterThan(settings.includes('keepalive') ? 5 : LAYERS / 3);
    const copied = join(home.path, `copied-${name.length}`);
    await run('skopeo', [
      '--insecure-policy',
      'copy',
      `--src-cert-dir=${certDir}`,
      `docker://${target}`,
      `dir:${copied}`,
    ]);
    expect(await push()).toMatchObject({ unchanged: true });
  },
);
