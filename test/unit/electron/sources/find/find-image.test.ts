import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAllImages, findEach, findImage, listImages } from '../../../../../electron/sources/find/find-image.ts';
import { splitPathName } from '../../../../../electron/sources/listing/selectors.ts';
import { breakLayout } from '../../../../fixtures/break-layouts.ts';
import { savedArchive, savedImage } from '../../../../fixtures/docker-archives.ts';
import { testStores } from '../../../../fixtures/environment.ts';
import { makeImageStore } from '../../../../fixtures/image-store.ts';
import { LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { StoreMaker } from '../containers-storage/store-maker.ts';

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

/** A computer without engines and stores of its own. */
const environment = {
  env: {},
  homeDir: '/nowhere',
  platform: 'win32' as const,
  uid: undefined,
  temporaryDir: tmpdir(),
};

function find(text: string) {
  return findImage(text, { imagesStoreDir: store, cwd, ...testStores(environment) });
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
    expect(
      (await Array.fromAsync(listImages([], { imagesStoreDir: store, cwd, ...testStores() }))).map(
        (row) => row.storeName,
      ),
    ).toEqual(['ghcr.io_acme_web', ALPINE_NAME]);
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
    const rows = await Array.fromAsync(listImages([store], { imagesStoreDir: store, cwd, ...testStores() }));
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

  it('that is a pipe is told to be one, under whatever name, and is never waited for', async () => {
    const pipe = join(cwd, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    for (const text of ['./pipe', 'oci:pipe', 'oci-archive:pipe', 'docker-archive:pipe']) {
      await expect(find(text)).rejects.toMatchObject({
        message: expect.stringContaining('it is a pipe, not a ') as string,
      });
    }
    await expect(find('dir:pipe')).rejects.toMatchObject({
      message: expect.stringContaining('it is not a folder') as string,
    });
    for await (const row of listImages([pipe], { imagesStoreDir: store, cwd, ...testStores() })) {
      expect(row.error?.message).toBe(`Cannot read ${pipe}: it is a pipe, not a file.`);
    }
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

describe('an image of a layout', () => {
  async function twoImages() {
    const layout = await LayoutWriter.create(join(cwd, 'app'));
    const named = await layout.image({ seed: 'named' });
    const bare = await layout.image({ seed: 'bare' });
    await layout.list(named, { refName: '1.0' }).list(named, { refName: 'acme/app:1.0' }).list(bare).finish();
    return { named, bare, path: join(cwd, 'app') };
  }

  it('without a name is found by its digest, the beginning of it, or its position', async () => {
    const { bare } = await twoImages();
    const hex = bare.digest.slice(7);
    for (const text of [
      `oci:app@${bare.digest}`,
      `app@${bare.digest}`,
      `./app@${hex.slice(0, 8)}`,
      'oci:app:@2',
      'app:@2',
    ])
      expect((await (await find(text)).open()).root.digest).toBe(bare.digest);
    await expect(find('oci:app:@3')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    await expect(find(`oci:app@sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  it('is listed as what can be typed, and so is every candidate', async () => {
    const { named, bare, path } = await twoImages();
    const error = await find('app').catch((thrown: unknown) => thrown);
    const candidates = [`oci:${path}:acme/app:1.0`, `oci:${path}@${bare.digest.slice(7, 19)}`];
    expect(error).toMatchObject({ code: 'IMAGE_AMBIGUOUS', facts: { candidates } });
    const rows = await Array.fromAsync(listImages([path], { imagesStoreDir: store, cwd, ...testStores() }));
    expect(rows.map(({ transport, ref }) => `${transport}:${ref}`)).toEqual(candidates);
    for (const [at, text] of [...candidates, ...rows.map(({ ref }) => ref ?? '')].entries())
      expect((await (await find(text)).open()).root.digest).toBe([named, bare][at % 2]?.digest);
  });

  it('with two tags is one image, with the names of both', async () => {
    const layout = await LayoutWriter.create(join(cwd, 'app'));
    const image = await layout.image();
    await layout.list(image, { refName: 'red' }).list(image, { refName: 'purple' }).finish();
    const found = await find('app');
    expect((await found.open()).references).toEqual(['red', 'purple']);
    expect(await findAllImages('app', { imagesStoreDir: store, cwd, ...testStores(environment) })).toHaveLength(1);
  });

  it('is pushed to the name that was typed, or to the reference with the tag that was typed', async () => {
    const layout = await LayoutWriter.create(join(cwd, 'app'));
    const image = await layout.image();
    const names = ['acme/app:1', 'acme/app:2'];
    for (const imageName of names) layout.list(image, { refName: imageName.slice(-1), imageName });
    await layout.finish();
    for (const text of ['app:acme/app:2', 'app:2', 'app:docker.io/acme/app:2'])
      expect((await find(text)).references).toEqual(['acme/app:2']);
    expect((await find('app')).references).toBeUndefined();
  });

  it('that cosign has saved is meant where its signatures lie next to it, and that is said', async () => {
    const layout = await LayoutWriter.create(join(cwd, 'app'));
    const [image, signature] = [await layout.image({ seed: 'image' }), await layout.image({ seed: 'signature' })];
    await layout.list(image).list(signature).finish();
    const index = JSON.parse(await readFile(join(cwd, 'app/index.json'), 'utf8')) as { manifests: object[] };
    const kinds = [
      { kind: 'dev.cosignproject.cosign/image', 'dev.cosignproject.cosign/imageRef': 'acme/app:1' },
      { kind: 'dev.cosignproject.cosign/sigs' },
    ];
    const manifests = index.manifests.map((entry, at) => ({ ...entry, annotations: kinds[at] }));
    await writeFile(join(cwd, 'app/index.json'), JSON.stringify({ ...index, manifests }));
    const found = await find('app');
    expect(found).toMatchObject({ name: 'acme/app:1', note: expect.stringContaining('not pushed') });
    expect((await found.open()).root.digest).toBe(image.digest);
    expect((await (await find('app:@1')).open()).root.digest).toBe(signature.digest);
  });

  it('that oras has copied with what is attached to it is meant, and the push tells of the rest', async () => {
    const layout = await LayoutWriter.create(join(cwd, 'app'));
    const [image, sbom] = [await layout.image({ seed: 'image' }), await layout.image({ seed: 'sbom' })];
    await layout.list(image).list(sbom).finish();
    const index = JSON.parse(await readFile(join(cwd, 'app/index.json'), 'utf8')) as { manifests: object[] };
    const manifests = [index.manifests[0], { ...index.manifests[1], artifactType: 'application/spdx+json' }];
    await writeFile(join(cwd, 'app/index.json'), JSON.stringify({ ...index, manifests }));
    const found = await find('app');
    expect(found.note).toBeUndefined();
    expect((await found.open()).root.digest).toBe(image.digest);
    expect((await (await find(`app@${sbom.digest}`)).open()).root.digest).toBe(sbom.digest);
    const options = { imagesStoreDir: store, cwd, ...testStores(environment) };
    // What has no tag is told there.
    expect(await findAllImages('app', options)).toHaveLength(2);
    expect((await findEach('app', options)).map(({ id }) => id)).toEqual([found.id]);
  });

  it('with the tag of a signature next to it is meant, and the push tells of that', async () => {
    const layout = await LayoutWriter.create(join(cwd, 'app'));
    const [image, signature] = [await layout.image({ seed: 'image' }), await layout.image({ seed: 'signature' })];
    const refName = `${image.digest.replace(':', '-')}.sig`;
    await layout.list(image, { refName: '1' }).list(signature, { refName }).finish();
    expect(await find('app')).toMatchObject({ name: 'app:1' });
    expect((await find('app')).note).toBeUndefined();
  });

  it('that podman has named below localhost is found without that, and where both are, the other is meant', async () => {
    const layout = await LayoutWriter.create(join(cwd, 'app'));
    const [local, other] = [await layout.image({ seed: 'local' }), await layout.image({ seed: 'other' })];
    layout.list(local, { refName: 'localhost/web:1' }).list(local, { refName: 'localhost/db:1' });
    await layout.list(other, { refName: 'docker.io/library/db:1' }).finish();
    const web = await find('oci:app:web:1');
    expect(web.references).toEqual(['localhost/web:1']);
    expect((await web.open()).root.digest).toBe(local.digest);
    expect((await (await find('oci:app:db:1')).open()).root.digest).toBe(other.digest);
    await expect(find('oci:app:api:1')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  it('may be in a folder whose name has a colon', async () => {
    const { image } = await makeLayout(join(cwd, 'a:b'), { refName: '1' });
    await makeLayout(join(cwd, 'a'), { refName: 'b:1', seed: 'other' });
    for (const text of ['a:b', 'a:b:1', 'oci:a:b:1']) {
      expect((await (await find(text)).open()).root.digest).toBe(image.digest);
    }
  });
});

describe('a name without a path', () => {
  const storage = async () => {
    const maker = new StoreMaker(join(folder.path, 'storage'));
    const layer = await maker.addLayer([{ name: 'a', content: Buffer.from('a') }]);
    const path = join(folder.path, 'storage.conf');
    await writeFile(path, `[storage]\ngraphroot = "${maker.root}"`);
    const env = { CONTAINERS_STORAGE_CONF: path, DOCKER_HOST: `unix://${join(folder.path, 'none.sock')}` };
    const own = { env, homeDir: folder.path, platform: 'linux' as const, uid: 1000, temporaryDir: tmpdir() };
    return { add: (names: string[]) => maker.addImage(names, [layer]), own };
  };

  it('is looked up in containers-storage as buildah does it, and in the folders that were added', async () => {
    const { add, own } = await storage();
    await add(['localhost/acme/web:latest']);
    const added = join(folder.path, 'added');
    await makeLayout(join(added, 'one'), { refName: 'docker.io/acme/db:2' });
    const options = { imagesStoreDir: store, cwd, ...testStores(own), addedPaths: [added] };
    for (const name of ['acme/web', 'web:latest', 'localhost/acme/web'])
      expect((await findImage(name, options)).ref).toBe('containers-storage:localhost/acme/web:latest');
    expect((await findImage('acme/db:2', options)).ref).toBe(`oci:${join(added, 'one')}:docker.io/acme/db:2`);
  });

  it('that several stores have is an error that lists each with its transport', async () => {
    await makeImageStore(store, ['ghcr.io/acme/web:1.2']);
    const { add, own } = await storage();
    await add(['ghcr.io/acme/web:1.2']);
    const options = { imagesStoreDir: store, cwd, ...testStores(own) };
    const candidates = ['image-store:ghcr.io_acme_web', 'containers-storage:ghcr.io/acme/web:1.2'];
    await expect(findImage('ghcr.io/acme/web:1.2', options)).rejects.toMatchObject({
      code: 'IMAGE_AMBIGUOUS',
      facts: { candidates },
    });
    for (const ref of candidates) expect((await findImage(ref, options)).ref).toBe(ref);
  });

  it('that no store has is an error which says where it was looked for', async () => {
    const { add, own } = await storage();
    await add(['localhost/acme/web:1', 'localhost/acme/web:2']);
    const options = { imagesStoreDir: store, cwd, ...testStores(own) };
    await expect(findImage('acme/web:3', options)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringMatching(/image store .*, Docker, the Buildah\/Podman store, Podman/),
      facts: { candidates: ['localhost/acme/web:1', 'localhost/acme/web:2'] },
    });
    await expect(findImage('acme/web', options)).rejects.toMatchObject({
      code: 'IMAGE_AMBIGUOUS',
      message: expect.stringContaining('--all-tags'),
    });
    const all = await findAllImages('acme/web', options);
    expect(all.map(({ references }) => references)).toEqual([['localhost/acme/web:1', 'localhost/acme/web:2']]);
  });
});

describe('a folder of a project that has files of common names', () => {
  it.each([
    [{ 'index.json': '{"pages": []}' }, 'oci-layout and blobs are missing'],
    [{ version: '1.2\n', 'manifest.json': '{"short_name": "web"}' }, 'is not an OCI image layout'],
  ])('is no layout and no dir: %j', async (files, why) => {
    await mkdir(join(cwd, 'web'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, 'web', name), text);
    await makeImageStore(store, ['web:1']);
    expect((await find('web')).name).toBe('web:1');
    await expect(find('./web')).rejects.toThrow(new RegExp(why));
  });
});

describe('a file or folder here that is no image', () => {
  it('and has folders of skopeo sync, is told with how they are pushed', async () => {
    const synced = join(cwd, 'sync', 'quay.io', 'acme');
    await mkdir(join(synced, 'web:1.2'), { recursive: true });
    await writeFile(join(synced, 'web:1.2', 'version'), 'Directory Transport Version: 1.1\n');
    await writeFile(join(synced, 'web:1.2', 'manifest.json'), '{}');
    for (const text of ['./sync', './sync/quay.io/acme'])
      await expect(find(text)).rejects.toThrow(`as skopeo sync writes them: push those, as with ${join(synced, '*')}.`);
  });

  it.each([
    ['web.tar', 'web.tar', 'it is empty'],
    ['web.tar', 'web.tar:acme/web:1', 'it is empty'],
    ['web/src/main.c', 'web', 'oci-layout and index.json are missing'],
  ])('%s is what is told of %s, when no store has that name', async (file, text, why) => {
    await mkdir(join(cwd, dirname(file)), { recursive: true });
    await writeFile(join(cwd, file), '');
    await expect(find(text)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringMatching(`what is here under that name is none \\(${why}.*\\), and it is not in `),
    });
  });

  it('has another next step than the name of an image that is nowhere', async () => {
    await writeFile(join(cwd, 'file'), '');
    for (const [text, hint] of [
      ['web:1', 'get-image-first'],
      ['web.tar', 'check-folder'],
      ['file', 'check-folder'],
    ] as const)
      await expect(find(text)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', hint });
  });

  it('is not taken for what a name with a tag means when it is a folder', async () => {
    await mkdir(join(cwd, 'web'));
    await expect(find('web:1')).rejects.toThrow(/it is no path here, and not in/);
  });
});

it('lists what is at a path with its transport, as it is pushed', async () => {
  await makeLayout(join(cwd, 'app'), { refName: '1' });
  const rows = await Array.fromAsync(
    listImages(['oci:app', 'dir:app'], { imagesStoreDir: store, cwd, ...testStores(environment) }),
  );
  expect(rows).toMatchObject([{ kind: 'image', transport: 'oci', ref: `${join(cwd, 'app')}:1` }, { kind: 'broken' }]);
});

describe('a path with another transport than its own', () => {
  it.each([
    ['oci-archive', 'saved.tar', 'docker-archive'],
    ['oci', 'saved.tar', 'docker-archive'],
    ['oci-archive', 'app', 'oci'],
    ['docker-archive', 'app', 'oci'],
    ['dir', 'app', 'oci'],
  ])('%s:%s is told to be %s:', async (typed, path, right) => {
    await makeLayout(join(cwd, 'app'));
    await writeFile(join(cwd, 'saved.tar'), savedArchive(savedImage('saved')));
    const words = {
      code: 'LAYOUT_INVALID',
      message: expect.stringContaining(`write ${right}:${join(cwd, path)}, or the path alone`) as string,
    };
    const options = { imagesStoreDir: store, cwd, ...testStores(environment) };
    await expect(find(`${typed}:${path}`)).rejects.toMatchObject(words);
    await expect(findEach(`${typed}:${path}`, options)).rejects.toMatchObject(words);
    await expect(findAllImages(`${typed}:${path}`, options)).rejects.toMatchObject(words);
  });

  it('is told what is wrong with it when there is nothing else', async () => {
    await mkdir(join(cwd, 'empty'));
    await expect(find('oci:empty')).rejects.toThrow(/oci-layout and index\.json are missing/);
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
  it('continues after a path that gives nothing', async () => {
    await makeLayout(join(cwd, 'good'), { refName: 'a/b:1' });
    const rows = await Array.fromAsync(
      listImages(['nowhere', 'good'], { imagesStoreDir: store, cwd, ...testStores() }),
    );
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
    const rows = await Array.fromAsync(listImages(['many'], { imagesStoreDir: store, cwd, ...testStores() }));
    expect(rows.map((row) => [row.name, row.kind])).toEqual([
      ['a/b:1', 'image'],
      ['b', 'broken'],
    ]);
  });
});
