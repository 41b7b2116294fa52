import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseManifest } from '../../../../../electron/image/parse.ts';
import { archiveLimits } from '../../../../../electron/image/tar/limits.ts';
import { readImageTree } from '../../../../../electron/image/tree.ts';
import type { LocalImage, Manifest } from '../../../../../electron/image/types.ts';
import { Archives } from '../../../../../electron/sources/archive/archives.ts';
import { detectPath } from '../../../../../electron/sources/at-path/detect-path.ts';
import { sourceAt } from '../../../../../electron/sources/at-path/source-at.ts';
import { createCatalog } from '../../../../../electron/sources/catalog/catalog.ts';
import { findAllImages, findImage, listImages } from '../../../../../electron/sources/find/find-image.ts';
import type { Digest } from '../../../../../shared/digest.ts';
import type { ImageSummary } from '../../../../../shared/images.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { savedArchive, savedImage, savedList, savedMembers, sha256 } from '../../../../fixtures/docker-archives.ts';
import { testEnvironment } from '../../../../fixtures/environment.ts';
import { writeJsonBlob } from '../../../../fixtures/layout-blobs.ts';
import { LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { base256, nastyTar, paxHeader } from '../../../../fixtures/nasty-tar.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { run } from '../../../../fixtures/tools.ts';

let folder: TempDir;
let archives: Archives;

beforeEach(async () => {
  folder = await makeTempDir('archives');
  archives = new Archives(testEnvironment());
});

afterEach(() => {
  archives.close();
  return folder.remove();
});

function where() {
  return { imagesStoreDir: join(folder.path, 'no-store'), cwd: folder.path, environment: testEnvironment(), archives };
}

async function write(name: string, archive: Uint8Array): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, archive);
  return path;
}

function list(path: string): Promise<ImageSummary[]> {
  return Array.fromAsync(listImages([path], where()));
}

async function open(text: string): Promise<LocalImage> {
  return (await findImage(text, where())).open();
}

async function manifestOf(image: LocalImage): Promise<Manifest> {
  const manifest = parseManifest(await image.read(image.root), image.root.mediaType);
  if (manifest.kind === 'manifest') return manifest;
  throw new Error('it is an index');
}

function packedWith(program: string, content: Buffer): Buffer {
  return spawnSync(program, ['-c'], { input: content }).stdout;
}

/** Every blob is there, has its size and, read whole and in part, its digest. */
async function expectWhole(image: LocalImage): Promise<void> {
  const { config, layers } = await manifestOf(image);
  for (const blob of [config, ...layers]) {
    await image.check(blob);
    const whole = await buffer(image.blob(blob));
    expect(sha256(whole)).toBe(blob.digest);
    expect(whole.byteLength).toBe(blob.size);
    const part = await buffer(image.blob(blob, { offset: 7, length: 20, recycle: true }));
    expect(part.equals(whole.subarray(7, 27))).toBe(true);
  }
}

/** A layout with one image, as one tar. */
async function layoutTar(name: string): Promise<{ path: string; digest: string }> {
  const layout = await makeLayout(join(folder.path, 'layout'), { refName: 'example.com/app:1' });
  const path = join(folder.path, name);
  await run('tar', ['--create', '--file', path, '--directory', layout.path, '.']);
  return { path, digest: layout.image.digest };
}

function unpackedFiles(): Promise<string[]> {
  const isOwn = (name: string) => name.startsWith('pushboat-archive-') && name.includes(`-${process.pid}-`);
  return readdir(tmpdir()).then((names) => names.filter(isOwn));
}

