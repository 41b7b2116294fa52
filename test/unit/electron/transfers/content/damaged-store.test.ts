import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ContainersStorageSource } from '../../../../../electron/sources/containers-storage/source.ts';
import { parseReference } from '../../../../../shared/reference.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { startRegistry, type TestRegistry } from '../../../../registry/server.ts';
import { type MadeLayer, StoreMaker } from '../../sources/containers-storage/store-maker.ts';
import { makePusher } from '../harness.ts';

let folder: TempDir;
let registry: TestRegistry;
let maker: StoreMaker;
let layer: MadeLayer;

beforeEach(async () => {
  [folder, registry] = await Promise.all([makeTempDir('damaged'), startRegistry({ storage: 'memory' })]);
  maker = new StoreMaker(join(folder.path, 'store'));
  const files = ['a', 'b'].map((name) => ({ name: `etc/${name}`, content: Buffer.from(`file ${name}`) }));
  layer = await maker.addLayer([Buffer.from('header'), ...files, Buffer.from('padding')]);
  await maker.addImage(['localhost/acme/web:1'], [layer]);
});
afterEach(async () => {
  await registry.close();
  await folder.remove();
});

async function outcome() {
  const source = new ContainersStorageSource({ root: maker.root, driver: undefined, additional: [] });
  const rows = await Array.fromAsync(source.list());
  const [row] = rows;
  if (!row) throw new Error('no image');
  await using pusher = makePusher();
  const target = parseReference(`${registry.host}/acme/web:1`);
  const request = { imageId: row.id, imageName: row.name, openImage: () => source.open(row.id), target, options: {} };
  const { job } = await pusher.service.settled(pusher.service.start(request));
  return job;
}

it('a store whose files are as they were is pushed', async () => {
  expect(await outcome()).toMatchObject({ state: 'done' });
});

it('a changed file of a store is named when its layer is compressed, and nothing is pushed', async () => {
  await writeFile(join(layer.tree, 'etc/b'), 'FILE b');
  const { state, error } = await outcome();
  expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'STORE_INVALID' } });
  expect(error?.message).toContain('etc/b: its content was changed');
  expect(registry.tags('acme/web').size).toBe(0);
});

it('a store that was pruned after the image was opened says which layer is gone', async () => {
  await rm(layer.tree, { recursive: true });
  expect(await outcome()).toMatchObject({ state: 'failed', error: { code: 'BLOB_MISSING' } });
});
