import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readImageTree } from '../../../../../electron/image/tree.ts';
import { ContainersStorageSource } from '../../../../../electron/sources/containers-storage/source.ts';
import { findInStorage, repositoryInStorage } from '../../../../../electron/sources/find/in-containers-storage.ts';
import type { ImageSummary } from '../../../../../shared/images.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { type MadeLayer, StoreMaker } from './store-maker.ts';

let folder: TempDir;
let maker: StoreMaker;
let base: MadeLayer;
let top: MadeLayer;

beforeEach(async () => {
  folder = await makeTempDir('storage');
  maker = new StoreMaker(join(folder.path, 'store'));
  base = await maker.addLayer([Buffer.from('one'), { name: 'a', content: Buffer.from('file a') }]);
  top = await maker.addLayer([Buffer.from('two'), { name: 'b', content: Buffer.from('file b') }], base);
});
afterEach(() => folder.remove());

function open(additional: string[] = [], driver?: string): ContainersStorageSource {
  return new ContainersStorageSource({ root: maker.root, driver, additional });
}

async function rows(source: ContainersStorageSource): Promise<ImageSummary[]> {
  const all: ImageSummary[] = [];
  for await (const row of source.list()) all.push(row);
  return all;
}

async function only(source: ContainersStorageSource): Promise<ImageSummary> {
  const [row] = await rows(source);
  if (!row) throw new Error('no image');
  return row;
}

