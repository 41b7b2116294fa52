import { readdirSync, statSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readImageTree } from '../../../../../electron/image/tree.ts';
import type { Descriptor, LocalImage } from '../../../../../electron/image/types.ts';
import { EngineSource } from '../../../../../electron/sources/docker-daemon/engine-source.ts';
import { makeImageId } from '../../../../../electron/sources/names/image-ids.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { testEnvironment } from '../../../../fixtures/environment.ts';
import { randomBytes } from '../../../../fixtures/random.ts';
import { tarBlocks } from '../../../../fixtures/tar.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { sha256 } from '../containers-storage/store-maker.ts';

/** Six layers of 3 MiB and a small one, in an engine's order, which is not that of the image. */
const LAYERS = Array.from({ length: 6 }, (_, i) => randomBytes(`layer ${i}`, 3 * 1024 * 1024));
const SMALL = Buffer.alloc(10_240, 'small');
const ORDER = [4, 1, 5, 0, 3, 2];
const KEPT = 64 * 1024;

const digest = (bytes: Buffer) => `sha256:${sha256(bytes)}`;
const CONFIG = Buffer.from(
  JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [...LAYERS, SMALL].map(digest) },
  }),
);
const ID = digest(CONFIG);
const NAMES = [...LAYERS.keys(), 'small'].map((name) => `${name}/layer.tar`);
const LIST = Buffer.from(JSON.stringify([{ Config: 'config.json', RepoTags: ['a/b:1'], Layers: NAMES }]));

function archive(order: number[] = ORDER): Buffer {
  const members = [
    ...order.map((i) => ({ name: `${i}/layer.tar`, bytes: LAYERS[i] ?? SMALL })),
    { name: 'small/layer.tar', bytes: SMALL },
    { name: 'config.json', bytes: CONFIG },
    { name: 'manifest.json', bytes: LIST },
  ];
  return Buffer.concat([
    ...tarBlocks(members.map(({ name, bytes }) => ({ name, size: bytes.byteLength, blocks: [bytes] }))),
  ]);
}

/** The same as Docker 25.0 saves it: named by digest, next to a layout whose manifest has the layers in another order than the config. */
function archiveOf25(): Buffer {
  const layers = [...LAYERS, SMALL];
  const blob = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digest(bytes), size: bytes.byteLength });
  const place = (bytes: Buffer) => `blobs/sha256/${sha256(bytes)}`;
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const manifest = json({
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: blob(CONFIG, MediaType.ociConfig),
    layers: layers.map((bytes) => blob(bytes, MediaType.ociLayer)).toReversed(),
  });
  const members = [
    ...[...ORDER.map((i) => LAYERS[i] ?? SMALL), SMALL, CONFIG, manifest].map((bytes) => ({
      name: place(bytes),
      bytes,
    })),
    { name: 'oci-layout', bytes: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', bytes: json({ schemaVersion: 2, manifests: [blob(manifest, MediaType.ociManifest)] }) },
    {
      name: 'manifest.json',
      bytes: json([{ Config: place(CONFIG), RepoTags: ['a/b:1'], Layers: layers.map(place) }]),
    },
  ];
  return Buffer.concat([
    ...tarBlocks(members.map(({ name, bytes }) => ({ name, size: bytes.byteLength, blocks: [bytes] }))),
  ]);
}

let folder: TempDir;
let engine: Server;
let saves: number;
let answer: (response: ServerResponse, turn: number) => void;
let facts: Record<string, unknown>;
let source: EngineSource;

beforeEach(async () => {
  folder = await makeTempDir('large-save');
  saves = 0;
  facts = {};
  answer = (response) => response.end(archive());
  engine = createServer((request, response) => {
    if (request.url?.endsWith('/get')) answer(response, ++saves);
    else response.end(JSON.stringify({ Id: ID, RepoTags: ['a/b:1'], Os: 'linux', Architecture: 'amd64', ...facts }));
  });
  const path = join(folder.path, 'engine.sock');
  await new Promise<void>((resolve) => engine.listen(path, resolve));
  source = new EngineSource('Docker', { kind: 'socket', path }, testEnvironment(), KEPT);
});

afterEach(async () => {
  source.close();
  engine.closeAllConnections();
  await new Promise((resolve) => engine.close(resolve));
  await folder.remove();
});

async function opened(): Promise<{ image: LocalImage; layers: Descriptor[] }> {
  const image = await source.open(makeImageId(source.id, [ID]));
  const { blobs } = await readImageTree(image);
  return { image, layers: blobs.filter(({ kind }) => kind === 'layer').map(({ descriptor }) => descriptor) };
}

const at = (layers: Descriptor[], i: number): Descriptor => {
  const layer = layers[i];
  if (!layer) throw new Error(`no layer ${i}`);
  return layer;
};

