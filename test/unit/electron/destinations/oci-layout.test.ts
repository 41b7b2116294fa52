import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { breakLayout } from '../../../fixtures/break-layouts.ts';
import { blobPath, LayoutWriter, makeLayout } from '../../../fixtures/layouts.ts';
import { destination, listener, outgoing, write } from '../../../fixtures/outgoing.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

interface IndexJson {
  annotations?: Record<string, string>;
  manifests: { digest: string; annotations?: Record<string, string>; extra?: string }[];
}

let folder: TempDir;
let out: string;
beforeEach(async () => {
  folder = await makeTempDir('oci-writer');
  out = join(folder.path, 'deep', 'out');
});
afterEach(() => folder.remove());

const source = (name: string) => join(folder.path, name);
const indexOf = () => JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as IndexJson;
const namesOf = () => indexOf().manifests.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name']);
const filesOf = (path: string): string[] => readdirSync(path, { recursive: true }).map(String).toSorted();

async function image(name: string, options: Parameters<typeof makeLayout>[1] = {}) {
  const { image: written } = await makeLayout(source(name), { seed: name, ...options });
  return { written, ready: await outgoing(`oci:${source(name)}`) };
}

describe('an OCI layout', () => {
  test('is made with the bytes of the image and nothing else', async () => {
    const { written, ready } = await image('a');
    const told = listener();
    expect(await write(`oci:${out}:1.0`, [ready], { told })).toEqual([
      { digest: written.digest, mediaType: written.mediaType },
    ]);
    expect(namesOf()).toEqual(['1.0']);
    expect(filesOf(out)).toEqual(filesOf(source('a')));
    for (const { descriptor } of ready.tree.blobs) {
      expect(await readFile(blobPath(out, descriptor.digest))).toEqual(
        await readFile(blobPath(source('a'), descriptor.digest)),
      );
      expect(told.bytes.get(descriptor.digest)).toBe(descriptor.size);
    }
    expect(told.done.toSorted()).toEqual(
      [...ready.tree.blobs, ...ready.tree.manifests].map(({ descriptor }) => descriptor.digest).toSorted(),
    );
  });

  test('that has images gets one more, and keeps everything of the others', async () => {
    const [a, b] = [await image('a'), await image('b')];
    await write(`oci:${out}:a`, [a.ready]);
    const index = indexOf();
    await writeFile(
      join(out, 'index.json'),
      JSON.stringify({
        ...index,
        annotations: { by: 'me' },
        manifests: index.manifests.map((m) => ({ ...m, extra: 'kept' })),
      }),
    );
    await write(`oci:${out}:b`, [b.ready]);
    expect(indexOf()).toMatchObject({
      annotations: { by: 'me' },
      manifests: [{ digest: a.written.digest, extra: 'kept' }, { digest: b.written.digest }],
    });
  });

  test('lets a name move to the new image', async () => {
    const [a, b] = [await image('a'), await image('b')];
    await write(`oci:${out}:1`, [a.ready]);
    await write(`oci:${out}:2`, [a.ready]);
    await write(`oci:${out}:1`, [b.ready]);
    expect(indexOf().manifests.map(({ digest }) => digest)).toEqual([a.written.digest, b.written.digest]);
    expect(namesOf()).toEqual(['2', '1']);
  });

  test('keeps an image that loses its only name, without one', async () => {
    const [a, b] = [await image('a'), await image('b')];
    await write(`oci:${out}:1`, [a.ready]);
    for (const _again of [1, 2]) await write(`oci:${out}:1`, [b.ready]);
    expect(indexOf().manifests.map(({ digest }) => digest)).toEqual([a.written.digest, b.written.digest]);
    expect(namesOf()).toEqual([undefined, '1']);
    await write(`oci:${out}:2`, [a.ready]);
    expect(namesOf()).toEqual(['1', '2']);
  });

  test('gets the further names too, and an image without a name only once', async () => {
    const { ready } = await image('a');
    await write(`oci:${out}`, [ready]);
    await write(`oci:${out}`, [ready]);
    expect(namesOf()).toEqual([undefined]);
    await write(`oci:${out}:1`, [{ ...ready, references: ['ghcr.io/acme/web:1', 'ghcr.io/acme/web:1'] }]);
    expect(namesOf()).toEqual(['1', 'ghcr.io/acme/web:1']);
  });

  test('takes an index with all its platforms', async () => {
    const layout = await LayoutWriter.create(source('multi'));
    const index = await layout.multiPlatform([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    await layout.list(index, { refName: 'm' }).finish();
    await write(`oci:${out}:m`, [await outgoing(`oci:${layout.path}`)]);
    expect(filesOf(out)).toEqual(filesOf(layout.path));
  });

  test('is not written with a platform missing', async () => {
    const layout = await LayoutWriter.create(source('multi'));
    const index = await layout.multiPlatform([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    await layout.list(index, { refName: 'm' }).finish();
    await rm(blobPath(layout.path, index.images[0]?.digest ?? index.digest));
    const lacking = await outgoing(`oci:${layout.path}`);
    await expect(write(`oci:${out}:m`, [lacking])).rejects.toMatchObject({
      code: 'BLOB_MISSING',
      hint: 'choose-platforms',
    });
    expect(existsSync(out)).toBe(false);
  });

  test('several images can be added at once, under their own names', async () => {
    const [a, b] = [await image('a'), await image('b')];
    const images = [
      { ...a.ready, references: ['example.com/a:1'] },
      { ...b.ready, references: ['example.com/b:1'] },
    ];
    await write(`oci:${out}`, images);
    expect(namesOf()).toEqual(['example.com/a:1', 'example.com/b:1']);
    await expect(write(`oci:${out}:x`, images)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('blobs that are there with their size are not read or written again', async () => {
    const { ready } = await image('a');
    await write(`oci:${out}:1`, [ready]);
    const [blob] = ready.tree.blobs;
    const path = blobPath(out, blob?.descriptor.digest ?? ready.tree.root.digest);
    await utimes(path, 1, 1);
    const told = listener();
    await write(`oci:${out}:2`, [ready], { told });
    expect(
      told.begun.filter((digest) => ready.tree.blobs.some(({ descriptor }) => descriptor.digest === digest)),
    ).toEqual([]);
    expect(told.existing).toHaveLength(ready.tree.blobs.length + 1);
    expect((await stat(path)).mtimeMs).toBe(1000);
  });

  test('a blob that is there with another size is written', async () => {
    const { ready } = await image('a');
    await write(`oci:${out}:1`, [ready]);
    const digest = ready.tree.blobs[0]?.descriptor.digest ?? ready.tree.root.digest;
    await writeFile(blobPath(out, digest), 'half');
    await write(`oci:${out}:1`, [ready]);
    expect(await readFile(blobPath(out, digest))).toEqual(await readFile(blobPath(source('a'), digest)));
  });

  test('two writers of one layout do not lose each other’s image', async () => {
    const [a, b] = [await image('a'), await image('b')];
    await Promise.all([write(`oci:${out}:a`, [a.ready]), write(`oci:${out}:b`, [b.ready])]);
    expect(new Set(namesOf())).toEqual(new Set(['a', 'b']));
    expect(filesOf(out).filter((name) => name.includes('pushboat'))).toEqual([]);
  });
});

describe('nothing is left', () => {
  test('of an image with a corrupt layer, not even the folders', async () => {
    const { ready } = await image('a');
    const digest = await breakLayout.corruptLayer(source('a'));
    await expect(write(`oci:${out}:1`, [ready])).rejects.toMatchObject({ code: 'BLOB_CORRUPT', facts: { digest } });
    expect(existsSync(join(folder.path, 'deep'))).toBe(false);
  });

  test('of one that is cancelled, where another image stays as it was', async () => {
    const [a, big] = [await image('a'), await image('big', { layers: 6, layerSize: 3_000_000 })];
    await write(`oci:${out}:a`, [a.ready]);
    const [files, index] = [filesOf(out), indexOf()];
    const stop = new AbortController();
    const told = listener();
    const stopping = { ...told, read: () => stop.abort() };
    await expect(write(`oci:${out}:big`, [big.ready], { told: stopping, signal: stop.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(told.done).toEqual([]);
    expect([filesOf(out), indexOf()]).toEqual([files, index]);
  });

  test('of one that is not committed, nor before it is', async () => {
    const { ready } = await image('a');
    const { signal } = new AbortController();
    const writer = await destination(`oci:${out}:1`).begin(signal);
    await writer.add(ready, listener(), signal);
    expect(readdirSync(out).filter((name) => !name.startsWith('.'))).toEqual([]);
    await writer[Symbol.asyncDispose]();
    expect(existsSync(out)).toBe(false);
  });
});

describe('what cannot be written is told before a layer is read', () => {
  test('a file in the way', async () => {
    await writeFile(source('file'), '');
    await expect(write(`oci:${source('file')}/layout`, [])).rejects.toMatchObject({
      code: 'DESTINATION_UNWRITABLE',
      hint: 'choose-destination',
      facts: { path: `${source('file')}/layout` },
    });
    await expect(write(`oci:${source('file')}`, [])).rejects.toMatchObject({
      code: 'DESTINATION_EXISTS',
      message: expect.stringContaining('it is not a folder') as string,
    });
  });

  test('an index.json of something else, which stays', async () => {
    await mkdir(out, { recursive: true });
    await writeFile(join(out, 'index.json'), '{"name":"web page"}');
    await expect(write(`oci:${out}`, [])).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
    expect(readdirSync(out)).toEqual(['index.json']);
  });

  test('a layout of a version that is not known', async () => {
    await makeLayout(out);
    await breakLayout.unknownVersion(out);
    await expect(write(`oci:${out}`, [])).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
  });
});