describe('an OCI archive', () => {
  it('lists and gives the image of the layout in it', async () => {
    const { path, digest } = await layoutTar('app.tar');
    expect(await list(path)).toMatchObject([{ name: 'example.com/app:1', digest, kind: 'image' }]);
    const image = await open(path);
    expect(image.root.digest).toBe(digest);
    expect(image.uncompressed).toBeUndefined();
    await expectWhole(image);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['xz', (archive: Buffer) => spawnSync('xz', ['-c'], { input: archive }).stdout],
    ['bzip2', (archive: Buffer) => spawnSync('bzip2', ['-c'], { input: archive }).stdout],
  ] as const)('compressed with %s is unpacked once and leaves nothing behind', async (name, compress) => {
    const { path, digest } = await layoutTar('app.tar');
    const packed = await write(`app.tar.${name}`, compress(await readFile(path)));
    expect((await open(packed)).root.digest).toBe(digest);
    await expectWhole(await open(`oci-archive:${packed}:example.com/app:1`));
    expect((await archives.open(packed)).spool).toBe((await archives.open(packed)).spool);
    expect(await unpackedFiles()).toEqual([]);
  });

  it('compressed in several frames and members, some to be passed over, is unpacked as a whole', async () => {
    const { path, digest } = await layoutTar('app.tar');
    const tar = await readFile(path);
    const parts = [tar.subarray(0, 1000), tar.subarray(1000, 3000), tar.subarray(3000)];
    const passedOver = Buffer.from('502a4d1804000000deadbeef', 'hex');
    const packed = {
      'app.tar.zst': Buffer.concat([passedOver, ...parts.map((part) => zstdCompressSync(part)), passedOver]),
      'app.tar.gz': Buffer.concat(parts.map((part) => gzipSync(part))),
    };
    for (const [name, content] of Object.entries(packed)) {
      const image = await open(await write(name, content));
      expect(image.root.digest).toBe(digest);
      await expectWhole(image);
    }
  });

  it('without a blob says which and where, and that it may be cut off when it has no end mark', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'layout'));
    const image = await layout.image();
    await layout.list(image, { refName: '1' }).finish();
    const [layer] = image.layers;
    const path = join(folder.path, 'app.tar');
    const hex = layer?.digest.slice(7) ?? '';
    await run('tar', ['--create', '--file', path, '--exclude', `*${hex}`, '--directory', layout.path, '.']);
    const opened = await open(path);
    const descriptor = { mediaType: '', digest: layer?.digest ?? image.digest, size: layer?.size ?? 0 };
    await expect(opened.check(descriptor)).rejects.toMatchObject({
      code: 'BLOB_MISSING',
      message: expect.stringMatching(/is not in the archive .*app\.tar\.$/),
      facts: { path: join(path, 'blobs/sha256', hex) },
    });
    await expect(opened.check({ ...image.config, size: 5 })).rejects.toMatchObject({ code: 'BLOB_SIZE_MISMATCH' });
  });

  it.each(['first', 'last'])('of 10 GB is listed in less than a second, with its index %s', async (place) => {
    const layout = await LayoutWriter.create(join(folder.path, 'layout'));
    const size = 10 * 1024 ** 3;
    const hex = 'ab'.repeat(32);
    const config = await writeJsonBlob(layout.path, MediaType.ociConfig, {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [`sha256:${hex}`] },
    });
    const layers = [{ mediaType: MediaType.ociLayerGzip, digest: `sha256:${hex}`, size }];
    const mediaType = MediaType.ociManifest;
    const image = await writeJsonBlob(layout.path, mediaType, { schemaVersion: 2, mediaType, config, layers });
    await layout.list(image, { refName: 'example.com/huge:1' }).finish();
    const names = [
      'oci-layout',
      'index.json',
      ...[config, image].map(({ digest }) => `blobs/sha256/${digest.slice(7)}`),
    ];
    const small = await Promise.all(
      names.map(async (name) => ({ name, content: await readFile(join(layout.path, name)) })),
    );
    // The layer is a hole of the file system.
    const header = nastyTar([{ name: `blobs/sha256/${hex}`, sizeField: base256(size) }], { endBlocks: 0 });
    const path = join(folder.path, 'huge.tar');
    const before = place === 'first' ? nastyTar(small, { endBlocks: 0 }) : Buffer.alloc(0);
    await writeFile(path, Buffer.concat([before, header]));
    await truncate(path, before.byteLength + header.byteLength + size);
    await appendFile(path, nastyTar(place === 'first' ? [] : small));

    const started = performance.now();
    expect(await list(path)).toMatchObject([{ name: 'example.com/huge:1', kind: 'image' }]);
    expect(performance.now() - started).toBeLessThan(1000);
    const opened = await open(path);
    await opened.check({ mediaType: '', digest: `sha256:${hex}` as Digest, size });
    const end = await buffer(
      opened.blob({ mediaType: '', digest: `sha256:${hex}` as Digest, size }, { offset: size - 9 }),
    );
    expect(end.equals(Buffer.alloc(9))).toBe(true);
  });

  it('may have absolute names, and no oci-layout', async () => {
    const { path, image } = await makeLayout(join(folder.path, 'layout'), { refName: 'example.com/app:1' });
    const names = ['index.json', ...(await readdir(join(path, 'blobs/sha256'))).map((hex) => `blobs/sha256/${hex}`)];
    const members = names.map(async (name) => ({ name: `/./${name}`, content: await readFile(join(path, name)) }));
    const opened = await open(await write('absolute.tar', nastyTar(await Promise.all(members))));
    expect(opened.root.digest).toBe(image.digest);
    await expectWhole(opened);
  });

  it('names the missing file when only one of the layout’s own is there', async () => {
    const path = await write('app.tar', nastyTar([{ name: 'index.json', content: '{}' }]));
    await expect(open(path)).rejects.toThrow(/oci-layout is missing/);
  });
});

