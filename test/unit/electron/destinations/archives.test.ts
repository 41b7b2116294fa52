import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer as allOf } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DockerTar } from '../../../../electron/destinations/docker-tar.ts';
import { DEFAULT_ARCHIVE_LIMITS } from '../../../../electron/image/tar/limits.ts';
import { indexTar, type TarMember } from '../../../../electron/image/tar/tar-index.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import { breakLayout } from '../../../fixtures/break-layouts.ts';
import { writeBlob, writeJsonBlob } from '../../../fixtures/layout-blobs.ts';
import { LayoutWriter, makeLayout } from '../../../fixtures/layouts.ts';
import { makePipe } from '../../../fixtures/make-pipe.ts';
import { nastyTar } from '../../../fixtures/nasty-tar.ts';
import { bareEnvironment, destination, digestsOf, listener, outgoing, write } from '../../../fixtures/outgoing.ts';
import { randomBytes } from '../../../fixtures/random.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('write-archives');
});
afterEach(() => folder.remove());

const inFolder = (name: string) => join(folder.path, name);
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function image(name: string, options: Parameters<typeof makeLayout>[1] = {}) {
  await makeLayout(inFolder(name), { seed: name, ...options });
  return outgoing(`oci:${inFolder(name)}`);
}

/** The members of an archive in their order, and their content. */
async function membersOf(path: string): Promise<{ members: TarMember[]; content: (name: string) => Buffer }> {
  const bytes = await readFile(path);
  const reader = {
    size: bytes.byteLength,
    read: async (buffer: Buffer, length: number, position: number) =>
      bytes.copy(buffer, 0, position, position + length),
  };
  const { members, hasEndMark } = await indexTar(reader, { path });
  expect(hasEndMark).toBe(true);
  const content = (name: string) => {
    const member = members.get(name);
    if (!member) throw new Error(`no member ${name}`);
    return bytes.subarray(member.offset, member.offset + member.size);
  };
  return { members: [...members.values()].toSorted((a, b) => a.offset - b.offset), content };
}

