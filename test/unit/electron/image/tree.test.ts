import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readImageTree } from '../../../../electron/image/tree.ts';
import type { Descriptor, LocalImage } from '../../../../electron/image/types.ts';
import { digestOf } from '../../../../electron/image/verify.ts';
import type { Digest } from '../../../../shared/digest.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { MediaType } from '../../../../shared/media-types.ts';

/** A store in memory. `put` gives true digests; `putAs` lies, which a store that does not verify could. */
class MemoryStore {
  readonly blobs = new Map<string, Uint8Array>();
  reads = 0;

  put(mediaType: string, value: unknown): Descriptor {
    const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    return this.putAs(digestOf(bytes), mediaType, bytes);
  }

  putAs(digest: Digest, mediaType: string, bytes: Uint8Array): Descriptor {
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.byteLength };
  }

  image(name: string, layerCount = 2, history: object[] = []): Descriptor {
    const config = this.put(MediaType.ociConfig, { os: 'linux', architecture: 'amd64', name, history });
    const layers = Array.from({ length: layerCount }, (_, i) => this.put(MediaType.ociLayerGzip, `${name} layer ${i}`));
    return this.put(MediaType.ociManifest, { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers });
  }

  index(manifests: Descriptor[]): Descriptor {
    return this.put(MediaType.ociIndex, { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests });
  }

  open(root: Descriptor): LocalImage {
    return {
      root,
      name: 'test',
      references: [],
      read: async ({ digest }) => {
        this.reads++;
        const bytes = this.blobs.get(digest);
        if (!bytes) throw new PushboatError('BLOB_MISSING', `no ${digest}`);
        return bytes;
      },
      check: async () => undefined,
      blob: () => Readable.from([]),
    };
  }
}

it('of a BuildKit cache is no image, and nothing of it is damaged', async () => {
  const store = new MemoryStore();
  const cache = store.open(store.index([store.put(MediaType.ociLayerGzip, 'a layer')]));
  await expect(readImageTree(cache)).rejects.toMatchObject({
    code: 'MEDIA_TYPE_UNSUPPORTED',
    message: expect.stringContaining('this is a cache of BuildKit, not an image'),
    hint: 'push-an-image',
  });
});

describe('readImageTree', () => {
  it('lists a single image with its blobs and what made each layer', async () => {
    const store = new MemoryStore();
    const history = [{ created_by: 'FROM' }, { created_by: 'ENV', empty_layer: true }, { created_by: 'COPY' }];
    const tree = await readImageTree(store.open(store.image('a', 2, history)));
    expect(tree.manifests).toHaveLength(1);
    expect(tree.blobs.map(({ kind, createdBy }) => [kind, createdBy])).toEqual([
      ['config', undefined],
      ['layer', 'FROM'],
      ['layer', 'COPY'],
    ]);
    expect(tree.blobs[1]?.platform).toEqual({ os: 'linux', architecture: 'amd64' });
  });

  it('says nothing about layers when the history does not fit them', async () => {
    const store = new MemoryStore();
    const tree = await readImageTree(store.open(store.image('a', 2, [{ created_by: 'only one' }])));
    expect(tree.blobs.map((blob) => blob.createdBy)).toEqual([undefined, undefined, undefined]);
  });

  it('puts children before parents and each digest once', async () => {
    const store = new MemoryStore();
    const [a, b] = [store.image('a'), store.image('b')];
    const inner = store.index([a, b]);
    const root = store.index([a, inner, inner]);
    const tree = await readImageTree(store.open(root));
    expect(tree.manifests.map((manifest) => manifest.descriptor.digest)).toEqual(
      [a, b, inner, root].map((d) => d.digest),
    );
    expect(new Set(tree.blobs.map((blob) => blob.descriptor.digest)).size).toBe(tree.blobs.length);
    expect(Buffer.from(tree.manifests[0]?.bytes ?? []).equals(Buffer.from(store.blobs.get(a.digest) ?? []))).toBe(true);
  });

  it('reads 6 platforms of 200 layers each with one read per manifest and config', async () => {
    const store = new MemoryStore();
    const root = store.index(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => store.image(name, 200)));
    const tree = await readImageTree(store.open(root));
    expect(tree.blobs).toHaveLength(6 * 201);
    expect(store.reads).toBe(1 + 6 * 2);
  });

  it('lists children that are missing, and fails when the root is', async () => {
    const store = new MemoryStore();
    const [a, b] = [store.image('a'), store.image('b')];
    const root = store.index([a, b]);
    store.blobs.delete(b.digest);
    const tree = await readImageTree(store.open(root));
    expect(tree.missing.map((descriptor) => descriptor.digest)).toEqual([b.digest]);
    store.blobs.delete(root.digest);
    await expect(readImageTree(store.open(root))).rejects.toMatchObject({ code: 'BLOB_MISSING' });
  });

  it('allows 8 indexes within each other and refuses a ninth', async () => {
    const store = new MemoryStore();
    let nested = store.image('a');
    for (let depth = 0; depth < 8; depth++) nested = store.index([nested]);
    await expect(readImageTree(store.open(nested))).resolves.toBeDefined();
    await expect(readImageTree(store.open(store.index([nested])))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('refuses an index that contains itself', async () => {
    const store = new MemoryStore();
    const digest = `sha256:${'c'.repeat(64)}` as Digest;
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: MediaType.ociIndex, digest, size: 1 }] }),
    );
    const root = store.putAs(digest, MediaType.ociIndex, bytes);
    await expect(readImageTree(store.open(root))).rejects.toThrow(/contains itself/);
  });

  it('refuses children that no registry takes as a manifest', async () => {
    const store = new MemoryStore();
    const root = store.index([store.put('application/x-cache', 'x')]);
    await expect(readImageTree(store.open(root))).rejects.toMatchObject({ code: 'MEDIA_TYPE_UNSUPPORTED' });
  });

  it('refuses two sizes for one blob', async () => {
    const store = new MemoryStore();
    const config = store.put(MediaType.ociConfig, '{}');
    const layer = store.put(MediaType.ociLayer, 'layer');
    const root = store.put(MediaType.ociManifest, { schemaVersion: 2, config, layers: [layer, { ...layer, size: 1 }] });
    await expect(readImageTree(store.open(root))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('works without a readable config', async () => {
    const store = new MemoryStore();
    const root = store.image('a');
    for (const [digest, bytes] of store.blobs)
      if (Buffer.from(bytes).includes('architecture')) store.blobs.delete(digest);
    expect((await readImageTree(store.open(root))).blobs).toHaveLength(3);
  });

  it('stops when it is cancelled', async () => {
    const store = new MemoryStore();
    const signal = AbortSignal.abort();
    await expect(readImageTree(store.open(store.image('a')), { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
