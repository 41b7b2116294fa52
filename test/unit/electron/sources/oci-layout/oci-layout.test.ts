import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseManifest } from '../../../../../electron/image/parse.ts';
import { readImageTree } from '../../../../../electron/image/tree.ts';
import type { Descriptor, LocalImage } from '../../../../../electron/image/types.ts';
import { hashStream, verifyStream } from '../../../../../electron/image/verify.ts';
import { LayoutFolderFiles } from '../../../../../electron/sources/oci-layout/layout-folder-files.ts';
import { OciLayoutSource } from '../../../../../electron/sources/oci-layout/layout-listing.ts';
import type { ImageSummary } from '../../../../../shared/images.ts';
import { breakLayout } from '../../../../fixtures/break-layouts.ts';
import { blobPath, LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { makeUmociImage } from '../../../../fixtures/real-images.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

let folder: TempDir;
let path: string;

beforeEach(async () => {
  folder = await makeTempDir('layout');
  path = join(folder.path, 'app');
});

afterEach(() => folder.remove());

async function rows(location = path): Promise<ImageSummary[]> {
  return Array.fromAsync(new OciLayoutSource(location).list());
}

async function openFirst(location = path): Promise<LocalImage> {
  const [row] = await rows(location);
  return new OciLayoutSource(location).open(row?.id ?? '');
}

/** The first layer of the first image, whether its content is right or not. */
async function firstLayer(image: LocalImage): Promise<Descriptor> {
  const [, layer] = (await readImageTree(image)).blobs;
  if (!layer) throw new Error('no layer');
  return layer.descriptor;
}

async function failure(stream: Readable): Promise<unknown> {
  return buffer(stream).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('what a layout lists besides an image', () => {
  /** Of blob files while `work` runs. */
  async function openings(work: () => Promise<unknown>): Promise<number> {
    const spy = vi.spyOn(LayoutFolderFiles.prototype, 'openBlob');
    try {
      await work();
      return spy.mock.calls.length;
    } finally {
      spy.mockRestore();
    }
  }

  it('is looked at once for all images of it, until its index changes', async () => {
    const writer = await LayoutWriter.create(path);
    for (let tag = 0; tag < 40; tag++)
      writer.list(await writer.image({ seed: `image ${tag}`, layers: 1 }), { refName: `t${tag}` });
    await writer.finish();
    const source = new OciLayoutSource(path);
    const [first, second] = await Array.fromAsync(source.list());
    const listed = async (row: ImageSummary | undefined) => (await source.open(row?.id ?? '')).companions?.(new Set());
    const atFirst = await openings(() => listed(first));
    expect(atFirst).toBeGreaterThan(40);
    expect(await openings(() => listed(second))).toBe(atFirst - 40);
  });
});

describe('a layout', () => {
  it('lists a single image with its platform, size and date', async () => {
    const { image } = await makeLayout(path, { refName: 'ghcr.io/acme/web:1.2' });
    const [row] = await rows();
    const blobs = [image.config, ...image.layers].reduce((sum, blob) => sum + blob.size, 0);
    expect(row).toMatchObject({
      name: 'ghcr.io/acme/web:1.2',
      references: ['ghcr.io/acme/web:1.2'],
      kind: 'image',
      digest: image.digest,
      platforms: [{ os: 'linux', architecture: 'amd64' }],
      size: blobs + image.size,
      created: '2026-01-02T03:04:05.000Z',
    });
  });

  it('lists several images, nested indexes and artifacts of one index.json', async () => {
    const layout = await LayoutWriter.create(path);
    const single = await layout.image({ seed: 'one' });
    const multi = await layout.multiPlatform([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ]);
    const nested = await layout.index([multi]);
    const artifact = await layout.artifact();
    await layout.list(single, { refName: '1' }).list(nested, { refName: 'all' }).list(artifact).finish();
    const [first, second, third] = await rows();
    expect([first?.kind, second?.kind, third?.kind]).toEqual(['image', 'index', 'artifact']);
    expect(first?.name).toBe('app:1');
    expect(second?.platforms).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ]);
    expect(third?.name).toBe(`app@${artifact.digest.slice(7, 19)}`);
  });

  it('counts what two platforms share once', async () => {
    const layout = await LayoutWriter.create(path);
    const layers = [{ seed: 'shared', size: 5000 }];
    const amd = await layout.image({ layers, platform: { os: 'linux', architecture: 'amd64' } });
    const arm = await layout.image({ layers, platform: { os: 'linux', architecture: 'arm64' } });
    const index = await layout.index([amd, arm]);
    await layout.list(index).finish();
    const [row] = await rows();
    const distinct = new Map(
      [amd, arm].flatMap((image) => [image, image.config, ...image.layers]).map((d) => [d.digest, d.size]),
    );
    expect(distinct.size).toBe(5);
    expect(row?.size).toBe(index.size + [...distinct.values()].reduce((sum, size) => sum + size, 0));
  });

  it('keeps the id of a named image when the image is built again', async () => {
    await makeLayout(path, { refName: 'v1', seed: 'old' });
    const [before] = await rows();
    await makeLayout(path, { refName: 'v1', seed: 'new' });
    const [after] = await rows();
    expect(after?.id).toBe(before?.id);
    expect(after?.digest).not.toBe(before?.digest);
  });

  it('describes layers, config and labels', async () => {
    await makeLayout(path, { labels: { team: 'blue' }, emptyHistory: ['CMD ["/app"]'] });
    const source = new OciLayoutSource(path);
    const [row] = await rows();
    const details = await source.details(row?.id ?? '');
    expect(details.summary).toEqual(row);
    expect(details.manifests).toHaveLength(1);
    expect(details.manifests[0]).toMatchObject({ labels: { team: 'blue' }, cmd: ['/bin/sh'] });
    expect(details.manifests[0]?.layers.every((layer) => layer.createdBy !== undefined)).toBe(true);
  });

  it('made by umoci is read as skopeo reads it', async () => {
    const real = await makeUmociImage(path, '2.0');
    const [row] = await rows();
    expect(row).toMatchObject({
      digest: real.digest,
      kind: 'image',
      references: ['2.0'],
      platforms: [{ os: 'linux', architecture: 'amd64' }],
    });
    const image = await openFirst();
    const tree = await readImageTree(image);
    expect(tree.blobs.filter((blob) => blob.kind === 'layer').length).toBeGreaterThan(1);
    for (const { descriptor } of tree.blobs) await verifyStream(image.blob(descriptor), descriptor.digest);
  });

  it('may itself be reached through a link', async () => {
    await makeLayout(path);
    const link = join(folder.path, 'link');
    await symlink(path, link);
    const [row] = await rows(link);
    expect(row?.kind).toBe('image');
    await expect(openFirst(link)).resolves.toBeDefined();
  });

  it.each(['1.0.0', '1.0.1', '1.1.0', '1.1', '1'])('of a later version within 1 (%s) is read', async (version) => {
    await makeLayout(path);
    await writeFile(join(path, 'oci-layout'), JSON.stringify({ imageLayoutVersion: version }));
    await expect(openFirst()).resolves.toBeDefined();
  });

  it('whose index.json is being written is read again: no half image, and no error', async () => {
    const written = join(folder.path, 'written');
    await makeLayout(written, { refName: 'v1' });
    const index = join(written, 'index.json');
    const whole = await readFile(index, 'utf8');
    await writeFile(index, whole.slice(0, whole.length / 2));
    const listing = Array.fromAsync(new OciLayoutSource(written).list());
    await sleep(120);
    await writeFile(index, whole);
    expect(await listing).toMatchObject([{ name: 'written:v1', kind: 'image' }]);
  });

  it('says that an image has gone', async () => {
    await makeLayout(path);
    const [row] = await rows();
    await makeLayout(path, { refName: 'other' });
    await expect(new OciLayoutSource(path).open(row?.id ?? '')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });
});

describe('a broken layout', () => {
  beforeEach(() => makeLayout(path));

  it.each([
    ['index.json is missing', breakLayout.missingIndex, 'LAYOUT_INVALID', /index\.json is missing/],
    ['the version is unknown', breakLayout.unknownVersion, 'LAYOUT_INVALID', /imageLayoutVersion is "9\.0\.0"/],
    ['index.json is truncated', breakLayout.truncatedIndex, 'LAYOUT_INVALID', /index\.json.*cut off at position \d+/],
    ['a digest is hostile', breakLayout.hostileRootDigest, 'DIGEST_INVALID', /manifests\[0\]\.digest/],
  ] as const)('is refused when %s', async (_name, damage, code, message) => {
    await damage(path);
    await expect(rows()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    ['the manifest is missing', breakLayout.missingManifest, 'BLOB_MISSING'],
    ['the manifest has the wrong content', breakLayout.corruptManifest, 'BLOB_CORRUPT'],
    ['the manifest is truncated', breakLayout.truncatedManifest, 'BLOB_SIZE_MISMATCH'],
    ['the config is missing', breakLayout.missingConfig, 'BLOB_MISSING'],
    ['the media type is unknown', breakLayout.unknownRootType, 'MEDIA_TYPE_UNSUPPORTED'],
  ] as const)('has a broken row that says why when %s', async (_name, damage, code) => {
    await damage(path);
    const [row] = await rows();
    expect(row).toMatchObject({ kind: 'broken', error: { code } });
  });

  it.each([
    ['too large', 1e6],
    ['0', 0],
    ['negative', -1],
    ['not there', undefined],
    ['no number', 'x'],
  ])('is usable when the size in index.json is %s: it is never sent', async (_, size) => {
    const index = JSON.parse(await readFile(join(path, 'index.json'), 'utf8')) as { manifests: [{ size: unknown }] };
    const [entry] = index.manifests;
    const { size: actual } = entry;
    entry.size = size;
    await writeFile(join(path, 'index.json'), JSON.stringify(index));
    const image = await openFirst();
    expect(image.root.size).toBe(actual);
    await expect(image.read(image.root)).resolves.toHaveLength(Number(actual));
  });

  it('whose manifest gives a layer a wrong size is not said to be damaged', async () => {
    const image = await openFirst();
    const layer = await firstLayer(image);
    await expect(image.check({ ...layer, size: 7 })).rejects.toMatchObject({
      code: 'BLOB_SIZE_MISMATCH',
      message: expect.stringContaining(`is whole, and what refers to it gives it a wrong size: 7 bytes instead of`),
      hint: 'describe-again',
    });
  });

  it('is usable without oci-layout and without a schemaVersion, as long as its index lists images', async () => {
    await breakLayout.missingMarker(path);
    const [before] = await rows();
    expect(before).toMatchObject({ kind: 'image' });
    const index = JSON.parse(await readFile(join(path, 'index.json'), 'utf8'));
    await writeFile(join(path, 'index.json'), JSON.stringify({ manifests: index.manifests }));
    expect(await rows()).toMatchObject([{ kind: 'image', digest: before?.digest }]);
    for (const other of ['{}', '{"manifests": []}', '[1]']) {
      await writeFile(join(path, 'index.json'), other);
      await expect(rows()).rejects.toThrow(/oci-layout is missing/);
    }
  });

  it('may have an index of up to 32 MiB', async () => {
    const file = join(path, 'index.json');
    const index = await readFile(file, 'utf8');
    await writeFile(file, index + ' '.repeat(31 * 1024 * 1024));
    expect(await rows()).toMatchObject([{ kind: 'image' }]);
    await writeFile(file, index + ' '.repeat(33 * 1024 * 1024));
    await expect(rows()).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('says that a folder is no layout at all', async () => {
    await rm(join(path, 'index.json'));
    await rm(join(path, 'oci-layout'));
    await expect(rows()).rejects.toThrow(/oci-layout and index\.json are missing/);
    await expect(rows(join(folder.path, 'nowhere'))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });

  it('does not hide its good images behind a missing one', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'two'));
    const bad = await layout.image({ seed: 'bad' });
    await layout
      .list(bad, { refName: 'bad' })
      .list(await layout.image({ seed: 'good' }), { refName: 'good' })
      .finish();
    await rm(blobPath(layout.path, bad.digest));
    expect((await rows(layout.path)).map((row) => row.kind)).toEqual(['broken', 'image']);
  });

  it('never follows a link out of the layout', async () => {
    const secret = join(folder.path, 'secret');
    await writeFile(secret, 'secret');
    await breakLayout.linkedLayer(path, secret);
    const image = await openFirst();
    const layer = await firstLayer(image);
    await expect(image.check(layer)).rejects.toMatchObject({ code: 'PATH_ESCAPES' });
    expect(await failure(image.blob(layer))).toMatchObject({ code: 'PATH_ESCAPES' });
  });

  it('never uses a blobs folder that is elsewhere', async () => {
    const other = join(folder.path, 'other');
    await makeLayout(other);
    await breakLayout.linkedBlobs(path, join(other, 'blobs'));
    expect((await rows())[0]).toMatchObject({ kind: 'broken', error: { code: 'PATH_ESCAPES' } });
  });

  it('never reads an index.json that is a link to elsewhere', async () => {
    const other = join(folder.path, 'other');
    await makeLayout(other);
    await rm(join(path, 'index.json'));
    await symlink(join(other, 'index.json'), join(path, 'index.json'));
    await expect(rows()).rejects.toMatchObject({ code: 'PATH_ESCAPES' });
  });

  it('does not wait for a pipe that stands in for a blob', async () => {
    const image = await openFirst();
    const layer = await firstLayer(image);
    await rm(blobPath(path, layer.digest));
    await promisify(execFile)('mkfifo', [blobPath(path, layer.digest)]);
    await expect(image.check(layer)).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
  });
});

describe('a blob', () => {
  it('can be read whole and from any offset, any number of times', async () => {
    await makeLayout(path, { layers: [{ size: 3_000_000 }] });
    const image = await openFirst();
    const layer = await firstLayer(image);
    const whole = await buffer(image.blob(layer));
    expect(whole.length).toBe(layer.size);
    for (const offset of [1, 1024 * 1024, layer.size - 1, layer.size]) {
      expect((await buffer(image.blob(layer, { offset }))).equals(whole.subarray(offset))).toBe(true);
    }
    expect((await hashStream(image.blob(layer))).digest).toBe(layer.digest);
  });

  it('inside the layout may be a link that stays inside', async () => {
    const { image: written } = await makeLayout(path);
    const [layer] = written.layers;
    if (!layer) throw new Error('no layer');
    const real = join(path, 'blobs', 'real');
    await promisify(execFile)('mv', [blobPath(path, layer.digest), real]);
    await symlink('../real', blobPath(path, layer.digest));
    const image = await openFirst();
    expect(await hashStream(image.blob(layer))).toEqual({ digest: layer.digest, size: layer.size });
  });

  it.each([
    ['missing', breakLayout.missingLayer, 'BLOB_MISSING'],
    ['too long', breakLayout.longerLayer, 'BLOB_SIZE_MISMATCH'],
    ['too short', breakLayout.shorterLayer, 'BLOB_SIZE_MISMATCH'],
  ] as const)('that is %s fails when it is checked and when it is read', async (_name, damage, code) => {
    await makeLayout(path);
    const digest = await damage(path);
    const image = await openFirst();
    const layer = await firstLayer(image);
    await expect(image.check(layer)).rejects.toMatchObject({ code, facts: { digest } });
    expect(await failure(image.blob(layer))).toMatchObject({ code, facts: { digest } });
  });

  it('with one wrong bit is found by its digest', async () => {
    await makeLayout(path);
    await breakLayout.corruptLayer(path);
    const image = await openFirst();
    const layer = await firstLayer(image);
    await expect(verifyStream(image.blob(layer), layer.digest)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  it('that is cut off while it is read fails with its size', async () => {
    await makeLayout(path, { layers: [{ size: 8_000_000 }] });
    const image = await openFirst();
    const layer = await firstLayer(image);
    const stream = image.blob(layer);
    stream.once('data', () => stream.pause());
    await new Promise((resolve) => stream.once('pause', resolve));
    await truncate(blobPath(path, layer.digest), 4_500_000);
    expect(await failure(stream)).toMatchObject({ code: 'BLOB_SIZE_MISMATCH' });
  });

  it('of a layout that has vanished says so', async () => {
    await makeLayout(path);
    const image = await openFirst();
    const layer = await firstLayer(image);
    await rm(path, { recursive: true });
    await expect(image.check(layer)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
    expect(await failure(image.blob(layer))).toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });

  it('that the descriptor carries is served from there', async () => {
    await makeLayout(path);
    const image = await openFirst();
    const empty = { mediaType: 'application/vnd.oci.empty.v1+json', size: 2, data: 'e30=' };
    const digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
    const descriptor = { ...empty, digest: parseDescriptorDigest(digest) };
    await image.check(descriptor);
    expect(Buffer.from(await image.read(descriptor)).toString()).toBe('{}');
    expect((await buffer(image.blob(descriptor, { offset: 1 }))).toString()).toBe('}');
  });

  it.each(['AAAA', 'AAA='])(
    'of which the descriptor carries other content (%s) is served from its file',
    async (data) => {
      await makeLayout(path);
      const image = await openFirst();
      const digest = parseDescriptorDigest(`sha256:${createHash('sha256').update('hi').digest('hex')}`);
      await writeFile(join(path, 'blobs/sha256', digest.slice(7)), 'hi');
      const descriptor = { mediaType: 'text/plain', digest, size: 2, data };
      await image.check(descriptor);
      expect(Buffer.from(await image.read(descriptor)).toString()).toBe('hi');
    },
  );

  it('stops with CANCELLED, and leaves no file open', async () => {
    await makeLayout(path, { layers: [{ size: 8_000_000 }] });
    const image = await openFirst();
    const layer = await firstLayer(image);
    const before = await openFiles();
    const end = new AbortController();
    const stream = image.blob(layer, { signal: end.signal });
    stream.once('data', () => end.abort());
    expect(await failure(stream)).toMatchObject({ code: 'CANCELLED' });
    await expect.poll(openFiles).toBe(before);
  });
});

function parseDescriptorDigest(digest: string): Descriptor['digest'] {
  const manifest = parseManifest(
    Buffer.from(JSON.stringify({ schemaVersion: 2, config: { mediaType: 'a/b', digest, size: 2 }, layers: [] })),
  );
  if (manifest.kind !== 'manifest') throw new Error('not a manifest');
  return manifest.config.digest;
}

async function openFiles(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}