describe('a Docker archive', () => {
  it('gets a manifest of its config and its plain layers', async () => {
    const saved = savedImage('plain');
    const path = await write('app.tar', savedArchive(saved));
    const [row] = await list(path);
    expect(row).toMatchObject({
      name: 'example.com/app:1',
      references: ['example.com/app:1'],
      kind: 'image',
      platforms: [{ os: 'linux', architecture: 'arm64' }],
    });
    const image = await open(path);
    expect(image.uncompressed).toBe(true);
    expect(image.root.digest).toBe(row?.digest);
    const manifest = await manifestOf(image);
    expect(manifest.config).toMatchObject({ mediaType: MediaType.ociConfig, digest: saved.configDigest });
    expect(manifest.layers).toEqual(
      saved.layers.map((layer, at) => ({
        mediaType: MediaType.ociLayer,
        digest: saved.diffIds[at],
        size: layer.byteLength,
      })),
    );
    await expectWhole(image);
    const details = await sourceAt({ kind: 'docker-archive', location: path }, archives).details(row?.id ?? '');
    expect(details.manifests[0]?.layers.map((layer) => layer.createdBy)).toEqual(['COPY file-0', 'COPY file-1']);
  });

  it('may have layers behind links, twice, and compressed, whose bytes are kept', async () => {
    const saved = savedImage('links', 4);
    const [plain, linked, packed, again] = saved.layers.map((content) => content) as [Buffer, Buffer, Buffer, Buffer];
    const gzipped = gzipSync(packed);
    const zstd = zstdCompressSync(again);
    const path = await write(
      'app.tar',
      nastyTar([
        { name: 'a/layer.tar', content: 'an older member of the same name' },
        { name: 'b/real.tar', content: linked },
        { name: 'b/layer.tar', type: '2', link: '../b/real.tar' },
        { name: 'c/layer.tar', content: gzipped },
        { name: 'd/layer.tar', content: zstd },
        { name: 'd/hard.tar', type: '1', link: 'd/layer.tar' },
        { name: 'a/layer.tar', content: plain },
        { name: 'config.json', content: saved.config },
        savedList([
          {
            Config: 'config.json',
            RepoTags: null,
            Layers: ['a/layer.tar', 'b/layer.tar', 'c/layer.tar', 'd/hard.tar'],
          },
        ]),
      ]),
    );
    const image = await open(path);
    expect(image.name).toBe('app.tar');
    expect((await manifestOf(image)).layers).toEqual([
      { mediaType: MediaType.ociLayer, digest: saved.diffIds[0], size: plain.byteLength },
      { mediaType: MediaType.ociLayer, digest: saved.diffIds[1], size: linked.byteLength },
      { mediaType: MediaType.ociLayerGzip, digest: sha256(gzipped), size: gzipped.byteLength },
      { mediaType: MediaType.ociLayerZstd, digest: sha256(zstd), size: zstd.byteLength },
    ]);
    await expectWhole(image);
  });

  it.each(['xz', 'bzip2'])('may have layers in %s, which are unpacked', async (program) => {
    const saved = savedImage(program, 2);
    const [first, second] = saved.layers as [Buffer, Buffer];
    const path = await write('app.tar', savedArchive({ ...saved, layers: [packedWith(program, first), second] }));
    const image = await open(path);
    expect(image.uncompressed).toBe(true);
    expect((await manifestOf(image)).layers).toEqual([
      { mediaType: MediaType.ociLayer, digest: saved.diffIds[0], size: first.byteLength },
      { mediaType: MediaType.ociLayer, digest: saved.diffIds[1], size: second.byteLength },
    ]);
    await expectWhole(image);
    archives.close();
    await expectWhole(image);
    expect(await unpackedFiles()).toEqual([]);
  });

  it.each([
    ['GNU’s own form', ['--format=gnu']],
    ['pax, form 0.0', ['--format=posix', '--sparse-version=0.0']],
    ['pax, form 0.1', ['--format=posix', '--sparse-version=0.1']],
    ['pax, form 1.0', ['--format=posix', '--sparse-version=1.0']],
  ])('may have files with holes: %s', async (_, options) => {
    const layer = Buffer.alloc(4_000_000);
    // More pieces than a header has room for.
    for (let at = 0; at < 40; at++) layer.write(`piece ${at}`, at * 100_000 + 4096);
    const saved = savedImage('holes', 1);
    const config = Buffer.from(saved.config.toString('utf8').replace(saved.diffIds[0] ?? '', sha256(layer)));
    const entries = [{ Config: 'config.json', RepoTags: ['example.com/holes:1'], Layers: ['layer.tar'] }];
    await write('config.json', config);
    await write('manifest.json', Buffer.from(JSON.stringify(entries)));
    await write('plain.tar', layer);
    await run('cp', ['--sparse=always', join(folder.path, 'plain.tar'), join(folder.path, 'layer.tar')]);
    const path = join(folder.path, 'app.tar');
    const files = ['layer.tar', 'config.json', 'manifest.json'];
    await run('tar', ['--sparse', ...options, '--create', '--file', path, '--directory', folder.path, ...files]);
    expect((await readFile(path)).byteLength).toBeLessThan(1_000_000);
    const image = await open(path);
    expect((await manifestOf(image)).layers).toEqual([
      { mediaType: MediaType.ociLayer, digest: sha256(layer), size: layer.byteLength },
    ]);
    await expectWhole(image);
  });

  it('of several images is asked for by a name, short or whole', async () => {
    const [one, two] = [savedImage('one'), savedImage('two', 1)];
    const members = [...savedMembers(one, 'a'), ...savedMembers(two, 'b')];
    const entries = [
      { Config: one.configName, RepoTags: ['alpine:3', 'example.com/one:1'], Layers: ['a0/layer.tar', 'a1/layer.tar'] },
      { Config: two.configName, RepoTags: ['example.com/two:latest'], Layers: ['b0/layer.tar'] },
    ];
    const path = await write('both.tar', nastyTar([savedList(entries), ...members]));
    expect((await list(path)).map((row) => row.references)).toEqual(entries.map((entry) => entry.RepoTags));
    await expect(open(path)).rejects.toMatchObject({
      code: 'IMAGE_AMBIGUOUS',
      facts: { candidates: [`docker-archive:${path}:alpine:3`, `docker-archive:${path}:example.com/two:latest`] },
    });
    for (const name of ['alpine:3', 'docker.io/library/alpine:3', 'example.com/one:1']) {
      expect((await manifestOf(await open(`docker-archive:both.tar:${name}`))).config.digest).toBe(one.configDigest);
    }
    for (const name of ['example.com/two:latest', 'example.com/two']) {
      expect((await manifestOf(await open(`docker-archive:both.tar:${name}`))).config.digest).toBe(two.configDigest);
    }
    await expect(open('docker-archive:both.tar:busybox')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    for (const text of ['both.tar', 'docker-archive:both.tar']) {
      expect((await findAllImages(text, where())).map((found) => found.name)).toEqual([
        'alpine:3',
        'example.com/two:latest',
      ]);
    }
  });

  it('names an image that it lists twice by both names, and loses none of two with one name', async () => {
    const [one, two] = [savedImage('one'), savedImage('two')];
    const entry = (image: typeof one, prefix: string, tag: string) => ({
      Config: image.configName,
      RepoTags: [tag],
      Layers: image.layers.map((_, at) => `${prefix}${at}/layer.tar`),
    });
    const entries = [
      entry(one, 'a', 'acme/a:latest'),
      entry(one, 'a', 'acme/b:latest'),
      entry(two, 'b', 'acme/a:latest'),
    ];
    const path = await write(
      'app.tar',
      nastyTar([...savedMembers(one, 'a'), ...savedMembers(two, 'b'), savedList(entries)]),
    );
    expect((await list(path)).map(({ references }) => references)).toEqual([
      ['acme/a:latest', 'acme/b:latest'],
      ['acme/a:latest'],
    ]);
    const candidates = [`docker-archive:${path}:acme/b:latest`, `docker-archive:${path}:@2`];
    await expect(open(`${path}:acme/a`)).rejects.toMatchObject({ code: 'IMAGE_AMBIGUOUS', facts: { candidates } });
    const id = two.configDigest.slice(7);
    for (const text of [
      `${path}:@2`,
      `docker-archive:${path}:${id}`,
      `${path}:${id.slice(0, 12)}`,
      `${path}:sha256:${id}`,
    ])
      expect((await manifestOf(await open(text))).config.digest).toBe(two.configDigest);
    const { root } = await open(`${path}:@2`);
    expect((await open(`${path}@${root.digest}`)).root.digest).toBe(root.digest);
    for (const at of [0, 1])
      expect((await manifestOf(await open(`${path}:@${at}`))).config.digest).toBe(one.configDigest);
  });

  it('knows the names of manifest.json next to those of the layout in it', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'layout'));
    const image = await layout.image();
    await layout.list(image, { refName: '1.2' }).finish();
    const Config = `blobs/sha256/${image.config.digest.slice(7)}`;
    const RepoTags = ['registry.example.org/acme/web:1.2', 'acme/web:stable'];
    await writeFile(join(layout.path, 'manifest.json'), JSON.stringify([{ Config, RepoTags, Layers: [] }]));
    const path = join(folder.path, 'app.tar');
    await run('tar', ['--create', '--file', path, '--directory', layout.path, '.']);
    for (const name of ['1.2', ...RepoTags]) expect((await open(`${path}:${name}`)).root.digest).toBe(image.digest);
    expect((await open(path)).references).toEqual([...RepoTags, '1.2']);
  });

  it('that is an OCI layout, too, gives the layout’s own manifest', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'layout'));
    const image = await layout.image({ layers: [{ compression: 'none' }] });
    await layout.list(image, { refName: '3', imageName: 'docker.io/library/alpine:3' }).finish();
    await writeFile(join(layout.path, 'manifest.json'), '[{"Config":"nowhere","RepoTags":["alpine:3"],"Layers":[]}]');
    const path = join(folder.path, 'app.tar');
    await run('tar', ['--create', '--file', path, '--directory', layout.path, '.']);
    const opened = await open(`docker-archive:${path}:alpine:3`);
    expect(opened.root.digest).toBe(image.digest);
    expect(opened.references).toEqual(['docker.io/library/alpine:3', '3']);
    expect(opened.uncompressed).toBe(true);
    await expectWhole(opened);
  });

  describe('of which the layout contradicts the config, as Docker 25.0 wrote some,', () => {
    const one = savedImage('one', 3);
    const two = savedImage('two');
    const blob = (bytes: Buffer, mediaType = '') => ({ mediaType, digest: sha256(bytes), size: bytes.byteLength });
    const member = (bytes: Buffer) => ({ name: `blobs/sha256/${sha256(bytes).slice(7)}`, content: bytes });
    const json = (name: string, value: object | null) => ({ name, content: JSON.stringify(value) });

    /** An archive of both images; `change` is done to the layers that the manifest of the first lists. */
    function archiveOf(change: (layers: object[]) => object[], manifests?: null): Buffer {
      const documents = [one, two].map(({ config, layers }, at) => {
        const listed = layers.map((bytes) => blob(bytes, MediaType.ociLayer));
        const mediaType = MediaType.ociManifest;
        const content = { schemaVersion: 2, mediaType, config: blob(config, MediaType.ociConfig) };
        return Buffer.from(JSON.stringify({ ...content, layers: at === 0 ? change(listed) : listed }));
      });
      const index = documents.map((bytes, at) => ({
        ...blob(bytes, MediaType.ociManifest),
        annotations: { 'io.containerd.image.name': `example.com/app:${at}` },
      }));
      return nastyTar([
        ...[one, two].flatMap(({ config, layers }) => [...layers, config]).map(member),
        ...documents.map(member),
        json('oci-layout', { imageLayoutVersion: '1.0.0' }),
        json('index.json', { schemaVersion: 2, manifests: manifests === null ? null : index }),
        savedList(
          [one, two].map(({ config, layers }, at) => ({
            Config: member(config).name,
            RepoTags: [`example.com/app:${at}`],
            Layers: layers.map((bytes) => member(bytes).name),
          })),
        ),
      ]);
    }

    it.each<[string, (layers: object[]) => object[], null?]>([
      ['in the order of its layers', (layers) => layers.toReversed()],
      ['in the order of some', ([a, b, c]) => [a, c, b].filter((layer) => layer !== undefined)],
      ['since it has no layers', () => []],
      ['since it lacks one', (layers) => layers.slice(1)],
      ['in their sizes', (layers) => layers.map((layer) => ({ ...layer, size: 0 }))],
      [
        'with layers that are not there',
        (layers) => layers.map((layer) => ({ ...layer, digest: sha256(Buffer.of(1)) })),
      ],
      ['since it lists no images', (layers) => layers, null],
    ])('%s, gives the images of manifest.json', async (_, change, manifests) => {
      const path = await write('app.tar', archiveOf(change, manifests));
      expect((await list(path)).map(({ name, kind }) => `${name} ${kind}`)).toEqual([
        'example.com/app:0 image',
        'example.com/app:1 image',
      ]);
      for (const [at, saved] of [one, two].entries()) {
        const image = await open(`docker-archive:${path}:example.com/app:${at}`);
        const manifest = await manifestOf(image);
        expect(manifest.config.digest).toBe(saved.configDigest);
        expect(manifest.layers.map(({ digest }) => digest)).toEqual(saved.diffIds);
        expect(image.uncompressed).toBe(true);
        expect(image.oddities).toEqual(at === 0 && manifests !== null ? ['contradicted'] : []);
        await expectWhole(image);
      }
    });

    it('in layers of xz that it calls plain, gives them unpacked', async () => {
      const layers = two.layers.map((bytes) => packedWith('xz', bytes));
      const document = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MediaType.ociManifest,
          config: blob(two.config, MediaType.ociConfig),
          layers: layers.map((bytes) => blob(bytes, MediaType.ociLayer)),
        }),
      );
      const index = { schemaVersion: 2, manifests: [blob(document, MediaType.ociManifest)] };
      const Layers = layers.map((bytes) => member(bytes).name);
      const path = await write(
        'app.tar',
        nastyTar([
          ...[...layers, two.config, document].map(member),
          json('index.json', index),
          savedList([{ Config: member(two.config).name, Layers }]),
        ]),
      );
      const image = await open(path);
      expect((await manifestOf(image)).layers.map(({ digest }) => digest)).toEqual(two.diffIds);
      await expectWhole(image);
    });

    it('in a child of an index, gives the image of manifest.json, or says which child is wrong', async () => {
      const layout = await LayoutWriter.create(join(folder.path, 'layout'));
      const { config, layers } = await layout.image({ layers: [{ compression: 'none' }, { compression: 'none' }] });
      const mediaType = MediaType.ociManifest;
      const listed = layers.map(({ digest, size }) => ({ mediaType: MediaType.ociLayer, digest, size })).toReversed();
      const manifest = { schemaVersion: 2, mediaType, config, layers: listed };
      const platform = { os: 'linux', architecture: 'amd64' };
      const child = { ...(await writeJsonBlob(layout.path, mediaType, manifest)), platform };
      const gone = { ...child, digest: `sha256:${'e'.repeat(64)}` as Digest };
      await layout.list(await layout.index([child, gone]), { refName: 'a/b:1' }).finish();
      const place = (digest: string) => `blobs/sha256/${digest.slice(7)}`;
      const Layers = layers.map(({ digest }) => place(digest));
      for (const entries of [[{ Config: place(config.digest), RepoTags: ['a/b:1'], Layers }], []]) {
        await writeFile(join(layout.path, 'manifest.json'), JSON.stringify(entries));
        await run('tar', ['--create', '--file', join(folder.path, 'app.tar'), '--directory', layout.path, '.']);
        if (entries.length === 0) {
          await expect(open('docker-archive:app.tar')).rejects.toMatchObject({
            code: 'MANIFEST_INVALID',
            facts: { digest: child.digest, detail: expect.stringMatching(/layers\[0\] is not what/) },
          });
          continue;
        }
        const image = await open('docker-archive:app.tar');
        expect(image.oddities).toEqual(['contradicted']);
        expect((await manifestOf(image)).layers.map(({ digest }) => digest)).toEqual(
          layers.map(({ diffId }) => diffId),
        );
        await expectWhole(image);
      }
    });

    it('is refused where the layout alone names the image', async () => {
      const layout = await LayoutWriter.create(join(folder.path, 'layout'));
      const { config } = await layout.image({ layers: [{ compression: 'none' }] });
      const mediaType = MediaType.ociManifest;
      const image = await writeJsonBlob(layout.path, mediaType, { schemaVersion: 2, mediaType, config, layers: [] });
      await layout.list(image, { refName: 'a/b:1' }).finish();
      await writeFile(join(layout.path, 'manifest.json'), '[]');
      await run('tar', ['--create', '--file', join(folder.path, 'app.tar'), '--directory', layout.path, '.']);
      await expect(open('docker-archive:app.tar')).rejects.toMatchObject({
        code: 'MANIFEST_INVALID',
        message: expect.stringMatching(/contradicts its config: it has 0 layers, and its config 1 diff_ids/),
      });
    });
  });

  it('that lacks what its list names, or points out of itself, is not called damaged', async () => {
    const saved = savedImage('hints');
    const lacking = nastyTar([
      ...savedMembers(saved, 'l').slice(1),
      savedList([{ Config: saved.configName, Layers: ['l0/layer.tar', 'l1/layer.tar'] }]),
    ]);
    await expect(open(await write('lacking.tar', lacking))).rejects.toMatchObject({ hint: 'copy-whole-image' });
    const escaping = nastyTar([{ name: '../../etc/passwd', content: 'x' }]);
    await expect(open(await write('out.tar', escaping))).rejects.toMatchObject({
      code: 'PATH_ESCAPES',
      hint: 'points-outside',
    });
  });

  it('whose list puts layers in another order than the config is read in that of the config', async () => {
    const image = savedImage('names tell', 3);
    const layers = image.layers.map((content) => ({ name: `blobs/sha256/${sha256(content).slice(7)}`, content }));
    const Layers = layers.map(({ name }) => name).toReversed();
    const config = { name: image.configName, content: image.config };
    const listed = savedList([{ Config: `./${config.name}`, Layers: Layers.map((name) => `/${name}`) }]);
    const path = await write('app.tar', nastyTar([...layers, config, listed]));
    const opened = await open(path);
    expect((await manifestOf(opened)).layers.map(({ digest }) => digest)).toEqual(image.diffIds);
    await expectWhole(opened);
  });

  const saved = savedImage('bad');
  const entry = { Config: saved.configName, RepoTags: ['a/b:1'], Layers: ['l0/layer.tar', 'l1/layer.tar'] };
  const withList = (content: string) => nastyTar([{ name: 'manifest.json', content }, ...savedMembers(saved, 'l')]);
  const withEntry = (changed: object) => withList(JSON.stringify([{ ...entry, ...changed }]));
  it.each([
    ['a list that is no JSON', withList('[{'), /manifest\.json .* is not valid JSON: it is cut off at position 2/],
    ['a list that is no list', withList('{}'), /manifest\.json: .*expected array/i],
    ['a field of the wrong kind', withEntry({ Layers: [1] }), /manifest\.json: \[0\]\.Layers\[0\]/],
    [
      'a config that is not there',
      withEntry({ Config: 'x.json' }),
      /\[0\]\.Config names "x\.json", which is not in it/,
    ],
    ['a layer that is not there', withEntry({ Layers: ['l0/layer.tar', 'x'] }), /\[0\]\.Layers\[1\] names "x"/],
    ['too few layers', withEntry({ Layers: ['l0/layer.tar'] }), /lists 1 layers, and the config .* has 2 diff_ids/],
    ['a name that leads out', withEntry({ Config: '../../etc/passwd' }), /which is not in it/],
    ['the list of an old Docker only', nastyTar([{ name: 'repositories', content: '{}' }]), /older than 1\.10/],
  ])('with %s says so', async (_, archive, words) => {
    const path = await write('app.tar', archive);
    await expect(open(path)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', message: expect.stringMatching(words) });
    expect(await list(path)).toMatchObject([{ kind: 'broken', error: { code: 'ARCHIVE_INVALID' } }]);
  });
});

