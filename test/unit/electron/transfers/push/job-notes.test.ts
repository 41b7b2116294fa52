import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createPushOutput } from '../../../../../electron/cli/push/output.ts';
import { printPreview } from '../../../../../electron/cli/push/preview-output.ts';
import { parseManifest } from '../../../../../electron/image/parse.ts';
import { dockerArchiveListing } from '../../../../../electron/sources/archive/docker-archive.ts';
import { ListedSource } from '../../../../../electron/sources/listing/listed-source.ts';
import { ImageStoreSource } from '../../../../../electron/sources/oci-layout/image-store.ts';
import { LayoutFolderSource } from '../../../../../electron/sources/oci-layout/layout-folder.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import type { TransferOptions } from '../../../../../shared/transfer-options.ts';
import { testStores } from '../../../../fixtures/environment.ts';
import { makeImageStore, storeName } from '../../../../fixtures/image-store.ts';
import { type BlobDescriptor, writeBlob, writeJsonBlob } from '../../../../fixtures/layout-blobs.ts';
import type { LayerOptions, WrittenLayer } from '../../../../fixtures/layout-layers.ts';
import { LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { run } from '../../../../fixtures/tools.ts';
import { makeIo } from '../../cli/terminal.ts';
import { makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };

const rig = makePushRig();

const push = (layout: string, options: TransferOptions = {}) => rig.push(layout, 'acme/web:1', { options });

async function signedIndex() {
  const layout = await LayoutWriter.create(rig.path('index'));
  const image = await layout.image({ platform: AMD64 });
  const other = await layout.image({ platform: { os: 'linux', architecture: 'arm64' }, seed: 'arm64' });
  const signature = await layout.artifact({ artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json' });
  return layout.list(await layout.index([image, other, signature]), { refName: 'latest' }).finish();
}

async function signedLayout(path: string): Promise<string> {
  const layout = await LayoutWriter.create(path);
  const image = await layout.image();
  const tagged = await layout.artifact({ files: [{ content: 'signature' }] });
  const referrer = await layout.artifact({ subject: image });
  const unrelated = await layout.artifact({ files: [{ content: 'other' }] });
  layout.list(image, { refName: 'latest' }).list(tagged, { refName: `${image.digest.replace(':', '-')}.sig` });
  return layout.list(referrer).list(unrelated).finish();
}

describe('a push says', () => {
  it('nothing of an image that is there as it is in its store', async () => {
    const { path } = await makeLayout(rig.path('a'));
    expect((await push(path)).job.result?.notes).toEqual([]);
  });

  it('that the registry did not take the format', async () => {
    rig.registry.quirks.rejectedMediaTypes = [MediaType.ociManifest];
    const { path } = await makeLayout(rig.path('a'), { annotations: { a: 'b' } });
    expect((await push(path)).job.result?.notes).toEqual([
      { kind: 'converted', from: MediaType.ociManifest, to: MediaType.dockerManifest, because: 'refused' },
      { kind: 'lost', what: 'annotations', to: MediaType.dockerManifest },
    ]);
  });

  it('that signatures were left out', async () => {
    const path = await signedIndex();
    expect((await push(path, { removeSignatures: true })).job.result?.notes).toEqual([
      { kind: 'signatures', count: 1 },
    ]);
  });

  it('that artifacts of an index were left out with a choice of platforms', async () => {
    const path = await signedIndex();
    expect((await push(path, { platforms: ['linux/amd64'] })).job.result?.notes).toEqual([
      { kind: 'attachments', count: 1 },
    ]);
  });

  it('that attestations are not in the store, and were left out with a choice of platforms', async () => {
    const layout = await LayoutWriter.create(rig.path('pulled'));
    const images = await Promise.all(
      ['amd64', 'arm64'].map((architecture) =>
        layout.image({ platform: { os: 'linux', architecture }, seed: architecture }),
      ),
    );
    const attestations = images.map(({ digest, size, mediaType }, at) => ({
      mediaType,
      size,
      digest: `sha256:${String(at).repeat(64)}` as typeof digest,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
    }));
    layout.list(await layout.index([...images, ...attestations]), { refName: '1' });
    const path = await layout.finish();
    const { job } = await push(path, { platforms: ['linux/amd64', 'linux/arm64'] });
    expect(job.result?.notes).toEqual([{ kind: 'absent', count: 2 }]);
  });

  it('that a layout has no oci-layout, whatever kind of store it is in', async () => {
    const store = await makeImageStore(rig.path('store'), ['acme/a:1']);
    const path = join(store, storeName('acme/a:1'));
    await rm(join(path, 'oci-layout'));
    expect((await push(path)).job.result?.notes).toEqual([{ kind: 'unmarked' }]);
    for (const source of [new ImageStoreSource(store), new LayoutFolderSource(store)]) {
      const [row] = await Array.fromAsync(source.list());
      expect((await source.open(row?.id ?? '')).oddities).toEqual(['unmarked']);
    }
    await writeFile(join(path, 'manifest.json'), '[]');
    const archive = rig.path('app.tar');
    await run('tar', ['--create', '--file', archive, '--directory', path, '.']);
    const source = new ListedSource(dockerArchiveListing(archive, testStores().archives));
    const [row] = await Array.fromAsync(source.list());
    expect((await source.open(row?.id ?? '')).oddities).toEqual(['unmarked']);
  });

  describe('where a manifest contradicts its config, as skopeo does not,', () => {
    /** A layout of an image whose manifest lists other layers than its config. */
    async function disputed(change: (layers: WrittenLayer[]) => BlobDescriptor[], layer: LayerOptions = {}) {
      const layout = await LayoutWriter.create(rig.path('disputed'));
      const options = [{ compression: 'none', ...layer } as const, { compression: 'none', ...layer } as const];
      const { config, layers } = await layout.image({ layers: options });
      const listed = change(layers).map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
      const mediaType = MediaType.ociManifest;
      const image = await writeJsonBlob(layout.path, mediaType, {
        schemaVersion: 2,
        mediaType,
        config,
        layers: listed,
      });
      return { path: await layout.list(image, { refName: 'latest' }).finish(), digest: image.digest, layers };
    }

    it('how many layers there are', async () => {
      const { path, digest } = await disputed(([first]) => (first ? [first] : []), { compression: 'gzip' });
      const { job } = await push(path);
      expect(job.result).toMatchObject({
        digest,
        notes: [{ kind: 'layerCount', manifest: digest, layers: 1, diffIds: 2 }],
      });
      await using pusher = makePusher();
      const preview = await pusher.service.preview(await requestFor(path, rig.target('acme/web:2')));
      expect(preview.differs).toEqual(job.result?.notes);
    });

    it('which plain layer is not the one of the config', async () => {
      const { path, digest, layers } = await disputed((all) => all.toReversed());
      const [first, second] = layers.map((layer) => layer.digest);
      const { job } = await push(path);
      expect(job.result).toMatchObject({
        digest,
        notes: [{ kind: 'layerDigest', manifest: digest, at: 0, layer: second, diffId: first }],
      });
    });

    it('nothing of compressed layers in another order, which only unpacking could tell', async () => {
      const { path } = await disputed((all) => all.toReversed(), { compression: 'gzip' });
      expect((await push(path)).job.result?.notes).toEqual([]);
    });
  });

  it('nothing of an artifact that borrows an image’s config type and names no layers in it', async () => {
    const layout = await LayoutWriter.create(rig.path('borrowed'));
    const config = await writeJsonBlob(layout.path, MediaType.ociConfig, {});
    const layer = await writeBlob(layout.path, MediaType.ociLayer, [gzipSync('chart')]);
    const mediaType = MediaType.ociManifest;
    const artifact = { schemaVersion: 2, mediaType, config, layers: [layer] };
    layout.list(await writeJsonBlob(layout.path, mediaType, artifact), { refName: 'latest' });
    expect((await push(await layout.finish())).job.result?.notes).toEqual([]);
  });

  describe('that the bytes of a layer are compressed, and its media type calls it plain:', () => {
    const packed = { compression: 'gzip', calledType: MediaType.ociLayer } as const;
    const mixed = () => makeLayout(rig.path('mixed'), { layers: [packed, { compression: 'none' }] });
    const sentTypes = (): string[] => {
      const parsed = parseManifest(rig.registry.manifest('acme/web', '1')?.manifest.bytes ?? new Uint8Array());
      return parsed.kind === 'index' ? [] : parsed.layers.map(({ mediaType }) => mediaType);
    };

    it('left as it is where the image keeps its bytes', async () => {
      const { path, image } = await mixed();
      expect((await push(path)).job.result).toMatchObject({
        digest: image.digest,
        notes: [{ kind: 'mistyped', count: 1 }],
      });
    });

    it.each([
      ['', {}, 'mistyped'],
      [', where they are compressed', { compression: { format: 'gzip' } }, 'retyped'],
      [', where it is converted', { format: 'v2s2' }, 'retyped'],
    ] as const)('said by its preview, too%s', async (_where, options, kind) => {
      await using pusher = makePusher();
      const { path } = await mixed();
      const preview = await pusher.service.preview(await requestFor(path, rig.target('acme/web:2'), { options }));
      expect(preview.differs).toEqual([{ kind, count: 1 }]);
    });

    it('put right where its plain layers are compressed', async () => {
      const { path } = await mixed();
      const { job } = await push(path, { compression: { format: 'gzip' } });
      expect(job.result?.notes).toEqual([{ kind: 'retyped', count: 1 }]);
      expect(sentTypes()).toEqual([MediaType.ociLayerGzip, MediaType.ociLayerGzip]);
    });

    it('put right where the manifest is converted', async () => {
      const { path } = await mixed();
      const { job } = await push(path, { format: 'v2s2' });
      expect(job.result?.notes).toMatchObject([{ kind: 'retyped', count: 1 }, { kind: 'converted' }]);
      expect(sentTypes()).toEqual([MediaType.dockerLayerGzip, MediaType.dockerLayer]);
    });
  });

  it('that signatures stay behind in the store, by their tag or their subject, and so does its preview', async () => {
    const path = await signedLayout(rig.path('signed'));
    expect((await rig.push(path, 'acme/web:1', { name: 'latest' })).job.result?.notes).toEqual([
      { kind: 'behind', count: 2 },
    ]);
    await using pusher = makePusher();
    const request = await requestFor(path, rig.target('acme/web:2'), { name: 'latest' });
    const preview = await pusher.service.preview(request);
    expect(preview.differs).toEqual([{ kind: 'behind', count: 2 }]);
    const { io, stdout } = makeIo();
    printPreview(preview, {}, io);
    expect(stdout()).toContain('Note: 2 signatures and artifacts about the image left in its store.');
  });

  it('that artifacts are left out with a choice of platforms before it is made, too', async () => {
    await using pusher = makePusher();
    const options = { platforms: ['linux/amd64'] };
    const request = await requestFor(await signedIndex(), rig.target('acme/web:1'), { options });
    expect((await pusher.service.preview(request)).differs).toEqual([{ kind: 'attachments', count: 1 }]);
  });

  it('what stays behind in an image store, too', async () => {
    await signedLayout(rig.path('store', 'web'));
    const store = new ImageStoreSource(rig.path('store'));
    const image = await store.open(store.imageId('web'));
    expect(await image.companions?.(new Set())).toBe(2);
  });
});

describe('the command line', () => {
  async function fallback() {
    rig.registry.quirks.rejectedMediaTypes = [MediaType.ociManifest];
    const { path } = await makeLayout(rig.path('a'));
    return push(path);
  }
  const sentence = /The registry does not accept OCI. The image was pushed as Docker v2 schema 2/;

  it('tells it on standard error where only the digest is wanted on standard output', async () => {
    const snapshot = await fallback();
    const { io, stdout, stderr } = makeIo();
    createPushOutput({ quiet: true }, io).end([snapshot]);
    expect(stderr()).toMatch(sentence);
    expect(stdout()).toBe('');
  });

  it('tells with -q on standard error, too, that a media type was corrected', async () => {
    const layers = [{ compression: 'gzip', calledType: MediaType.ociLayer } as const];
    const { path } = await makeLayout(rig.path('packed'), { layers });
    const { io, stderr } = makeIo();
    createPushOutput({ quiet: true }, io).end([await push(path, { compression: { format: 'gzip' } })]);
    expect(stderr()).toMatch(/1 layer already compressed: given the matching media type\./);
  });

  it('tells it among the last lines, and to programs', async () => {
    const snapshot = await fallback();
    const [lines, json] = [makeIo(), makeIo()];
    createPushOutput({}, lines.io).end([snapshot]);
    expect(lines.stdout()).toMatch(sentence);
    createPushOutput({ json: true }, json.io).end([snapshot]);
    expect(JSON.parse(json.stdout())).toMatchObject({
      notes: [{ kind: 'converted', because: 'refused', message: expect.stringMatching(sentence) as string }],
    });
  });
});