/** Bytes that the disk gives for what is kept of saves: holes of files take none. */
function onDisk(): number {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(`pushboat-save-${process.pid}-`));
  const paths = folders.flatMap((name) => readdirSync(join(tmpdir(), name)).map((file) => join(tmpdir(), name, file)));
  return paths.reduce((sum, path) => sum + statSync(path).blocks * 512, 0);
}

const read = (image: LocalImage, layer: Descriptor) => buffer(image.blob(layer, { once: true }));

describe('an image of an engine whose layers are large', () => {
  test('streams: its layers, read in the engine’s order, come from one more save, and the disk holds next to nothing', async () => {
    const { image, layers } = await opened();
    expect(image.order).toEqual(ORDER.map((i) => at(layers, i).digest));
    expect(onDisk()).toBeLessThan(2 * KEPT);
    for (const layer of layers) await image.check(layer);
    let most = 0;
    for (const i of ORDER) {
      const chunks: Buffer[] = [];
      for await (const chunk of image.blob(at(layers, i), { once: true })) {
        chunks.push(chunk as Buffer);
        most = Math.max(most, onDisk());
      }
      expect(Buffer.concat(chunks).equals(LAYERS[i] ?? SMALL)).toBe(true);
    }
    expect((await read(image, at(layers, 6))).equals(SMALL)).toBe(true);
    expect(most).toBeLessThan(2 * KEPT);
    expect(saves).toBe(2);
  });

  test('is saved once where the disk has room for all of it', async () => {
    source.close();
    const path = join(folder.path, 'engine.sock');
    source = new EngineSource('Docker', { kind: 'socket', path }, testEnvironment(), 64 * 1024 * 1024);
    const { image, layers } = await opened();
    for (const i of LAYERS.keys()) expect((await read(image, at(layers, i))).equals(LAYERS[i] ?? SMALL)).toBe(true);
    expect(saves).toBe(1);
  });

  test('comes in the order of its config, though the layout that Docker 25.0 saves has another', async () => {
    const saved = archiveOf25();
    answer = (response) => response.end(saved);
    const { image, layers } = await opened();
    expect(image.oddities).toEqual(['contradicted']);
    expect(layers.map((layer) => layer.digest)).toEqual([...LAYERS, SMALL].map(digest));
    for (const i of ORDER) expect((await read(image, at(layers, i))).equals(LAYERS[i] ?? SMALL)).toBe(true);
    expect((await read(image, at(layers, 6))).equals(SMALL)).toBe(true);
    expect(saves).toBe(2);
    expect(onDisk()).toBeLessThan(2 * KEPT);
  });

  test('gives layers again that somebody took as they came, wholly or in part, and keeps nothing of them', async () => {
    facts = { RootFS: { Layers: LAYERS.map(digest) } };
    const taken: string[] = [];
    const image = await source.open(makeImageId(source.id, [ID]), undefined, async ({ content }) => {
      const isWhole = taken.length % 2 === 0;
      const chunks: Buffer[] = [];
      for await (const chunk of content()) {
        chunks.push(Buffer.from(chunk as Buffer));
        if (!isWhole) break;
      }
      taken.push(isWhole ? digest(Buffer.concat(chunks)) : 'a part');
      return true;
    });
    expect(taken).toEqual(ORDER.map((i, turn) => (turn % 2 === 0 ? digest(LAYERS[i] ?? SMALL) : 'a part')));
    expect(onDisk()).toBeLessThan(2 * KEPT);
    const { blobs } = await readImageTree(image);
    const layers = blobs.filter(({ kind }) => kind === 'layer').map(({ descriptor }) => descriptor);
    for (const i of ORDER) expect((await read(image, at(layers, i))).equals(LAYERS[i] ?? SMALL)).toBe(true);
    expect(saves).toBe(2);
  });

  test('passes over layers that nobody wants', async () => {
    const { image, layers } = await opened();
    for (const i of [1, 0, 2]) expect((await read(image, at(layers, i))).equals(LAYERS[i] ?? SMALL)).toBe(true);
    expect(saves).toBe(2);
  });

  test('gives layers in any order and at once, with further saves', async () => {
    const { image, layers } = await opened();
    const contents = await Promise.all([2, 0, 4, 4].map((i) => read(image, at(layers, i))));
    for (const [turn, i] of [2, 0, 4, 4].entries()) expect(contents[turn]?.equals(LAYERS[i] ?? SMALL)).toBe(true);
    expect(saves).toBeLessThanOrEqual(4);
  });

  test('does not wait for readers that have gone', async () => {
    const { image, layers } = await opened();
    const halfRead = image.blob(at(layers, 4), { once: true });
    for await (const _ of halfRead) break;
    const waiting = image.blob(at(layers, 1), { once: true }).resume();
    waiting.on('error', () => undefined).destroy();
    expect((await read(image, at(layers, 3))).equals(LAYERS[3] ?? SMALL)).toBe(true);
    expect(saves).toBe(2);
  });

  test('keeps a copy of a single layer for an upload that reads it in parts, and lets it go afterwards', async () => {
    const { image, layers } = await opened();
    const layer = at(layers, 5);
    const bytes = LAYERS[5] ?? SMALL;
    const middle = await buffer(image.blob(layer, { offset: 1000, length: 500_000 }));
    expect(middle.equals(bytes.subarray(1000, 501_000))).toBe(true);
    expect(onDisk()).toBeLessThan(layer.size + 2 * KEPT);
    expect((await buffer(image.blob(layer, { offset: 501_000 }))).equals(bytes.subarray(501_000))).toBe(true);
    await expect.poll(onDisk).toBeLessThan(2 * KEPT);
    expect((await buffer(image.blob(layer))).equals(bytes)).toBe(true);
    expect(saves).toBe(3);
  });

  test('is an error with the place when the engine stops in the middle, and the next try works', async () => {
    const { image, layers } = await opened();
    answer = (response, turn) => {
      if (turn > 2) response.end(archive());
      else response.write(archive().subarray(0, 4_000_000), () => response.destroy());
    };
    const [first, second] = await Promise.allSettled([read(image, at(layers, 4)), read(image, at(layers, 1))]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { code: 'ENGINE_FAILED', hint: 'start-engine' } });
    expect(String(second.status === 'rejected' && second.reason)).toMatch(
      /stopped in the middle of an image: .*after \d{7} bytes/,
    );
    expect((await read(image, at(layers, 1))).equals(LAYERS[1] ?? SMALL)).toBe(true);
  });

  test('is an error when a second save lacks the layer, or ends without it', async () => {
    const { image, layers } = await opened();
    answer = (response) => response.end(archive([0, 1]));
    await expect(read(image, at(layers, 4))).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    answer = (response) => response.end(archive().subarray(0, 4_000_000));
    await expect(read(image, at(layers, 1))).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });

  test('can be cancelled while it waits for its layer', async () => {
    const { image, layers } = await opened();
    answer = (response) => response.write(archive().subarray(0, 600));
    const stop = new AbortController();
    const reading = buffer(image.blob(at(layers, 2), { once: true, signal: stop.signal }));
    await expect.poll(() => saves).toBe(2);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('may be a layout with compressed layers, as of Docker’s containerd store: its bytes stay as they are', async () => {
    const gzip = Buffer.from('1f8b08', 'hex');
    const layers = [1, 2].map((seed) => Buffer.concat([gzip, randomBytes(`packed ${seed}`, 2_000_000)]));
    const described = (mediaType: string, bytes: Buffer) => ({
      mediaType,
      digest: digest(bytes),
      size: bytes.byteLength,
    });
    const config = Buffer.from(
      JSON.stringify({ rootfs: { type: 'layers', diff_ids: LAYERS.slice(0, 2).map(digest) } }),
    );
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MediaType.ociManifest,
        config: described(MediaType.ociConfig, config),
        layers: layers.map((bytes) => described(MediaType.ociLayerGzip, bytes)),
      }),
    );
    const index = { schemaVersion: 2, manifests: [described(MediaType.ociManifest, manifest)] };
    const blobs = [...layers.toReversed(), config, manifest].map((bytes) => ({
      name: `blobs/sha256/${sha256(bytes)}`,
      bytes,
    }));
    const members = [
      ...blobs,
      { name: 'index.json', bytes: Buffer.from(JSON.stringify(index)) },
      { name: 'manifest.json', bytes: Buffer.from('[]') },
      { name: 'oci-layout', bytes: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    ];
    const tar = tarBlocks(members.map(({ name, bytes }) => ({ name, size: bytes.byteLength, blocks: [bytes] })));
    const saved = Buffer.concat([...tar]);
    answer = (response) => response.end(saved);
    const opening = await opened();
    expect(opening.image.uncompressed).toBeUndefined();
    expect(opening.image.root.digest).toBe(digest(manifest));
    expect(opening.image.order).toEqual(layers.toReversed().map(digest));
    expect(onDisk()).toBeLessThan(2 * KEPT);
    const contents = await Promise.all(opening.layers.map((layer) => buffer(opening.image.blob(layer))));
    expect(contents.map((bytes, i) => bytes.equals(layers[i] ?? SMALL))).toEqual([true, true]);
    await expect.poll(onDisk).toBeLessThan(2 * KEPT);
  });

  test('leaves nothing on the disk when it is let go', async () => {
    const { image, layers } = await opened();
    await buffer(image.blob(at(layers, 2), { length: 10 }));
    source.close();
    expect(onDisk()).toBe(0);
  });
});
