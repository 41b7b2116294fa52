import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findImage, listImages } from '../../../../electron/sources/find-image.ts';
import { splitPathName } from '../../../../electron/sources/find-in-listing.ts';
import { breakLayout } from '../../../fixtures/break-layouts.ts';
import { makeImageStore } from '../../../fixtures/image-store.ts';
import { LayoutWriter, makeLayout } from '../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

const ALPINE = 'registry.cn-shanghai.aliyuncs.com/tangxusc/alpine:3.18.0';
const ALPINE_NAME = 'registry.cn-shanghai.aliyuncs.com_tangxusc_alpine';

let folder: TempDir;
let store: string;
let cwd: string;

beforeEach(async () => {
  folder = await makeTempDir('find');
  store = join(folder.path, 'images');
  cwd = join(folder.path, 'work');
  await mkdir(cwd);
});

afterEach(() => folder.remove());

function find(text: string) {
  return findImage(text, { imagesStoreDir: store, cwd });
}

describe('an image of the store', () => {
  beforeEach(() => makeImageStore(store, [ALPINE, 'ghcr.io/acme/web:1.2']));

  it.each([
    ['its Name', ALPINE_NAME],
    ['its Ref', ALPINE],
    ['another tag of its reference', 'registry.cn-shanghai.aliyuncs.com/tangxusc/alpine:9'],
    ['its reference without a tag', 'registry.cn-shanghai.aliyuncs.com/tangxusc/alpine'],
    ['its reference with spaces around', `  ${ALPINE} `],
  ])('is found by %s', async (_how, text) => {
    const found = await find(text);
    expect(found.name).toBe(ALPINE);
    const image = await found.open();
    expect(image.references).toEqual([ALPINE]);
    expect((await image.read(image.root)).byteLength).toBe(image.root.size);
  });

  it('is found by an exact Ref before a Name that the reference turns into', async () => {
    await makeLayout(join(store, 'other'), { refName: 'registry.cn-shanghai.aliyuncs.com/tangxusc/alpine:3.19' });
    expect((await find('registry.cn-shanghai.aliyuncs.com/tangxusc/alpine:3.19')).id).toContain('["other"]');
    expect((await find(ALPINE)).id).toContain(ALPINE_NAME);
  });

  it('is not found in a folder that begins with a dot', async () => {
    await makeLayout(join(store, '.hidden'));
    await expect(find('.hidden')).rejects.toThrow();
    expect((await Array.fromAsync(listImages([], { imagesStoreDir: store, cwd }))).map((row) => row.storeName)).toEqual(
      ['ghcr.io_acme_web', ALPINE_NAME],
    );
  });

  it('that is not there is an error which names the store and what is close', async () => {
    await expect(find('alpine')).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringContaining(store),
      facts: { candidates: [ALPINE] },
    });
    await expect(find('postgres')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', facts: { candidates: [] } });
  });

  it('with a Ref that occurs twice is ambiguous', async () => {
    await makeLayout(join(store, 'copy'), { refName: ALPINE });
    await expect(find(ALPINE)).rejects.toMatchObject({
      code: 'IMAGE_AMBIGUOUS',
      facts: { candidates: ['copy', ALPINE_NAME] },
    });
  });

  it('that is broken says why, and does not keep the others from being found', async () => {
    await breakLayout.truncatedIndex(join(store, ALPINE_NAME));
    await expect(find(ALPINE_NAME)).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
    expect((await find('ghcr.io/acme/web:1.2')).name).toBe('ghcr.io/acme/web:1.2');
    const rows = await Array.fromAsync(listImages([store], { imagesStoreDir: store, cwd }));
    expect(rows.map((row) => [row.storeName, row.kind])).toEqual([
      ['ghcr.io_acme_web', 'image'],
      [ALPINE_NAME, 'broken'],
    ]);
  });

  it('is used when a folder of the same name here is no layout', async () => {
    await mkdir(join(cwd, ALPINE_NAME));
    expect((await find(ALPINE_NAME)).name).toBe(ALPINE);
  });
});

it('a store that is not there is named in the error', async () => {
  await expect(find('alpine')).rejects.toMatchObject({
    code: 'IMAGE_NOT_FOUND',
    message: expect.stringContaining(store),
  });
});