describe('a file that is no usable archive', () => {
  it.each([
    ['empty', Buffer.alloc(0), 'LAYOUT_INVALID', /it is empty: what should have written it failed/],
    ['zeros', Buffer.alloc(10_240), 'LAYOUT_INVALID', /it begins with zeros/],
    ['a ZIP file', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(600)]), 'LAYOUT_INVALID', /it is a ZIP file/],
    ['a script of nix', Buffer.from('#!/nix/store/x-python3/bin/python\n'), 'LAYOUT_INVALID', /run it and push that/],
    ['lz4', Buffer.from('04224d1864', 'hex'), 'LAYOUT_INVALID', /packed with lz4, which cannot be read/],
    [
      'gzip in zstd',
      zstdCompressSync(gzipSync(savedArchive(savedImage('x')))),
      'ARCHIVE_INVALID',
      /compressed twice, with gzip and again with zstd/,
    ],
    [
      'a pointer of Git LFS',
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
      'LAYOUT_INVALID',
      /git lfs pull/,
    ],
    ['a web page', Buffer.from('\n<!DOCTYPE html><html>Not found</html>'), 'LAYOUT_INVALID', /it is a web page/],
    [
      'a chart of Helm',
      gzipSync(nastyTar([{ name: 'web/Chart.yaml' }, { name: 'web/values.yaml' }])),
      'ARCHIVE_INVALID',
      /push it with helm push/,
    ],
    [
      'a layout in folders',
      nastyTar([{ name: 'home/ann/web/oci-layout' }, { name: 'home/ann/web/index.json' }]),
      'ARCHIVE_INVALID',
      /in its folder home\/ann\/web: unpack it, and push that folder/,
    ],
    [
      'a saved image in a folder',
      nastyTar([{ name: 'web/manifest.json' }, { name: 'web/0/layer.tar' }]),
      'ARCHIVE_INVALID',
      /in its folder web: unpack it, and pack what is in that folder/,
    ],
    ['text', Buffer.from('hello'.repeat(300)), 'LAYOUT_INVALID', /not a tar archive/],
    [
      'a tar of other things',
      nastyTar([{ name: 'notes' }]),
      'ARCHIVE_INVALID',
      /neither index\.json nor manifest\.json/,
    ],
    ['cut off before its list', nastyTar([{ name: 'x' }], { endBlocks: 0 }), 'ARCHIVE_INVALID', /may be cut off/],
    ['damaged xz', Buffer.from('fd377a585a0000', 'hex'), 'ARCHIVE_INVALID', /xz data is damaged: xz: /],
    ['damaged bzip2', Buffer.from('425a6839314159', 'hex'), 'ARCHIVE_INVALID', /bzip2 data is damaged: bzip2: /],
    ['gzip of text', gzipSync('hello'.repeat(300)), 'ARCHIVE_INVALID', /wrong checksum/],
    [
      'cut-off gzip',
      gzipSync(savedArchive(savedImage('x'))).subarray(0, 900),
      'ARCHIVE_INVALID',
      /gzip data is damaged/,
    ],
    ['damaged zstd', Buffer.from('28b52ffd0102030405060708', 'hex'), 'ARCHIVE_INVALID', /zstd data is damaged/],
  ])('%s is refused with the reason', async (_, content, code, words) => {
    const path = await write('app.tar', content);
    await expect(open(path)).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it.each([
    ['other things only', 'notes', 'check-folder'],
    ['a blob', `blobs/sha256/${'0'.repeat(64)}`, 'copy-whole-image'],
    ['a layer', 'l0/layer.tar', 'copy-whole-image'],
  ])('with %s and no list of images is told what to do next', async (_, name, hint) => {
    await expect(open(await write('app.tar', nastyTar([{ name }])))).rejects.toMatchObject({ hint });
  });

  it('a part of several volumes is not said to be damaged', async () => {
    const path = await write('app.tar', nastyTar([{ name: 'a', type: 'M' }]));
    await expect(open(path)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', hint: 'pack-otherwise' });
  });

  it('a layer in xz that is damaged, or another one, is named', async () => {
    const saved = savedImage('xz', 1);
    const damaged = await write(
      'damaged.tar',
      savedArchive({ ...saved, layers: [Buffer.from('fd377a585a0000', 'hex')] }),
    );
    await expect(open(damaged)).rejects.toThrow(/l0\/layer.tar of .*damaged.tar is not a usable archive: its xz data/);
    const other = await write(
      'other.tar',
      savedArchive({ ...saved, layers: [packedWith('xz', Buffer.from('other'))] }),
    );
    await expect(open(other)).rejects.toThrow(/the layer l0\/layer.tar is not sha256:.* as its config says/);
    expect(await unpackedFiles()).toEqual([]);
  });

  it('a layer in gzip that is cut off, or another one, is named', async () => {
    const saved = savedImage('gzip', 1);
    const whole = gzipSync(saved.layers[0] ?? '');
    const cut = await write('cut.tar', savedArchive({ ...saved, layers: [whole.subarray(0, 900)] }));
    await expect(open(cut)).rejects.toThrow(/l0\/layer.tar of .*cut.tar is not a usable archive: its gzip data/);
    const other = await write('other.tar', savedArchive({ ...saved, layers: [gzipSync('other')] }));
    await expect(open(other)).rejects.toThrow(/the layer l0\/layer.tar is not sha256:.* as its config says/);
  });

  it('a list that a hand has written, in lower case and with roundabout names, is understood', async () => {
    const saved = savedImage('hand', 1);
    const written = JSON.stringify([{ config: `x/../${saved.configName}`, layers: ['./l0/../l0/layer.tar'] }]);
    const path = await write(
      'app.tar',
      nastyTar([...savedMembers(saved, 'l'), { name: 'manifest.json', content: written }]),
    );
    const image = await open(path);
    expect((await manifestOf(image)).layers[0]?.digest).toBe(saved.diffIds[0]);
    await expectWhole(image);
  });

  it('a sparse file that would be far larger than the archive is not written', async () => {
    const holes = paxHeader({ 'GNU.sparse.size': String(2 ** 40), 'GNU.sparse.map': '0,1' });
    const saved = savedImage('bomb', 1);
    const layers = [{ name: 'l0/layer.tar', content: 'x' }];
    const entry = { Config: saved.configName, Layers: ['l0/layer.tar'] };
    const config = { name: saved.configName, content: saved.config };
    const path = await write('bomb.tar', nastyTar([holes, ...layers, config, savedList([entry])]));
    await expect(open(path)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it.each([
    ['the list of an old Docker', [{ name: 'repositories', content: '{}' }], /docker load and docker save/],
    ['a folder with a layout', [{ name: 'web/oci-layout', content: '{}' }], /in its folder web: unpack it/],
    ['a folder with a saved image', [{ name: './web/manifest.json', content: '[]' }], /in its folder web: unpack it/],
    [
      'a folder of dir:',
      [
        { name: 'version', content: 'Directory Transport Version: 1.1\n' },
        { name: 'manifest.json', content: '{"schemaVersion":2}' },
      ],
      /in the format dir: that was packed: unpack it/,
    ],
    ['the files of a container', [{ name: 'etc/passwd' }, { name: 'usr/bin/env' }], /docker export/],
  ])('%s is told for what it is', async (_, members, words) => {
    const path = await write('app.tar', nastyTar(members));
    await expect(open(path)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      hint: undefined,
      message: expect.stringMatching(words),
    });
  });

  it('an archive that was unpacked is told for what it is', async () => {
    await write('manifest.json', Buffer.from('[]'));
    await expect(detectPath(folder.path, archives)).rejects.toMatchObject({
      code: 'LAYOUT_INVALID',
      message: expect.stringContaining('it has the files of a docker save archive'),
    });
  });

  it('a path where nothing is is not called a folder', async () => {
    const path = join(folder.path, 'none.tar');
    await expect(detectPath(path, archives)).rejects.toThrow(`Cannot read ${path}: it does not exist.`);
  });

  it('a bomb is stopped at the ratio and at the absolute limit', async () => {
    const path = await write('bomb.tar.gz', gzipSync(Buffer.alloc(80 * 1024 * 1024)));
    const limits = { maxMembers: 10, maxRatio: 100, maxUnpackedBytes: 1024 ** 3 };
    await expect(archives.open(path, { limits })).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('more than 100 times its size'),
    });
    const small = { ...limits, maxRatio: 1e6, maxUnpackedBytes: 1024 ** 2 };
    await expect(archives.open(path, { limits: small })).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('more than 1048576 bytes'),
    });
    expect(await unpackedFiles()).toEqual([]);
    // By default the ratio of zeros is just too much; the message says how to allow it.
    const said = await archives.open(path).catch(String);
    expect(said).toMatch(/more than 1000 times its size.*PUSHBOAT_ARCHIVE_MAX_RATIO/);
    expect(archiveLimits({ PUSHBOAT_ARCHIVE_MAX_RATIO: '2000', PUSHBOAT_ARCHIVE_MAX_BYTES: '1e12' })).toMatchObject({
      maxRatio: 2000,
      maxUnpackedBytes: 1e12,
    });
    expect(() => archiveLimits({ PUSHBOAT_ARCHIVE_MAX_BYTES: 'much' })).toThrow(/PUSHBOAT_ARCHIVE_MAX_BYTES/);
  });

  it('unpacking can be cancelled, and asked for again', async () => {
    const archive = nastyTar([{ name: 'manifest.json', content: randomBytes(20_000_000) }]);
    const path = await write('app.tar.gz', gzipSync(archive, { level: 1 }));
    const end = new AbortController();
    const cancelled = archives.open(path, { signal: end.signal });
    await sleep(10);
    const other = archives.open(path);
    end.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await other).index.members.has('manifest.json')).toBe(true);
    await expect(archives.open(path, { signal: end.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('an archive that changes', () => {
  it('while its image is open is not read with the old index', async () => {
    const path = await write('app.tar', savedArchive(savedImage('before')));
    const image = await open(path);
    const { config } = await manifestOf(image);
    await writeFile(path, savedArchive(savedImage('after, and longer', 3)));
    await expect(image.check(config)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining('has changed'),
    });
    await truncate(path, 700);
    await expect(open(path)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    await rm(path);
    await expect(image.check(config)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });

  it('shows up in the catalog: replaced, written in place, gone and back', async () => {
    const path = await write('app.tar', savedArchive(savedImage('one'), ['a/b:1']));
    const catalog = createCatalog({
      archives,
      imagesStoreDir: join(folder.path, 'no-store'),
      addedPaths: [],
      onPathsChanged: async () => undefined,
      onProblem: () => undefined,
    });
    onTestFinished(() => catalog.close());
    const [added] = await catalog.add([path]);
    expect(added?.error).toBeUndefined();
    expect(catalog.sources()).toContainEqual(
      expect.objectContaining({ transport: 'docker-archive', label: 'app.tar', location: path, imageCount: 1 }),
    );
    const names = () => catalog.images().map((image) => image.name);
    const soon = { timeout: 8000 };
    const next = await write('next.tar', savedArchive(savedImage('two'), ['a/b:2']));
    await rename(next, path);
    await expect.poll(names, soon).toEqual(['a/b:2']);
    await writeFile(path, savedArchive(savedImage('three', 3), ['a/b:3']));
    await expect.poll(names, soon).toEqual(['a/b:3']);
    await rm(path);
    await expect
      .poll(() => catalog.sources().find((source) => source.location === path)?.state, soon)
      .toBe('unreachable');
    await writeFile(path, gzipSync(savedArchive(savedImage('four'), ['a/b:4'])));
    await expect.poll(names, soon).toEqual(['a/b:4']);
    await expectWhole(await catalog.open(catalog.images()[0]?.id ?? ''));
  }, 40_000);

  it('is read again even when only its time tells', async () => {
    const path = await write('app.tar', savedArchive(savedImage('one'), ['a/b:1']));
    const first = await archives.open(path);
    expect(await archives.open(path)).toBe(first);
    await utimes(path, new Date(), new Date(Date.now() + 5000));
    expect(await archives.open(path)).not.toBe(first);
    await appendFile(path, Buffer.alloc(512));
    expect((await archives.open(path)).size).toBe(first.size + 512);
  });
});

describe('a dir: folder', () => {
  it('that lacks its manifest, a blob or is no manifest at all says so', async () => {
    await makeLayout(join(folder.path, 'layout'), { refName: '1' });
    const dir = join(folder.path, 'dir');
    await run('skopeo', ['--insecure-policy', 'copy', `oci:${join(folder.path, 'layout')}:1`, `dir:${dir}`]);
    const image = await open(dir);
    await expectWhole(image);
    const { config } = await manifestOf(image);
    await rm(join(dir, config.digest.slice(7)));
    await expect(image.check(config)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    await writeFile(join(dir, 'manifest.json'), '{"schemaVersion":1,"fsLayers":[],"history":[]}');
    await expect(open(`dir:${dir}`)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      facts: { path: join(dir, 'manifest.json'), detail: expect.stringContaining('fsLayers') },
    });
    await writeFile(join(dir, 'manifest.json'), '{"schemaVersion":7,"mediaType":"text/plain"}');
    await expect(open(`dir:${dir}`)).rejects.toMatchObject({ code: 'MEDIA_TYPE_UNSUPPORTED' });
    await rm(join(dir, 'manifest.json'));
    await expect(open(`dir:${dir}`)).rejects.toThrow(/there is no manifest\.json/);
  });

  it('of schema 1 tells the sizes of its layers, and which layer is missing', async () => {
    await makeLayout(join(folder.path, 'layout'), { refName: '1', emptyHistory: ['CMD ["/app"]'] });
    const dir = join(folder.path, 'old');
    const copy = [
      '--insecure-policy',
      'copy',
      '--format',
      'v2s1',
      `oci:${join(folder.path, 'layout')}:1`,
      `dir:${dir}`,
    ];
    await run('skopeo', copy);
    const { blobs, manifests } = await readImageTree(await open(dir));
    expect(manifests.map(({ descriptor }) => descriptor.mediaType)).toEqual([MediaType.dockerManifestV1Signed]);
    expect(blobs.map(({ descriptor }) => descriptor.size).toSorted((a, b) => a - b)).toEqual([32, 2560, 2560]);
    const [layer] = blobs;
    await rm(join(dir, layer?.descriptor.digest.slice(7) ?? ''));
    await expect(open(dir).then((image) => readImageTree(image))).rejects.toMatchObject({
      code: 'BLOB_MISSING',
      facts: { digest: layer?.descriptor.digest },
    });
  });

  it('holds an index with its manifests', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'layout'));
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ];
    const index = await layout.multiPlatform(platforms);
    await layout.list(index, { refName: '1' }).finish();
    const dir = join(folder.path, 'dir');
    const copy = ['--insecure-policy', 'copy', '--all', `oci:${layout.path}:1`, `dir:${dir}`];
    await run('skopeo', copy);
    expect(await list(dir)).toMatchObject([{ name: 'dir', kind: 'index', digest: index.digest, platforms }]);
  });
});
