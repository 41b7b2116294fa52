import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createCatalog } from '../../../../../electron/sources/catalog/catalog.ts';
import type { Catalog, CatalogEvents } from '../../../../../electron/sources/catalog/types.ts';
import type { ErrorData } from '../../../../../shared/errors.ts';
import { breakLayout } from '../../../../fixtures/break-layouts.ts';
import { testStores } from '../../../../fixtures/environment.ts';
import { makeImageStore, makeManyLayouts } from '../../../../fixtures/image-store.ts';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

let folder: TempDir;
let store: string;

beforeEach(async () => {
  folder = await makeTempDir('catalog');
  store = join(folder.path, 'images');
});

afterEach(() => folder.remove());

interface Opened {
  catalog: Catalog;
  remembered: string[][];
  problems: ErrorData[];
}

function open(addedPaths: string[] = [], imagesStoreDir = store): Opened {
  const remembered: string[][] = [];
  const problems: ErrorData[] = [];
  const catalog = createCatalog({
    ...testStores(),
    imagesStoreDir,
    addedPaths,
    onPathsChanged: async (paths) => {
      remembered.push(paths);
    },
    onProblem: (problem) => problems.push(problem),
  });
  onTestFinished(() => catalog.close());
  return { catalog, remembered, problems };
}

/** Applies events as the window does, so that what it shows can be compared with the catalog. */
function mirror(catalog: Catalog): () => string[] {
  const rows = new Map<string, string>();
  catalog.on('images', ({ upserted, removed }: CatalogEvents['images']) => {
    for (const id of removed) rows.delete(id);
    for (const row of upserted) rows.set(row.id, row.name);
  });
  return () => [...rows.values()].sort();
}

function names(catalog: Catalog): string[] {
  return catalog
    .images()
    .map((row) => row.name)
    .sort();
}