/** An image whose layers are these blobs, whatever they are. */
async function imageOf(name: string, layers: { bytes: Uint8Array; diffId: string; mediaType?: string }[]) {
  const layout = await LayoutWriter.create(inFolder(name));
  const config = await writeJsonBlob(layout.path, MediaType.ociConfig, {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const blobs = [];
  for (const { bytes, mediaType } of layers)
    blobs.push(await writeBlob(layout.path, mediaType ?? MediaType.ociLayerGzip, [bytes]));
  const document = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: blobs };
  const manifest = await writeJsonBlob(layout.path, MediaType.ociManifest, document);
  await layout.list(manifest).finish();
  return outgoing(`oci:${layout.path}`);
}

describe('an OCI archive', () => {
  test('has its index before all blobs', async () => {
    const ready = await image('a');
    await write(`oci-archive:${inFolder('a.tar')}:1`, [{ ...ready, references: ['example.com/a:1'] }]);
    const { members, content } = await membersOf(inFolder('a.tar'));
    expect(members.slice(0, 3).map(({ name }) => name)).toEqual([
      'oci-layout',
      'index.json',
      `blobs/${ready.tree.root.digest.replace(':', '/')}`,
    ]);
    expect(JSON.parse(content('index.json').toString())).toMatchObject({
      manifests: ['1', 'example.com/a:1'].map((name) => ({
        digest: ready.tree.root.digest,
        annotations: { 'org.opencontainers.image.ref.name': name },
      })),
    });
    expect(members).toHaveLength(2 + ready.tree.manifests.length + ready.tree.blobs.length);
  });

  test('holds several images, and blobs that they share once', async () => {
    const first = await image('a');
    const images = [
      { ...first, references: ['example.com/a:1'] },
      { ...first, references: ['example.com/a:2'] },
      { ...(await image('b', { algorithm: 'sha512' })), references: ['example.com/b:1'] },
    ];
    await write(`oci-archive:${inFolder('a.tar')}`, images);
    for (const ready of images) {
      const found = await outgoing(`oci-archive:${inFolder('a.tar')}:${ready.references[0]}`);
      expect(digestsOf(found)).toEqual(digestsOf(ready));
      for (const { descriptor } of ready.tree.blobs) await found.image.check(descriptor);
    }
    await write(`oci-archive:${inFolder('one.tar')}`, images.slice(0, 1));
    await write(`oci-archive:${inFolder('two.tar')}`, images.slice(0, 2));
    const [one, two] = await Promise.all(['one.tar', 'two.tar'].map((name) => stat(inFolder(name))));
    // The whole index is all that comes on top.
    expect((two?.size ?? 0) - (one?.size ?? 0)).toBeLessThanOrEqual(1536);
    await expect(write(`oci-archive:${inFolder('b.tar')}:1`, images)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('takes the place of another when it is whole', async () => {
    await writeFile(inFolder('a.tar'), 'old');
    const bad = await image('bad');
    await breakLayout.corruptLayer(inFolder('bad'));
    await expect(write(`oci-archive:${inFolder('a.tar')}`, [bad])).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(await readFile(inFolder('a.tar'), 'utf8')).toBe('old');
    await write(`oci-archive:${inFolder('a.tar')}`, [await image('a')]);
    expect((await membersOf(inFolder('a.tar'))).members.length).toBeGreaterThan(3);
    expect(readdirSync(folder.path).toSorted()).toEqual(['a', 'a.tar', 'bad']);
  });

  test('is not written where there is no folder, or something else than a file', async () => {
    await expect(write(`oci-archive:${inFolder('none/a.tar')}`, [])).rejects.toMatchObject({
      code: 'DESTINATION_UNWRITABLE',
      facts: { detail: 'no such file or directory (ENOENT)' },
    });
    await mkdir(inFolder('dir'));
    await expect(write(`oci-archive:${inFolder('dir')}`, [])).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
  });
});

describe('a docker archive', () => {
  const plain = nastyTar([{ name: 'file', content: randomBytes('layer', 700_000) }]);
  const text = nastyTar([{ name: 'text', content: 'text '.repeat(300_000) }]);
  const diffIds = [digestOf(plain), digestOf(text)];

  test.each([
    ['gzip', (bytes: Buffer): Buffer => gzipSync(bytes)],
    ['zstd', (bytes: Buffer): Buffer => zstdCompressSync(bytes)],
    ['nothing', (bytes: Buffer): Buffer => bytes],
  ])('has plain layers, whose source is compressed with %s', async (_name, compress) => {
    const layers = [plain, text].map((bytes, at) => ({ bytes: compress(bytes), diffId: diffIds[at] ?? '' }));
    const ready = await imageOf('a', layers);
    const told = listener();
    await write(`docker-archive:${inFolder('a.tar')}:web`, [ready], { told });
    const { members, content } = await membersOf(inFolder('a.tar'));
    const config = ready.tree.blobs.find(({ kind }) => kind === 'config')?.descriptor;
    const configName = `${config?.digest.slice(7)}.json`;
    const layerNames = diffIds.map((digest) => `${digest.slice(7)}.tar`);
    expect(members.map(({ name }) => name)).toEqual([...layerNames, configName, 'manifest.json']);
    expect(layerNames.map((name) => digestOf(content(name)))).toEqual(diffIds);
    expect(digestOf(content(configName))).toBe(config?.digest);
    expect(JSON.parse(content('manifest.json').toString())).toEqual([
      { Config: configName, RepoTags: ['docker.io/library/web:latest'], Layers: layerNames },
    ]);
    // What is read is the source's, compressed or not.
    for (const { descriptor } of ready.tree.blobs) expect(told.bytes.get(descriptor.digest)).toBe(descriptor.size);
  });

  test('is the same where the sink cannot go back', async () => {
    const ready = await imageOf('a', [{ bytes: gzipSync(plain), diffId: diffIds[0] ?? '' }]);
    const chunks: Buffer[] = [];
    const sink = { write: async (bytes: Uint8Array) => void chunks.push(Buffer.from(bytes)) };
    const tar = new DockerTar(sink, 'x', { limits: DEFAULT_ARCHIVE_LIMITS, temporaryDir: folder.path });
    await tar.add(ready, [], listener(), new AbortController().signal);
    await tar.finish();
    await write(`docker-archive:${inFolder('a.tar')}`, [ready]);
    expect(Buffer.concat(chunks).equals(await readFile(inFolder('a.tar')))).toBe(true);
  });

  test('takes the image of an index that has it with zstd, too', async () => {
    const layout = await LayoutWriter.create(inFolder('both'));
    const gzip = await layout.image();
    const copy = await layout.image({ seed: 'copy' });
    const zstd = { ...copy, annotations: { 'io.github.containers.compression.zstd': 'true' } };
    await layout.list(await layout.index([zstd, gzip])).finish();
    await write(`docker-archive:${inFolder('a.tar')}:web`, [await outgoing(`oci:${layout.path}`)]);
    const { content } = await membersOf(inFolder('a.tar'));
    const [{ Config: config }] = JSON.parse(content('manifest.json').toString());
    expect(config).toBe(`${gzip.config.digest.slice(7)}.json`);
  });

  test('holds several images, and layers that they share once', async () => {
    const shared = { bytes: gzipSync(plain), diffId: diffIds[0] ?? '' };
    const other = { bytes: gzipSync(text), diffId: diffIds[1] ?? '' };
    const a = { ...(await imageOf('a', [shared])), references: ['example.com/a:1', 'example.com/moving'] };
    const b = { ...(await imageOf('b', [shared, other])), references: ['example.com/b', 'example.com/moving'] };
    const told = listener();
    await write(`docker-archive:${inFolder('a.tar')}`, [a, b, { ...a, references: ['example.com/a:2'] }], { told });
    const { members, content } = await membersOf(inFolder('a.tar'));
    expect(members).toHaveLength(2 + 2 + 1);
    expect(JSON.parse(content('manifest.json').toString())).toMatchObject([
      { RepoTags: ['example.com/a:1', 'example.com/a:2'] },
      { RepoTags: ['example.com/b:latest', 'example.com/moving:latest'] },
    ]);
    expect(told.existing).toContain(digestOf(shared.bytes));
    const found = await outgoing(`docker-archive:${inFolder('a.tar')}:example.com/b:latest`);
    expect(found.tree.blobs.map(({ descriptor }) => descriptor.digest).slice(1)).toEqual(diffIds);
    await expect(write(`docker-archive:${inFolder('b.tar')}:x`, [a, b])).rejects.toMatchObject({ code: 'USAGE' });
  });

  test.each([
    ['a layer that is not what its diffID says', gzipSync(text), 'BLOB_CORRUPT'],
    ['damaged compression', Buffer.concat([gzipSync(plain).subarray(0, 5000), Buffer.alloc(500)]), 'ARCHIVE_INVALID'],
    ['a layer that is cut off', gzipSync(plain).subarray(0, 5000), 'ARCHIVE_INVALID'],
    ['something after the layer', Buffer.concat([gzipSync(plain), randomBytes('more', 2_000_000)]), undefined],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'ARCHIVE_INVALID'],
  ])('is not made of %s', async (_name, bytes, code) => {
    const ready = await imageOf('a', [{ bytes, diffId: diffIds[0] ?? '' }]);
    await expect(write(`docker-archive:${inFolder('a.tar')}`, [ready])).rejects.toMatchObject(
      code === undefined ? { name: 'PushboatError' } : { code },
    );
    expect(readdirSync(folder.path)).toEqual(['a']);
  });

  test('is not made of a layer that unpacks to more than is allowed', async () => {
    const zeros = Buffer.alloc(2_000_000);
    const ready = await imageOf('a', [{ bytes: gzipSync(zeros), diffId: digestOf(zeros) }]);
    const environment = bareEnvironment({ PUSHBOAT_ARCHIVE_MAX_BYTES: '1000000' });
    await expect(write(`docker-archive:${inFolder('a.tar')}`, [ready], { environment })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(readdirSync(folder.path)).toEqual(['a']);
  });

  test.each(['new', 'empty'])('that two write at once to one %s file is one’s: the other fails', async (there) => {
    if (there === 'empty') await writeFile(inFolder('a.tar'), '');
    const [a, b] = [await image('a'), await image('b')];
    const signal = new AbortController().signal;
    await using first = await destination(`docker-archive:${inFolder('a.tar')}`).begin(signal);
    await using second = await destination(`docker-archive:${inFolder('a.tar')}`).begin(signal);
    await first.add(a, listener(), signal);
    await second.add(b, listener(), signal);
    const ends = await Promise.allSettled([first.commit(signal), second.commit(signal)]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const refused = ends.find((end) => end.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'DESTINATION_EXISTS' });
    const written = ends[0]?.status === 'fulfilled' ? a : b;
    const found = await outgoing(`docker-archive:${inFolder('a.tar')}`);
    // The config keeps its bytes.
    expect(digestsOf(written)).toContain(digestsOf(found)[0]);
  });

  test('goes through a pipe that somebody reads, and waits for nobody where none does', async () => {
    const ready = await image('ready');
    makePipe(inFolder('pipe'));
    const reader = spawn('cat', [inFolder('pipe')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [, bytes] = await Promise.all([write(`docker-archive:${inFolder('pipe')}`, [ready]), allOf(reader.stdout)]);
    await writeFile(inFolder('read.tar'), bytes);
    expect((await membersOf(inFolder('read.tar'))).members.map(({ name }) => name)).toContain('manifest.json');
    await expect(write(`docker-archive:${inFolder('pipe')}`, [ready])).rejects.toMatchObject({
      code: 'DESTINATION_UNWRITABLE',
      message: expect.stringMatching(/nobody reads from the pipe/) as string,
    });
  });

  test('is not added to, and replaces an empty file only', async () => {
    const ready = await image('a');
    await writeFile(inFolder('a.tar'), '');
    await write(`docker-archive:${inFolder('a.tar')}`, [ready]);
    const before = await readFile(inFolder('a.tar'));
    await expect(write(`docker-archive:${inFolder('a.tar')}`, [ready])).rejects.toMatchObject({
      code: 'DESTINATION_EXISTS',
      hint: 'choose-destination',
    });
    expect((await readFile(inFolder('a.tar'))).equals(before)).toBe(true);
  });

  test('takes one platform: that of an index with no other, its attestations aside', async () => {
    const layout = await LayoutWriter.create(inFolder('multi'));
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ];
    const two = await layout.multiPlatform(platforms);
    const attestation = {
      ...(await layout.image({ seed: 'attestation', layers: 1 })),
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const [amd64] = two.images;
    const one = await layout.index([...(amd64 ? [amd64] : []), attestation]);
    await layout.list(two, { refName: 'two' }).list(one, { refName: 'one' }).finish();
    await expect(
      write(`docker-archive:${inFolder('a.tar')}`, [await outgoing(`oci:${layout.path}:two`)]),
    ).rejects.toMatchObject({
      code: 'MEDIA_TYPE_UNSUPPORTED',
      hint: 'choose-one-platform',
      facts: { candidates: ['linux/amd64', 'linux/arm64/v8'] },
    });
    await write(`docker-archive:${inFolder('a.tar')}`, [await outgoing(`oci:${layout.path}:one`)]);
    const { content } = await membersOf(inFolder('a.tar'));
    expect(JSON.parse(content('manifest.json').toString())).toMatchObject([
      { Config: `${amd64?.config.digest.slice(7)}.json` },
    ]);
  });

  test('does not take an artifact, nor a config that does not belong to its layers', async () => {
    const layout = await LayoutWriter.create(inFolder('artifact'));
    await layout.list(await layout.artifact()).finish();
    await expect(
      write(`docker-archive:${inFolder('a.tar')}`, [await outgoing(`oci:${layout.path}`)]),
    ).rejects.toMatchObject({ code: 'MEDIA_TYPE_UNSUPPORTED' });
    const ready = await imageOf('none', [{ bytes: gzipSync(plain), diffId: 'none' }]);
    await expect(write(`docker-archive:${inFolder('a.tar')}`, [ready])).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
    });
  });

  test('that is cancelled leaves nothing', async () => {
    const ready = await image('a', { layers: 3, layerSize: 3_000_000 });
    const stop = new AbortController();
    const told = { ...listener(), read: () => stop.abort() };
    await expect(
      write(`docker-archive:${inFolder('a.tar')}`, [ready], { told, signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(readdirSync(folder.path)).toEqual(['a']);
  });
});
