import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCatalog } from '../../../../../electron/sources/catalog/catalog.ts';
import { RememberedRows } from '../../../../../electron/sources/catalog/remembered-rows.ts';
import type { Catalog } from '../../../../../electron/sources/catalog/types.ts';
import { testStores } from '../../../../fixtures/environment.ts';
import { makeImageStore, storeName } from '../../../../fixtures/image-store.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { image } from '../../../renderer/samples.ts';

let folder: TempDir;
let store: string;
let file: string;

beforeEach(async () => {
  folder = await makeTempDir('remembered');
  [store, file] = [join(folder.path, 'images'), join(folder.path, 'data', 'images.json')];
});
afterEach(() => folder.remove());

async function open(): Promise<Catalog> {
  return createCatalog({
    ...testStores(),
    imagesStoreDir: store,
    addedPaths: [],
    remembered: await RememberedRows.open(file),
    onPathsChanged: async () => undefined,
    onProblem: () => undefined,
  });
}

const names = (catalog: Catalog) => catalog.images().map(({ name }) => name);
async function isReady(catalog: Catalog): Promise<void> {
  await expect.poll(() => catalog.sources()[0]?.state, { timeout: 20_000 }).toBe('ready');
}

it('the images of the last start are there before anything is scanned, and then what is there', async () => {
  await makeImageStore(store, ['acme/one:1', 'acme/two:1']);
  const before = await open();
  before.start();
  await isReady(before);
  await before.close();
  await rm(join(store, storeName('acme/two:1')), { recursive: true });
  const after = await open();
  expect(names(after)).toEqual(['acme/one:1', 'acme/two:1']);
  expect(after.sources()).toMatchObject([{ state: 'scanning', imageCount: 2 }]);
  after.start();
  await isReady(after);
  expect(names(after)).toEqual(['acme/one:1']);
  await after.close();
});

it('an image that is as it was is not told of again', async () => {
  await makeImageStore(store, ['acme/one:1']);
  const before = await open();
  before.start();
  await isReady(before);
  await before.close();
  const after = await open();
  const [known] = after.images();
  after.start();
  await isReady(after);
  // The row itself: a scan puts another in its place where anything differs.
  expect(after.images()[0]).toBe(known);
  await after.close();
});

it('a store that is gone takes its images with it', async () => {
  await makeImageStore(store, ['acme/one:1']);
  const before = await open();
  before.start();
  await isReady(before);
  await before.close();
  await rm(store, { recursive: true });
  const after = await open();
  after.start();
  await expect.poll(() => names(after)).toEqual([]);
  await after.close();
});

it.each(['{"version":2}', 'no JSON', '{"version":1,"rows":[{"id":1}]}'])(
  'what cannot be understood is done without: %s',
  async (content) => {
    (await RememberedRows.open(file)).set('a', [image({ id: 'x', sourceId: 'a' })]);
    await (await RememberedRows.open(file)).close();
    await makeImageStore(store, []);
    await writeFile(join(folder.path, 'other.json'), content);
    expect((await RememberedRows.open(join(folder.path, 'other.json'))).of('a')).toEqual([]);
  },
);

it('ten thousand rows are read within a second', async () => {
  const rows = Array.from({ length: 10_000 }, (_row, at) => image({ id: `store#${at}`, sourceId: 'store' }));
  const written = await RememberedRows.open(file);
  written.set('store', rows);
  await written.close();
  const start = process.cpuUsage();
  expect((await RememberedRows.open(file)).of('store')).toEqual(rows);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(1_000);
});