describe('a layout by its path', () => {
  it.each(['app', './app', 'oci:app', 'oci:./app:', 'app/index.json'])('is found as %s', async (text) => {
    const { image } = await makeLayout(join(cwd, 'app'));
    expect((await (await find(text)).open()).root.digest).toBe(image.digest);
  });

  it('with several images needs a name, which may be a whole reference', async () => {
    const layout = await LayoutWriter.create(join(cwd, 'app'));
    const one = await layout.image({ seed: 'one' });
    const two = await layout.image({ seed: 'two' });
    await layout.list(one, { refName: '1.0' }).list(two, { refName: 'localhost:5000/a/b:2' }).finish();
    const path = join(cwd, 'app');
    const candidates = [`oci:${path}:1.0`, `oci:${path}:localhost:5000/a/b:2`];
    await expect(find('app')).rejects.toMatchObject({ code: 'IMAGE_AMBIGUOUS', facts: { candidates } });
    await expect(find('oci:app:3')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', facts: { candidates } });
    expect((await (await find('oci:app:1.0')).open()).root.digest).toBe(one.digest);
    expect((await (await find('oci:app:localhost:5000/a/b:2')).open()).root.digest).toBe(two.digest);
    for (const candidate of candidates) await expect(find(candidate)).resolves.toBeDefined();
  });

  it('that is broken says what is wrong instead of looking elsewhere', async () => {
    await makeLayout(join(cwd, 'app'));
    await breakLayout.missingIndex(join(cwd, 'app'));
    await expect(find('./app')).rejects.toThrow(/index\.json is missing/);
    await expect(find('oci:nowhere')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
    await expect(find('./nowhere')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });

  it('that is a file or an empty folder is no layout', async () => {
    await writeFile(join(cwd, 'file'), 'x');
    await mkdir(join(cwd, 'empty'));
    await expect(find('./file')).rejects.toMatchObject({
      code: 'LAYOUT_INVALID',
      message: expect.stringContaining('it is a file'),
    });
    await expect(find('./empty')).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
  });

  it('that holds layouts asks for one of them', async () => {
    await makeLayout(join(cwd, 'many', 'a'));
    await makeLayout(join(cwd, 'many', 'b'));
    const candidates = [join(cwd, 'many', 'a'), join(cwd, 'many', 'b')];
    await expect(find('./many')).rejects.toMatchObject({ code: 'IMAGE_AMBIGUOUS', facts: { candidates } });
  });

  it('with no images says so', async () => {
    await (await LayoutWriter.create(join(cwd, 'empty'))).finish();
    await expect(find('oci:empty')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });
});

describe('oci:PATH:NAME', () => {
  it.each([
    ['/a/b', '/a/b', undefined],
    ['/a/b:1.0', '/a/b', '1.0'],
    ['a:localhost:5000/x/y:1', 'a', 'localhost:5000/x/y:1'],
    ['C:\\images\\app', 'C:\\images\\app', undefined],
    ['C:\\images\\app:1.0', 'C:\\images\\app', '1.0'],
    ['c:/images/app:1.0', 'c:/images/app', '1.0'],
  ])('splits %s', async (text, path, image) => {
    expect(await splitPathName(text, cwd)).toEqual({ path, image });
  });

  it('takes a folder whose name has a colon', async () => {
    await mkdir(join(cwd, 'a:b'));
    expect(await splitPathName('a:b', cwd)).toEqual({ path: 'a:b', image: undefined });
  });
});

describe('listing images', () => {
  it('goes on after a path that gives nothing', async () => {
    await makeLayout(join(cwd, 'good'), { refName: 'a/b:1' });
    const rows = await Array.fromAsync(listImages(['nowhere', 'good'], { imagesStoreDir: store, cwd }));
    expect(rows.map((row) => [row.name, row.kind])).toEqual([
      ['nowhere', 'broken'],
      ['a/b:1', 'image'],
    ]);
  });

  it('passes over folders that are no layouts', async () => {
    await makeLayout(join(cwd, 'many', 'a'), { refName: 'a/b:1' });
    await makeLayout(join(cwd, 'many', 'b'));
    await rm(join(cwd, 'many', 'b', 'index.json'));
    await mkdir(join(cwd, 'many', 'notes'));
    const rows = await Array.fromAsync(listImages(['many'], { imagesStoreDir: store, cwd }));
    expect(rows.map((row) => [row.name, row.kind])).toEqual([
      ['a/b:1', 'image'],
      ['b', 'broken'],
    ]);
  });
});
