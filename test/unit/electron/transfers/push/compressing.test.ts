import { readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseImageConfig, parseManifest } from '../../../../../electron/image/parse.ts';
import type { BlobOptions, Descriptor, LocalImage, Manifest } from '../../../../../electron/image/types.ts';
import { digestOf } from '../../../../../electron/image/verify.ts';
import type { PushRequest } from '../../../../../electron/transfers/types.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { blobPath, makeLayout, type WrittenImage } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { startRegistry } from '../../../../registry/server.ts';
import { makePusher, type Pusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Plain {
  path: string;
  image: WrittenImage;
  request: (target: string, options?: PushRequest['options']) => Promise<PushRequest>;
  /** Digests of the blobs that were read, in order. */
  readBlobs: string[];
}

type Written = Awaited<ReturnType<typeof makeLayout>>;

let shared: TempDir;
/** Takes a while to compress. */
let large: Written;

beforeAll(async () => {
  shared = await makeTempDir();
  large = await writePlain(join(shared.path, 'large'), 60_000_000);
});

afterAll(() => shared.remove());

function writePlain(path: string, size: number): Promise<Written> {
  const layer = { size, content: 'text', compression: 'none' } as const;
  return makeLayout(path, {
    layers: [layer, { ...layer, seed: 'second' }],
    labels: { team: 'sea' },
    emptyHistory: ['CMD ["/app"]'],
    annotations: { 'com.example.note': 'kept' },
  });
}

/** A layout with plain layers, opened as a store that keeps them so would open it. */
async function plainImage(written?: Written): Promise<Plain> {
  const { path, image } = written ?? (await writePlain(rig.path('plain'), 300_000));
  const readBlobs: string[] = [];
  const request = async (target: string, options: PushRequest['options'] = {}) => {
    const made = await requestFor(path, rig.target(target), { options });
    return { ...made, openImage: async () => asPlainStore(await made.openImage(), readBlobs) };
  };
  return { path, image, request, readBlobs };
}

function asPlainStore(image: LocalImage, readBlobs: string[]): LocalImage {
  const { root, name, references } = image;
  return {
    root,
    name,
    references,
    uncompressed: true,
    read: (descriptor: Descriptor) => image.read(descriptor),
    check: (descriptor: Descriptor) => image.check(descriptor),
    ...(image.bytes ? { bytes: image.bytes.bind(image) } : {}),
    blob: (descriptor: Descriptor, options?: BlobOptions) => {
      readBlobs.push(descriptor.digest);
      return image.blob(descriptor, options);
    },
  };
}

async function push(pusher: Pusher, request: PushRequest) {
  return pusher.service.settled(pusher.service.start(request));
}

function pushedManifest(repository: string, tag: string): Manifest {
  const found = rig.registry.manifest(repository, tag);
  const parsed = parseManifest(found?.manifest.bytes ?? new Uint8Array());
  if (parsed.kind === 'index') throw new Error('an index');
  return parsed;
}

describe('a push of plain layers', () => {
  it('sends them as gzip, and keeps config, history, labels and annotations', async () => {
    const { image, request } = await plainImage();
    await using pusher = makePusher();
    const { job, layers } = await push(pusher, await request('acme/web:1'));
    expect(job.error).toBeUndefined();
    const manifest = pushedManifest('acme/web', '1');
    expect(manifest.config).toMatchObject({ digest: image.config.digest });
    expect(manifest.annotations).toEqual({ 'com.example.note': 'kept' });
    const config = parseImageConfig(await rig.registry.readBlob(manifest.config.digest));
    expect(config.labels).toEqual({ team: 'sea' });
    for (const [index, layer] of manifest.layers.entries()) {
      expect(layer.mediaType).toBe(MediaType.ociLayerGzip);
      const bytes = await rig.registry.readBlob(layer.digest);
      expect(bytes.length).toBe(layer.size);
      expect(digestOf(gunzipSync(bytes))).toBe(config.diffIds[index]);
    }
    expect(layers.map(({ state }) => state)).toEqual(Array(4).fill('pushed'));
    expect(layers[1]).toMatchObject({ digest: image.layers[0]?.digest, sentAs: manifest.layers[0]?.digest });
    expect(job.bytesSent).toBe(job.bytesTotal);
    expect(job.result?.digest).toBe(rig.registry.manifest('acme/web', '1')?.digest);
  });

  it('sends them as zstd where that is wished', async () => {
    const { image, request } = await plainImage();
    await using pusher = makePusher();
    await push(pusher, await request('acme/web:1', { compression: { format: 'zstd', level: 5 } }));
    const [layer] = pushedManifest('acme/web', '1').layers;
    expect(layer?.mediaType).toBe(MediaType.ociLayerZstd);
    const bytes = await rig.registry.readBlob(layer?.digest ?? '');
    expect(digestOf(zstdDecompressSync(bytes))).toBe(image.layers[0]?.digest);
  });

  it('leaves them alone where that is wished, and layouts always but by wish', async () => {
    const { path, image, request } = await plainImage();
    await using pusher = makePusher();
    const asked = await push(pusher, await request('acme/a:1', { compression: { format: 'none' } }));
    expect(asked.job.result?.digest).toBe(image.digest);
    const layout = await push(pusher, await requestFor(path, rig.target('acme/b:1')));
    expect(layout.job.result?.digest).toBe(image.digest);
    const options = { compression: { format: 'gzip' } } as const;
    const wished = await push(pusher, await requestFor(path, rig.target('acme/c:1'), { options }));
    expect(wished.job.result?.digest).not.toBe(image.digest);
  });

  it('does not compress again what is compressed already, and calls it what it is', async () => {
    const packed = { content: 'text', compression: 'gzip', calledType: MediaType.ociLayer } as const;
    const plain = { content: 'text', compression: 'none' } as const;
    const layers = [packed, { ...plain, seed: 'plain' }];
    const { path, image } = await makeLayout(rig.path('mixed'), { layers });
    for (const format of ['gzip', 'zstd'] as const) {
      await using pusher = makePusher();
      const options = { compression: { format } };
      const request = await requestFor(path, rig.target(`acme/${format}:1`), { options });
      const preview = await pusher.service.preview(request);
      expect(preview.blobs.map(({ action }) => action)).toEqual(['upload', 'upload', 'compress']);
      const { job, layers: rows } = await push(pusher, request);
      expect(job.error).toBeUndefined();
      const [first, second] = pushedManifest(`acme/${format}`, '1').layers;
      expect(first).toMatchObject({ mediaType: MediaType.ociLayerGzip, digest: image.layers[0]?.digest });
      expect(second?.mediaType).toBe(format === 'gzip' ? MediaType.ociLayerGzip : MediaType.ociLayerZstd);
      expect(rows.map(({ state }) => state)).toEqual(Array(4).fill('pushed'));
      expect(rows[1]?.mediaType).toBe(MediaType.ociLayerGzip);
    }
    await using pusher = makePusher();
    const kept = await push(pusher, await requestFor(path, rig.target('acme/kept:1')));
    expect(kept.job.result?.digest).toBe(image.digest);
  });

  it('tells honestly how much of a layer was read', async () => {
    const { request, image } = await plainImage(large);
    await using pusher = makePusher();
    await push(pusher, await request('acme/web:1'));
    const rows = pusher.history.filter(({ state }) => state === 'compressing');
    expect(rows.length).toBeGreaterThan(1);
    for (const { size, sent } of rows) {
      expect(image.layers.map((layer) => layer.size)).toContain(size);
      expect(sent).toBeLessThanOrEqual(size);
    }
  });

  it('reads nothing when it is pushed again, even by another process', async () => {
    const { image, request, readBlobs } = await plainImage();
    const dataDir = rig.path('data');
    {
      await using pusher = makePusher({ dataDir });
      await push(pusher, await request('acme/web:1'));
    }
    readBlobs.length = 0;
    rig.registry.requests.length = 0;
    await using pusher = makePusher({ dataDir });
    const again = await push(pusher, await request('acme/web:1'));
    expect(again.job.result).toMatchObject({ unchanged: true, bytesSent: 0 });
    const elsewhere = await push(pusher, await request('acme/other:1'));
    expect(elsewhere.job.state).toBe('done');
    expect(elsewhere.layers.filter(({ kind }) => kind === 'layer').map(({ state }) => state)).toEqual([
      'mounted',
      'mounted',
    ]);
    const layers = pushedManifest('acme/other', '1').layers;
    expect(layers).toEqual(pushedManifest('acme/web', '1').layers);
    const plain = image.layers.map(({ digest }) => digest as string);
    expect(readBlobs.filter((digest) => plain.includes(digest))).toEqual([]);
  });

  it('makes the same layer again when it is known but not on the registry', async () => {
    const { request } = await plainImage();
    await using pusher = makePusher();
    const first = await push(pusher, await request('acme/web:1'));
    await using other = await startRegistry({ storage: 'memory' });
    const target = { ...(await request('acme/web:1')).target, registry: other.host };
    const second = await push(pusher, { ...(await request('acme/web:1')), target });
    expect(second.job.error).toBeUndefined();
    expect(second.job.result?.digest).toBe(first.job.result?.digest);
    expect(second.job.bytesSent).toBe(second.job.bytesTotal);
  });

  it('compresses a layer once for two targets at the same time', async () => {
    const { request, readBlobs, image } = await plainImage();
    await using pusher = makePusher();
    const requests = [await request('acme/a:1'), await request('acme/b:1')];
    const ids = requests.map((each) => pusher.service.start(each));
    const done = await Promise.all(ids.map((id) => pusher.service.settled(id)));
    expect(done.map(({ job }) => job.state)).toEqual(['done', 'done']);
    for (const { digest } of image.layers) expect(readBlobs.filter((read) => read === digest)).toHaveLength(1);
  });

  it('continues after a login without compressing again', async () => {
    await using closed = await startRegistry({
      storage: 'memory',
      auth: { kind: 'basic', users: { alice: 'secret' } },
    });
    const { request } = await plainImage();
    await using pusher = makePusher();
    const target = { ...(await request('acme/web:1')).target, registry: closed.host };
    const id = pusher.service.start({ ...(await request('acme/web:1')), target });
    expect((await pusher.service.settled(id)).job.state).toBe('needs-login');
    pusher.login = { username: 'alice', password: 'secret', origin: { kind: 'session' } };
    pusher.service.registryChanged(closed.host);
    expect((await pusher.service.settled(id)).job.state).toBe('done');
  });

  it('leaves neither files nor threads when it is cancelled', async () => {
    vi.stubEnv('TMPDIR', rig.folder);
    const { request } = await plainImage(large);
    await using pusher = makePusher();
    const id = pusher.service.start(await request('acme/web:1'));
    await expect.poll(() => pusher.history.some(({ state, sent }) => state === 'compressing' && sent > 0)).toBe(true);
    expect(threads()).toBeGreaterThan(0);
    expect(await spools()).toHaveLength(1);
    await pusher.service.cancel(id);
    expect(threads()).toBe(0);
    await pusher.service.close();
    expect(await spools()).toEqual([]);
  });

  it('says that the local layer is corrupt, and pushes nothing made of it', async () => {
    const { path, image, request } = await plainImage();
    const [layer] = image.layers;
    const file = blobPath(path, layer?.digest ?? image.digest);
    await rm(file);
    await writeFile(file, '');
    await truncate(file, layer?.size ?? 0);
    await using pusher = makePusher();
    const { job } = await push(pusher, await request('acme/web:1'));
    expect(job).toMatchObject({ state: 'failed', error: { code: 'BLOB_CORRUPT' } });
    expect(rig.registry.tags('acme/web').size).toBe(0);
  });

  it('keeps compressed layers in the folder of choice, and mends one that was damaged there', async () => {
    const { request, readBlobs, image } = await plainImage();
    const [dataDir, blobCache] = [rig.path('data'), rig.path('cache')];
    await using pusher = makePusher({ dataDir, blobCache });
    await push(pusher, await request('acme/web:1'));
    const kept = await readdir(join(blobCache, 'blobs', 'sha256'));
    expect(kept).toHaveLength(2);
    await writeFile(join(blobCache, 'blobs', 'sha256', kept[0] ?? ''), 'damaged');
    readBlobs.length = 0;
    await using empty = await startRegistry({ storage: 'memory' });
    await using second = makePusher({ dataDir, blobCache });
    const target = { ...(await request('acme/web:1')).target, registry: empty.host };
    const { job } = await push(second, { ...(await request('acme/web:1')), target });
    expect(job.state).toBe('done');
    const layers = image.layers.map(({ digest }) => digest as string);
    expect(readBlobs.filter((digest) => layers.includes(digest))).toHaveLength(1);
  });
});

const spools = async () => (await readdir(rig.folder)).filter((name) => name.startsWith('pushboat-'));

/** Threads that compress in this process. */
function threads(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length;
}

describe('the preview of a push of plain layers', () => {
  it('says that they will be compressed, and afterwards exactly what is there', async () => {
    const { request, image } = await plainImage();
    await using pusher = makePusher();
    const before = await pusher.service.preview(await request('acme/web:1'));
    expect(before.digest).toBeUndefined();
    expect(before.tag.state).toBe('unknown');
    const actions = before.blobs.map(({ digest, action }) => ({ digest, action }));
    expect(actions).toEqual([
      { digest: image.config.digest, action: 'upload' },
      ...image.layers.map(({ digest }) => ({ digest, action: 'compress' })),
    ]);
    const { job } = await push(pusher, await request('acme/web:1'));
    const after = await pusher.service.preview(await request('acme/web:1'));
    expect(after).toMatchObject({ digest: job.result?.digest, bytesToSend: 0, tag: { state: 'same' } });
  });
});