describe('a catalog', () => {
  it('scans the image store and the added folders, and sends every row once', async () => {
    await makeImageStore(store, ['a/one:1', 'a/two:1']);
    const layout = join(folder.path, 'layout');
    await makeLayout(layout, { refName: 'b/three:1' });
    const { catalog } = open([layout]);
    const upserts: string[] = [];
    catalog.on('images', ({ upserted }) => upserts.push(...upserted.map((row) => row.name)));
    catalog.start();
    await expect.poll(() => catalog.sources().map((source) => source.state)).toEqual(['ready', 'ready']);
    expect(names(catalog)).toEqual(['a/one:1', 'a/two:1', 'b/three:1']);
    expect(upserts.sort()).toEqual(['a/one:1', 'a/two:1', 'b/three:1']);
    expect(catalog.sources()).toMatchObject([
      { transport: 'image-store', label: 'images', automatic: true, imageCount: 2 },
      { transport: 'oci', label: 'layout', automatic: false, imageCount: 1 },
    ]);
  });

  it('opens images and describes them', async () => {
    await makeImageStore(store, ['a/one:1']);
    const { catalog } = open();
    await catalog.rescan();
    const [row] = catalog.images();
    expect((await catalog.open(row?.id ?? '')).references).toEqual(['a/one:1']);
    expect((await catalog.details(row?.id ?? '')).summary).toEqual(row);
    expect(() => catalog.open('oci:/nowhere#["x"]')).toThrow(/no longer in any of the sources/);
  });

  it('refuses ids that point out of the store', async () => {
    await makeImageStore(store, ['a/one:1']);
    await makeLayout(join(folder.path, 'outside'));
    const { catalog } = open();
    await catalog.rescan();
    await expect(catalog.open(`image-store:${store}#["../outside"]`)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
  });

  it('lists a broken subfolder of the store with the reason', async () => {
    await makeImageStore(store, ['a/one:1', 'a/two:1']);
    await breakLayout.missingIndex(join(store, 'a_one'));
    await mkdir(join(store, 'nothing'));
    const { catalog } = open();
    await catalog.rescan();
    const broken = catalog.images().filter((row) => row.kind === 'broken');
    expect(broken.map((row) => [row.name, row.error?.message])).toEqual([
      ['a_one', expect.stringContaining('index.json is missing')],
      ['nothing', expect.stringContaining('oci-layout and index.json are missing')],
    ]);
    expect(catalog.images()).toHaveLength(3);
  });

  it('does not show the default store when there is none, and another store with the reason', async () => {
    const { catalog } = open();
    await catalog.rescan();
    expect(catalog.sources()).toMatchObject([{ state: 'unreachable', error: { code: 'SOURCE_UNREADABLE' } }]);
    const { catalog: byDefault } = open([], '/var/lib/ar/images');
    await byDefault.rescan();
    expect(byDefault.sources().filter((source) => source.state === 'unreachable')).toEqual([]);
  });

  it('looks at another image store when told to', async () => {
    await makeImageStore(store, ['a/one:1']);
    const other = join(folder.path, 'other');
    await makeImageStore(other, ['b/two:1']);
    const { catalog } = open();
    const shown = mirror(catalog);
    await catalog.rescan();
    await catalog.setImagesStoreDir(other);
    expect(names(catalog)).toEqual(['b/two:1']);
    expect(shown()).toEqual(['b/two:1']);
  });
});

describe('adding paths', () => {
  it('answers for each, keeps the good ones and remembers them', async () => {
    const good = join(folder.path, 'good');
    const bad = join(folder.path, 'bad');
    await makeLayout(good);
    await makeLayout(bad);
    await breakLayout.missingIndex(bad);
    const many = join(folder.path, 'many');
    await makeImageStore(many, ['a/one:1', 'a/two:1']);
    const { catalog, remembered } = open();
    const added = await catalog.add([good, bad, join(folder.path, 'nowhere'), many, 'relative']);
    expect(added.map(({ imageIds, error }) => [imageIds.length, error?.code])).toEqual([
      [1, undefined],
      [0, 'LAYOUT_INVALID'],
      [0, 'SOURCE_UNREADABLE'],
      [2, undefined],
      [0, 'USAGE'],
    ]);
    expect(added[1]?.error?.message).toContain('index.json is missing');
    expect(remembered).toEqual([[good, many]]);
    expect(
      catalog
        .sources()
        .filter((source) => !source.automatic)
        .map((source) => source.location),
    ).toEqual([good, many]);
  });

  it('again gives the same source and image', async () => {
    const good = join(folder.path, 'good');
    await makeLayout(good);
    const { catalog, remembered } = open();
    const [first] = await catalog.add([good]);
    const [second] = await catalog.add([`${good}/`]);
    expect(second).toMatchObject({ sourceId: first?.sourceId, imageIds: first?.imageIds });
    expect(remembered).toHaveLength(1);
  });

  it('refuses a layout whose only image is broken, with that reason', async () => {
    const bad = join(folder.path, 'bad');
    await makeLayout(bad);
    await breakLayout.missingManifest(bad);
    const { catalog, remembered } = open();
    expect(await catalog.add([bad])).toMatchObject([{ imageIds: [], error: { code: 'BLOB_MISSING' } }]);
    expect(remembered).toEqual([]);
  });

  it('can be undone, which takes the rows away', async () => {
    const good = join(folder.path, 'good');
    await makeLayout(good);
    const { catalog, remembered } = open();
    const shown = mirror(catalog);
    const [added] = await catalog.add([good]);
    await expect.poll(shown).toHaveLength(1);
    await catalog.remove(added?.sourceId ?? '');
    expect(shown()).toEqual([]);
    expect(catalog.images()).toEqual([]);
    expect(remembered.at(-1)).toEqual([]);
    const [storeSource] = catalog.sources();
    await expect(catalog.remove(storeSource?.id ?? '')).rejects.toThrow(/cannot be removed/);
  });
});

describe('changes on disk', () => {
  it('show up: new, changed and removed images of a store', async () => {
    await makeImageStore(store, ['a/one:1', 'a/two:1']);
    const { catalog } = open();
    const shown = mirror(catalog);
    await catalog.rescan();
    await makeImageStore(store, ['a/three:1']);
    await expect.poll(shown, { timeout: 5000 }).toEqual(['a/one:1', 'a/three:1', 'a/two:1']);
    await rm(join(store, 'a_two'), { recursive: true });
    await expect.poll(shown, { timeout: 5000 }).toEqual(['a/one:1', 'a/three:1']);
    const index = join(store, 'a_one', 'index.json');
    await writeFile(`${index}.new`, (await readFile(index, 'utf8')).replace('a/one:1', 'a/one:2'));
    await rename(`${index}.new`, index);
    await expect.poll(shown, { timeout: 5000 }).toEqual(['a/one:2', 'a/three:1']);
  });

  it('show up in a layout that is written in place', async () => {
    const layout = join(folder.path, 'layout');
    await makeLayout(layout, { refName: 'v1' });
    const { catalog } = open([layout]);
    await catalog.rescan();
    await makeLayout(layout, { refName: 'v2', seed: 'new' });
    await expect.poll(() => names(catalog), { timeout: 5000 }).toEqual(['layout:v2']);
    await appendFile(join(layout, 'index.json'), '!');
    await expect
      .poll(() => catalog.sources().map((source) => source.error?.code), { timeout: 5000 })
      .toContain('LAYOUT_INVALID');
  });

  it('a folder that goes away says why, and comes back by itself', async () => {
    const layout = join(folder.path, 'layout');
    await makeLayout(layout, { refName: 'a/b:1' });
    const { catalog } = open([layout]);
    const source = () => catalog.sources().find((candidate) => candidate.location === layout);
    await catalog.rescan();
    await rename(layout, `${layout}.away`);
    await expect.poll(() => source()?.state, { timeout: 5000 }).toBe('unreachable');
    expect(source()?.error?.message).toContain('the folder does not exist');
    expect(catalog.images()).toEqual([]);
    await rename(`${layout}.away`, layout);
    await expect.poll(() => source()?.state, { timeout: 8000 }).toBe('ready');
    expect(names(catalog)).toEqual(['a/b:1']);
  }, 15_000);
});

it('sends the first of many rows before it has read them all, and the rest in batches', async () => {
  makeManyLayouts(store, 600);
  const { catalog } = open();
  const batches: number[] = [];
  catalog.on('images', ({ upserted }) => batches.push(upserted.length));
  catalog.start();
  await expect.poll(() => catalog.sources()[0]?.state, { timeout: 20_000 }).toBe('ready');
  expect(batches.reduce((sum, count) => sum + count, 0)).toBe(600);
  expect(batches[0]).toBeLessThan(600);
  expect(batches.length).toBeLessThan(200);
}, 30_000);
