import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { automaticSources } from '../../../../../electron/sources/catalog/automatic-sources.ts';
import { createCatalog } from '../../../../../electron/sources/catalog/catalog.ts';
import type { Catalog } from '../../../../../electron/sources/catalog/types.ts';
import { testStores } from '../../../../fixtures/environment.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { StoreMaker } from '../containers-storage/store-maker.ts';

let folder: TempDir;
let catalog: Catalog;
const root = () => join(folder.path, 'data/containers/storage');

beforeEach(async () => {
  folder = await makeTempDir('automatic');
});
afterEach(async () => {
  await catalog.close();
  await folder.remove();
});

/** A catalog whose own stores and engines are all below the test's folder. */
async function start(env: NodeJS.ProcessEnv = {}): Promise<void> {
  const own = {
    DOCKER_HOST: `unix://${folder.path}/docker.sock`,
    CONTAINER_HOST: `unix://${folder.path}/podman.sock`,
    XDG_DATA_HOME: join(folder.path, 'data'),
    ...env,
  };
  const environment = { env: own, homeDir: folder.path, platform: 'linux' as const, uid: 1000, temporaryDir: tmpdir() };
  catalog = createCatalog({
    ...testStores(),
    imagesStoreDir: join(folder.path, 'images'),
    addedPaths: [],
    automatic: await automaticSources(environment),
    onPathsChanged: async () => undefined,
    onProblem: () => undefined,
  });
  catalog.start();
  await catalog.rescan();
}

const shown = () => catalog.sources().filter(({ transport }) => transport !== 'image-store');

test('stores and engines that are not there are not shown', async () => {
  await start();
  expect(shown()).toEqual([]);
});

test('what is looked for is told with what is there of it, also when there is nothing', async () => {
  const maker = new StoreMaker(root());
  await maker.addImage(['localhost/a:1'], [await maker.addLayer([{ name: 'a', content: Buffer.from('a') }])]);
  await start();
  const told = catalog.lookedFor().map(({ label, state, imageCount }) => [label, state, imageCount]);
  expect(told).toEqual([
    ['images', 'unreachable', 0],
    ['Docker', 'absent', 0],
    ['Podman', 'absent', 0],
    ['Buildah/Podman store', 'ready', 1],
  ]);
});

test('a store is shown with its images under its own name, and cannot be removed', async () => {
  const maker = new StoreMaker(root());
  const layer = await maker.addLayer([{ name: 'a', content: Buffer.from('a') }]);
  await maker.addImage(['localhost/a:1'], [layer]);
  await start();
  expect(shown()).toMatchObject([
    { label: 'Buildah/Podman store', transport: 'containers-storage', state: 'ready', imageCount: 1, automatic: true },
  ]);
  const [image] = catalog.images();
  expect(image).toMatchObject({ name: 'localhost/a:1' });
  expect((await catalog.open(image?.id ?? '')).root.digest).toBe(image?.digest);
  await expect(catalog.remove(shown()[0]?.id ?? '')).rejects.toMatchObject({ code: 'USAGE' });
});

test('a store that comes, gets images and goes is followed', async () => {
  await start();
  const maker = new StoreMaker(root());
  const layer = await maker.addLayer([{ name: 'a', content: Buffer.from('a') }]);
  await maker.addImage(['localhost/a:1'], [layer]);
  await catalog.rescan();
  expect(catalog.images()).toHaveLength(1);
  const second = await maker.addLayer([{ name: 'b', content: Buffer.from('b') }], layer);
  await maker.addImage(['localhost/b:1'], [layer, second]);
  await expect.poll(() => catalog.images().length, { timeout: 8000 }).toBe(2);
  await rm(root(), { recursive: true });
  await catalog.rescan();
  expect(catalog.images()).toEqual([]);
  expect(shown()).toEqual([]);
});

test('an engine that cannot be used is shown with the reason', async () => {
  await start({ DOCKER_HOST: 'ssh://far.example' });
  expect(shown()).toMatchObject([{ label: 'Docker', state: 'unreachable', error: { code: 'ENGINE_FAILED' } }]);
  expect(shown()[0]?.error?.message).toContain('SSH');
});

test('a store that may not be read is shown with the reason', async () => {
  await mkdir(join(root(), '..'), { recursive: true });
  await start({ XDG_DATA_HOME: join(folder.path, 'data'), CONTAINERS_STORAGE_CONF: folder.path });
  expect(shown()).toMatchObject([{ label: 'Buildah/Podman store', state: 'unreachable' }]);
});