describe('a containers-storage store', () => {
  test('lists its images with names, platform and size', async () => {
    const image = await maker.addImage(['localhost/acme/web:1', 'quay.io/acme/web:1'], [base, top]);
    expect(await rows(open())).toMatchObject([
      {
        name: 'localhost/acme/web:1',
        references: ['localhost/acme/web:1', 'quay.io/acme/web:1'],
        kind: 'image',
        digest: image.digest,
        platforms: [{ os: 'linux', architecture: 'amd64' }],
      },
    ]);
  });

  test.each([
    ['none', { 'signatures-sizes': { 'sha256:a': [] } }, 0],
    [
      'those of its manifests',
      { 'signature-sizes': [7], 'signatures-sizes': { 'sha256:a': [7], 'sha256:b': [7, 9] } },
      3,
    ],
    ['those of an older version', { 'signature-sizes': [7, 9] }, 2],
    ['none that another program has written', { 'signature-sizes': 'many' }, 0],
  ])('counts the signatures that it keeps next to an image: %s', async (_, metadata, count) => {
    await maker.addImage(['localhost/a:1'], [base, top], { metadata });
    const source = open();
    expect(await (await source.open((await only(source)).id)).companions?.(new Set())).toBe(count);
  });

  test('gives the image’s own manifest where it names the plain layers', async () => {
    const { manifest } = await maker.addImage(['localhost/a:1'], [base, top]);
    const source = open();
    const image = await source.open((await only(source)).id);
    expect(Buffer.from(await image.read(image.root)).toString()).toBe(manifest);
    expect(image.uncompressed).toBe(true);
  });

  test('finds the size of a layer itself where an old version of the library has not kept it', async () => {
    const old = await maker.addLayer([Buffer.from('old'), { name: 'c', content: Buffer.from('file c') }], base, false);
    const { manifest } = await maker.addImage(['localhost/a:1'], [base, old]);
    const source = open();
    const image = await source.open((await only(source)).id);
    expect(Buffer.from(await image.read(image.root)).toString()).toBe(manifest);
    const layer = (await readImageTree(image)).blobs.find(({ descriptor }) => descriptor.digest === old.digest);
    expect(layer?.descriptor.size).toBe(old.size);
    if (layer) expect((await buffer(image.blob(layer.descriptor))).equals(old.tar)).toBe(true);
  });

  test('makes a manifest of plain layers for an image that was pulled compressed, with the same config', async () => {
    const { id } = await maker.addImage(['docker.io/library/a:1'], [base, top], { pulled: true });
    const source = open();
    const image = await source.open((await only(source)).id);
    const tree = await readImageTree(image);
    expect(tree.manifests[0]?.parsed).toMatchObject({
      mediaType: MediaType.ociManifest,
      config: { digest: `sha256:${id}`, mediaType: MediaType.ociConfig },
      layers: [base, top].map(({ digest, size }) => ({ digest, size, mediaType: MediaType.ociLayer })),
      annotations: { kept: 'yes' },
    });
    for (const { descriptor, kind } of tree.blobs) {
      await image.check(descriptor);
      if (kind !== 'layer') continue;
      const wanted = [base, top].find(({ digest }) => digest === descriptor.digest);
      expect((await buffer(image.blob(descriptor))).equals(wanted?.tar ?? Buffer.alloc(0))).toBe(true);
    }
  });

  test('reads vfs as it reads overlay, and both from one folder', async () => {
    await maker.addImage(['localhost/over:1'], [base, top]);
    const vfs = new StoreMaker(maker.root, 'vfs');
    const layer = await vfs.addLayer([{ name: 'v', content: Buffer.from('vfs') }]);
    await vfs.addImage(['localhost/vfs:1'], [layer]);
    expect((await rows(open())).map(({ name }) => name)).toEqual(['localhost/over:1', 'localhost/vfs:1']);
    expect((await rows(open([], 'vfs'))).map(({ name }) => name)).toEqual(['localhost/vfs:1']);
  });

  test('uses images and layers of additional stores, and does without one that is not there', async () => {
    const other = new StoreMaker(join(folder.path, 'shared'));
    const shared = await other.addLayer([{ name: 's', content: Buffer.from('shared') }]);
    await other.addImage(['localhost/shared:1'], [shared]);
    const onTop = await maker.addLayer([Buffer.from('on top')], shared);
    await maker.addImage(['localhost/own:1'], [shared, onTop]);
    expect(await rows(open([other.root, join(folder.path, 'nowhere')]))).toMatchObject([
      { name: 'localhost/own:1', kind: 'image' },
      { name: 'localhost/shared:1', kind: 'image' },
    ]);
  });

  test('that is not there yet gives the images of its additional stores', async () => {
    await maker.addImage(['localhost/shared:1'], [base]);
    const root = join(folder.path, 'nowhere');
    const source = new ContainersStorageSource({ root, driver: undefined, additional: [maker.root] });
    expect((await rows(source)).map(({ name }) => name)).toEqual(['localhost/shared:1']);
    const none = new ContainersStorageSource({ root, driver: undefined, additional: [root] });
    await expect(rows(none)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', facts: { path: root } });
  });

  test('opens a manifest list with the images that it names', async () => {
    const pulled = await maker.addImage(['localhost/a:1'], [base], { pulled: true });
    const entry = { mediaType: MediaType.ociManifest, digest: pulled.digest, size: pulled.manifest.length };
    const platform = { os: 'linux', architecture: 'amd64' };
    const gone = { ...entry, digest: `sha256:${'e'.repeat(64)}`, platform: { os: 'linux', architecture: 'arm64' } };
    const index = { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [{ ...entry, platform }, gone] };
    await maker.addRecord('c'.repeat(64), ['localhost/list:1'], { manifest: JSON.stringify(index) });
    const source = open();
    const row = (await rows(source)).find(({ name }) => name === 'localhost/list:1');
    expect(row).toMatchObject({ kind: 'index' });
    const tree = await readImageTree(await source.open(row?.id ?? ''));
    expect(tree.missing).toMatchObject([{ digest: gone.digest }]);
    expect(tree.blobs.map(({ descriptor }) => descriptor.digest)).toContain(base.digest);
  });

  test('leaves out nameless images that others were built on', async () => {
    await maker.addImage([], [base]);
    await maker.addImage(['localhost/a:1'], [base, top]);
    expect((await rows(open())).map(({ name }) => name)).toEqual(['localhost/a:1']);
  });

  test('leaves out nameless images that differ from others in steps without a layer', async () => {
    const steps = ['COPY web /', 'ENV A=b', 'CMD ["/web"]'];
    await maker.addImage([], [base, top], { history: steps.slice(0, 1) });
    await maker.addImage([], [base, top], { history: steps.slice(0, 2) });
    await maker.addImage(['localhost/a:1'], [base, top], { history: steps });
    const other = await maker.addImage([], [base, top], { history: ['COPY web /', 'ENV A=c'] });
    expect((await rows(open())).map(({ name }) => name)).toEqual(['localhost/a:1', other.id.slice(0, 12)]);
  });

  test('shows what is wrong with one image next to the good ones', async () => {
    await maker.addImage(['localhost/good:1'], [base]);
    await maker.addImage(['localhost/odd:1'], [base, top], { diffIds: [top.digest, base.digest] });
    await maker.addRecord('d'.repeat(64), ['localhost/bare:1'], {}, base.id);
    expect(await rows(open())).toMatchObject([
      { name: 'localhost/good:1', kind: 'image' },
      { name: 'localhost/odd:1', kind: 'broken', error: { code: 'STORE_INVALID' } },
      { name: 'localhost/bare:1', kind: 'broken', error: { code: 'BLOB_MISSING' } },
    ]);
  });

  test('shows images that come and go', async () => {
    const source = open();
    await maker.addImage(['localhost/a:1'], [base]);
    expect(await rows(source)).toHaveLength(1);
    await maker.addImage(['localhost/b:1'], [base, top]);
    expect(await rows(source)).toHaveLength(2);
    expect(await rows(source)).toHaveLength(2);
  });

  test('says that a layer was removed while it was read', async () => {
    await maker.addImage(['localhost/a:1'], [base]);
    const source = open();
    const image = await source.open((await only(source)).id);
    const layer = (await readImageTree(image)).blobs.find(({ kind }) => kind === 'layer');
    if (!layer) throw new Error('no layer');
    await rm(base.tree, { recursive: true });
    await expect(buffer(image.blob(layer.descriptor))).rejects.toMatchObject({ code: 'STORE_INVALID' });
    await maker.removeLayers();
    const failure = { code: 'BLOB_MISSING', message: expect.stringContaining('removed while it was read') };
    await expect(buffer(image.blob(layer.descriptor))).rejects.toMatchObject(failure);
    await expect(image.check(layer.descriptor)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
  });

  test('that is damaged, absent or of another driver is an error with the reason', async () => {
    await writeFile(join(maker.root, 'overlay-layers', 'layers.json'), '[{"id":"../../etc"}]');
    await maker.write();
    await writeFile(join(maker.root, 'overlay-layers', 'layers.json'), '[{"id":"../../etc"}]');
    await expect(rows(open())).rejects.toMatchObject({
      code: 'STORE_INVALID',
      message: expect.stringContaining('0.id'),
    });
    await writeFile(join(maker.root, 'overlay-images', 'images.json'), '[{]');
    await expect(rows(open())).rejects.toMatchObject({ code: 'STORE_INVALID' });
    maker = new StoreMaker(join(folder.path, 'nowhere'));
    await expect(rows(open())).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
    maker = new StoreMaker(join(folder.path, 'btrfs'));
    await rm(maker.root, { recursive: true, force: true });
    await new StoreMaker(maker.root, 'btrfs' as 'vfs').write();
    await expect(rows(open())).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', hint: 'use-podman-socket' });
  });
});

describe('an image of the store', () => {
  const environment = () => ({
    env: {},
    homeDir: folder.path,
    platform: 'linux' as const,
    uid: 1000,
    temporaryDir: tmpdir(),
  });
  const find = (name: string) => findInStorage(`[overlay@${maker.root}+/run/x]${name}`, environment());

  test('is found by its name, without registry, without tag, and by the beginning of its id', async () => {
    const { id } = await maker.addImage(['localhost/acme/web:latest', 'quay.io/acme/web:2'], [base]);
    await maker.addImage(['docker.io/library/alpine:3'], [base, top]);
    for (const name of [
      'localhost/acme/web:latest',
      'localhost/acme/web',
      'acme/web',
      'web',
      id,
      id.slice(0, 12),
      `@${id}`,
    ])
      expect((await find(name)).name).toBe('localhost/acme/web:latest');
    expect(await find('acme/web:2')).toMatchObject({ name: 'quay.io/acme/web:2', references: ['quay.io/acme/web:2'] });
    expect((await find('acme/web:2')).id).toBe((await find(id)).id);
    expect((await find('alpine:3')).name).toBe('docker.io/library/alpine:3');
  });

  test('is found by the digest of its manifest, with any tag before it, and by ids of any length', async () => {
    const { id, digest } = await maker.addImage(['quay.io/acme/web:1'], [base]);
    await maker.addImage(['quay.io/acme/other:1'], [base, top]);
    for (const name of [
      `quay.io/acme/web@${digest}`,
      `quay.io/acme/web:1@${digest}`,
      `quay.io/acme/web:9@${digest}`,
      `acme/web@${digest}`,
      `sha256:${id}`,
      id.slice(0, 5),
      `acme/web@${id}`,
    ])
      expect((await find(name)).name).toBe('quay.io/acme/web:1');
    await expect(find(`quay.io/acme/other@${digest}`)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  test('of schema 1 is one with the config that its id is of', async () => {
    const v1 = (value: object) => JSON.stringify(value);
    const manifest = JSON.stringify({
      schemaVersion: 1,
      name: 'acme/old',
      tag: '1',
      architecture: 'amd64',
      fsLayers: ['c', 'b', 'a'].map((hex) => ({ blobSum: `sha256:${hex.repeat(64)}` })),
      history: [
        {
          v1Compatibility: v1({ id: '3', parent: '2', architecture: 'amd64', os: 'linux', config: { Cmd: ['/old'] } }),
        },
        { v1Compatibility: v1({ id: '2', parent: '1', throwaway: true }) },
        { v1Compatibility: v1({ id: '1' }) },
      ],
    });
    await maker.addRecord('f'.repeat(64), ['quay.io/acme/old:1'], { manifest }, top.id);
    const tree = await readImageTree(await (await find('acme/old:1')).open());
    expect(tree.blobs.map(({ kind, descriptor }) => [kind, descriptor.digest])).toEqual([
      ['config', expect.any(String)],
      ['layer', base.digest],
      ['layer', top.digest],
    ]);
    await maker.addRecord('e'.repeat(64), ['quay.io/acme/short:1'], { manifest }, base.id);
    await expect((await find('acme/short:1')).open()).rejects.toMatchObject({ code: 'STORE_INVALID' });
  });

  test('whose repository has several tags says so, and names --all-tags', async () => {
    await maker.addImage(['quay.io/acme/web:1', 'quay.io/acme/web:2'], [base]);
    await expect(find('acme/web')).rejects.toMatchObject({
      code: 'IMAGE_AMBIGUOUS',
      message: expect.stringMatching(/2 tags of acme\/web \(1, 2\).*--all-tags/),
    });
    await maker.addImage(['quay.io/acme/web:latest'], [base, top]);
    expect((await find('acme/web')).note).toMatch(/3 tags.*--all-tags/);
    const text = `[overlay@${maker.root}+/run/x]acme/web`;
    expect((await repositoryInStorage(text, environment())).map(({ references }) => references)).toEqual([
      ['quay.io/acme/web:1', 'quay.io/acme/web:2'],
      ['quay.io/acme/web:latest'],
    ]);
  });

  test('whose layers are kept in composefs is told to be there for Podman’s service', async () => {
    await maker.addImage(['localhost/flat:1'], [base]);
    const image = await (await find('localhost/flat:1')).open();
    const { blobs } = await readImageTree(image);
    const layer = blobs.find(({ kind }) => kind === 'layer')?.descriptor;
    if (!layer) throw new Error('no layer');
    await image.check(layer);
    await mkdir(join(base.tree, '..', 'composefs-data'));
    await expect(image.check(layer)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      hint: 'use-podman-socket',
      message: expect.stringContaining(`the layer ${base.id.slice(0, 12)} in composefs`),
    });
  });

  test('is found in an image store that the options of the store name', async () => {
    await maker.addImage(['localhost/shared:1'], [base]);
    const text = `[overlay@${join(folder.path, 'nowhere')}+/run/x:overlay.imagestore=${maker.root}]localhost/shared:1`;
    expect((await findInStorage(text, environment())).name).toBe('localhost/shared:1');
  });

  test('has its layers whole in an image store, of which podman 5 keeps a part with its containers', async () => {
    const { digest } = await maker.addImage(['localhost/shared:1'], [base]);
    const graphRoot = join(folder.path, 'graphroot');
    await mkdir(join(graphRoot, 'overlay-layers'), { recursive: true });
    await rename(base.tarSplit, join(graphRoot, 'overlay-layers', basename(base.tarSplit)));
    const text = `[overlay@${graphRoot}+/run/x:overlay.imagestore=${maker.root}]localhost/shared:1`;
    const image = await (await findInStorage(text, environment())).open();
    expect(image.root.digest).toBe(digest);
    const { blobs } = await readImageTree(image);
    const layer = blobs.find(({ kind }) => kind === 'layer')?.descriptor;
    if (!layer) throw new Error('no layer');
    await image.check(layer);
    expect((await buffer(image.blob(layer))).equals(base.tar)).toBe(true);
  });

  test('that is not there or not the only one is an error with names', async () => {
    await maker.addImage(['localhost/a/web:1'], [base]);
    await maker.addImage(['localhost/b/web:1'], [base, top]);
    const candidates = ['a', 'b'].map(
      (name) => `containers-storage:[overlay@${maker.root}+/run/x]localhost/${name}/web:1`,
    );
    await expect(find('web:1')).rejects.toMatchObject({ code: 'IMAGE_AMBIGUOUS', facts: { candidates } });
    await expect(find('none')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', facts: { candidates } });
    await expect(find('')).rejects.toMatchObject({ code: 'USAGE' });
    for (const candidate of candidates)
      await expect(findInStorage(candidate.slice(19), environment())).resolves.toBeDefined();
  });
});
