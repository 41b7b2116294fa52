import { rm } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { MediaType } from '../../../../../shared/media-types.ts';
import { blobPath, LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { MemoryImage } from '../../../../fixtures/memory-image.ts';
import { makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const OCI = [MediaType.ociManifest, MediaType.ociIndex];
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
  { os: 'linux', architecture: 's390x' },
];

const rig = makePushRig();

function stored(repository: string, tag: string) {
  const found = rig.registry.manifest(repository, tag);
  return JSON.parse(Buffer.from(found?.manifest.bytes ?? '{}').toString());
}

async function multiPlatform() {
  const layout = await LayoutWriter.create(rig.path('multi'));
  const index = await layout.multiPlatform(PLATFORMS);
  layout.list(index, { refName: 'latest' });
  return { path: await layout.finish(), index };
}

describe('a registry that does not take OCI manifests', () => {
  it.each([400, 404, 415] as const)(
    'and says so with %i gets the image in Docker’s format, blobs sent once',
    async (status) => {
      rig.registry.quirks.rejectedMediaTypes = OCI;
      rig.registry.quirks.rejectedStatus = status;
      const { path, image } = await makeLayout(rig.path('a'), { layers: 3 });
      const { job, layers } = await rig.push(path, 'acme/web:1');
      expect(job.error).toBeUndefined();
      const manifest = stored('acme/web', '1');
      expect(manifest.mediaType).toBe(MediaType.dockerManifest);
      expect(manifest.config.digest).toBe(image.config.digest);
      expect(manifest.layers.map(({ digest }: { digest: string }) => digest)).toEqual(
        image.layers.map(({ digest }) => digest),
      );
      expect(job.result?.digest).toBe(rig.registry.tags('acme/web').get('1'));
      expect(job.result?.conversion).toEqual({
        from: MediaType.ociManifest,
        to: MediaType.dockerManifest,
        lost: [],
        isRefused: true,
      });
      expect(rig.requests('PUT', /manifests/)).toHaveLength(2);
      expect(rig.requests('PUT', /blobs/)).toHaveLength(4);
      // Tag and digest at the start, and each blob: nothing is asked again.
      expect(rig.requests('HEAD', /./)).toHaveLength(2 + 4);
      const row = layers.find(({ kind }) => kind === 'manifest');
      expect(row).toMatchObject({
        state: 'pushed',
        convertedFrom: MediaType.ociManifest,
        mediaType: MediaType.dockerManifest,
      });
    },
  );

  describe.each([
    [400, { errors: [{ code: 'MANIFEST_INVALID', message: 'manifest invalid', detail: {} }] }],
    [400, { errors: [{ code: 'MANIFEST_INVALID', message: 'manifest invalid', detail: { description: 'null' } }] }],
    [400, { errors: [{ code: 'TAG_INVALID', message: 'manifest tag did not match URI' }] }],
    [405, {}],
  ] as const)('and gives no reason (%i %j)', (status, body) => {
    const refuse = () =>
      Object.assign(rig.registry.quirks, { rejectedMediaTypes: OCI, rejectedStatus: status, rejectedBody: body });

    it('gets the image in Docker’s format when asking once more does not help', async () => {
      refuse();
      const { path } = await makeLayout(rig.path('a'));
      const { job } = await rig.push(path, 'acme/web:1');
      expect(job.error).toBeUndefined();
      expect(stored('acme/web', '1').mediaType).toBe(MediaType.dockerManifest);
      expect(job.result?.conversion).toMatchObject({ isRefused: true });
      expect(rig.requests('PUT', /manifests/)).toHaveLength(3);
    });

    it.each([
      ['a format was asked for', { format: 'oci' } as const],
      ['what is about the image goes with it', { referrers: true }],
    ])('does not where %s', async (_, options) => {
      refuse();
      const { path } = await makeLayout(rig.path('a'));
      const { job } = await rig.push(path, 'acme/web:1', { options });
      expect(job.error).toMatchObject({ code: 'MANIFEST_REJECTED' });
      expect(rig.requests('PUT', /manifests/)).toHaveLength(1);
    });
  });

  it('and gives no reason for Docker’s, either, leaves the choice to the person', async () => {
    rig.answers('PUT', /manifests/, 400, { code: 'MANIFEST_INVALID', message: 'manifest invalid' });
    const { path } = await makeLayout(rig.path('a'));
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job.error).toMatchObject({ code: 'MANIFEST_REJECTED', hint: 'choose-format' });
    expect(rig.requests('PUT', /manifests/)).toHaveLength(3);
  });

  it('is told in the manifest’s row while it is tried', async () => {
    rig.registry.quirks.rejectedMediaTypes = OCI;
    rig.registry.latency.ms = 120;
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    const { history } = await rig.push(path, 'acme/web:1');
    const tries = history.filter(({ kind, state }) => kind === 'manifest' && state === 'uploading');
    expect(tries.map(({ mediaType }) => mediaType)).toEqual([MediaType.ociManifest, MediaType.dockerManifest]);
    expect(tries[1]).toMatchObject({ convertedFrom: MediaType.ociManifest });
  });

  it('gets an index as a manifest list', async () => {
    rig.registry.quirks.rejectedMediaTypes = OCI;
    const { path, index } = await multiPlatform();
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job.error).toBeUndefined();
    const list = stored('acme/web', '1');
    expect(list.mediaType).toBe(MediaType.dockerManifestList);
    expect(list.manifests.map(({ platform }: { platform: unknown }) => platform)).toEqual(
      index.images.map(({ platform }) => platform),
    );
    for (const { digest } of list.manifests)
      expect(stored('acme/web', digest).mediaType).toBe(MediaType.dockerManifest);
  });

  it('gets a manifest list even when it took the children as they were', async () => {
    rig.registry.quirks.rejectedMediaTypes = [MediaType.ociIndex];
    const { path } = await multiPlatform();
    const { job, layers } = await rig.push(path, 'acme/web:1');
    expect(job.error).toBeUndefined();
    for (const { digest } of stored('acme/web', '1').manifests)
      expect(stored('acme/web', digest).mediaType).toBe(MediaType.dockerManifest);
    expect(layers.filter(({ state }) => state !== 'pushed')).toEqual([]);
  });

  it('gets only the chosen platforms, in Docker’s format', async () => {
    rig.registry.quirks.rejectedMediaTypes = OCI;
    const { path } = await multiPlatform();
    const { job, layers } = await rig.push(path, 'acme/web:1', {
      options: { platforms: ['linux/amd64', 'linux/arm64'] },
    });
    expect(job.error).toBeUndefined();
    const list = stored('acme/web', '1');
    expect(list.manifests.map(({ platform }: { platform: { architecture: string } }) => platform.architecture)).toEqual(
      ['amd64', 'arm64'],
    );
    expect(layers.some(({ platform }) => platform?.architecture === 's390x')).toBe(false);
  });

  it('gets layers that are compressed on the way, too', async () => {
    rig.registry.quirks.rejectedMediaTypes = OCI;
    const layer = { size: 200_000, content: 'text', compression: 'none' } as const;
    const { path } = await makeLayout(rig.path('plain'), { layers: [layer] });
    const { job } = await rig.push(path, 'acme/web:1', { options: { compression: { format: 'gzip' } } });
    expect(job.error).toBeUndefined();
    const [pushed] = stored('acme/web', '1').layers;
    expect(pushed.mediaType).toBe(MediaType.dockerLayerGzip);
    expect(pushed.size).toBeLessThan(200_000);
    expect(rig.registry.blobs('acme/web')).toContain(pushed.digest);
  });

  it('refuses an image that has no other form with its own words', async () => {
    rig.registry.quirks.rejectedMediaTypes = OCI;
    const layer = { size: 200_000, content: 'text', compression: 'none' } as const;
    const { path } = await makeLayout(rig.path('plain'), { layers: [layer] });
    const { job } = await rig.push(path, 'acme/web:1', { options: { compression: { format: 'zstd' } } });
    expect(job.error).toMatchObject({ code: 'MANIFEST_REJECTED' });
    expect(job.error?.message).toContain('manifest type is not supported');
    expect(rig.requests('PUT', /manifests/)).toHaveLength(1);
  });

  it('and none of Docker’s either, is tried twice and no more, and told by its first words', async () => {
    rig.registry.quirks.rejectedMediaTypes = [...OCI, MediaType.dockerManifest];
    const { path } = await makeLayout(rig.path('a'));
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job.error?.message).toContain(MediaType.ociManifest);
    expect(rig.requests('PUT', /manifests/)).toHaveLength(2);
  });

  it('gets all of it with the next try, when the first broke off in the middle', async () => {
    rig.registry.quirks.rejectedMediaTypes = [MediaType.ociManifest, MediaType.dockerManifestList];
    const { path } = await multiPlatform();
    await using pusher = makePusher();
    const id = pusher.service.start(await requestFor(path, rig.target('acme/web:1')));
    expect((await pusher.service.settled(id)).job.state).toBe('failed');
    rig.registry.quirks.rejectedMediaTypes = [MediaType.ociManifest];
    pusher.service.resume(id);
    await vi.waitFor(() => expect(pusher.service.list()[0]?.job.state).not.toBe('failed'));
    const { job, layers } = await pusher.service.settled(id);
    expect(job.error).toBeUndefined();
    expect(stored('acme/web', '1').mediaType).toBe(MediaType.dockerManifestList);
    expect(layers.filter(({ state }) => state !== 'pushed')).toEqual([]);
  });

  it('is not given another format than the one that was asked for', async () => {
    rig.registry.quirks.rejectedMediaTypes = OCI;
    const { path } = await makeLayout(rig.path('a'));
    const { job } = await rig.push(path, 'acme/web:1', { options: { format: 'oci' } });
    expect(job.error).toMatchObject({ code: 'MANIFEST_REJECTED' });
    expect(rig.requests('PUT', /manifests/)).toHaveLength(1);
  });
});

it('a refusal for another reason is not answered with another format', async () => {
  const { path } = await makeLayout(rig.path('a'));
  rig.registry.quirks.immutableTags = 409;
  await rig.push(path, 'acme/web:1', { options: { format: 'v2s2' } });
  rig.registry.requests.length = 0;
  const { job } = await rig.push(path, 'acme/web:1');
  expect(job.error).toMatchObject({ code: 'TAG_IMMUTABLE' });
  expect(rig.requests('PUT', /manifests/)).toHaveLength(1);
});

describe('a format that is asked for', () => {
  it('is pushed at once, and pushing it again sends nothing', async () => {
    const { path, image } = await makeLayout(rig.path('a'));
    const first = await rig.push(path, 'acme/web:1', { options: { format: 'v2s2' } });
    expect(stored('acme/web', '1')).toMatchObject({
      mediaType: MediaType.dockerManifest,
      config: { digest: image.config.digest },
    });
    expect(rig.requests('PUT', /manifests/)).toHaveLength(1);
    const again = await rig.push(path, 'acme/web:1', { options: { format: 'v2s2' } });
    expect(again.job.result).toMatchObject({ unchanged: true, bytesSent: 0, digest: first.job.result?.digest });
  });

  it('is told before in a preview, which sends nothing', async () => {
    const { path } = await makeLayout(rig.path('a'), { annotations: { a: 'b' } });
    await using pusher = makePusher();
    const request = await requestFor(path, rig.target('acme/web:1'), { options: { format: 'v2s2' } });
    const preview = await pusher.service.preview(request);
    expect(preview).toMatchObject({
      mediaType: MediaType.dockerManifest,
      conversion: { from: MediaType.ociManifest, to: MediaType.dockerManifest, lost: ['annotations'] },
    });
    expect(rig.registry.requests.filter(({ method }) => method !== 'HEAD' && method !== 'GET')).toEqual([]);
    const { job } = await pusher.service.settled(pusher.service.start(request));
    expect(job.result?.digest).toBe(preview.digest);
  });

  it('without zstd cannot be combined with zstd', async () => {
    const { path } = await makeLayout(rig.path('a'));
    const { job } = await rig.push(path, 'acme/web:1', {
      options: { format: 'v2s2', compression: { format: 'zstd' } },
    });
    expect(job.error).toMatchObject({ code: 'FORMAT_UNSUPPORTED', hint: 'choose-format' });
    expect(rig.registry.requests).toEqual([]);
  });

  it('compresses plain layers and converts after it', async () => {
    const layer = { size: 200_000, content: 'text', compression: 'none' } as const;
    const { path, image } = await makeLayout(rig.path('plain'), { layers: [layer] });
    const { job, layers } = await rig.push(path, 'acme/web:1', {
      options: { format: 'v2s2', compression: { format: 'gzip' } },
    });
    expect(job.error).toBeUndefined();
    const manifest = stored('acme/web', '1');
    expect(manifest.config.digest).toBe(image.config.digest);
    expect(manifest.layers[0].mediaType).toBe(MediaType.dockerLayerGzip);
    expect(layers.find(({ kind }) => kind === 'manifest')).toMatchObject({
      convertedFrom: MediaType.ociManifest,
      sentAs: job.result?.digest,
    });
  });
});

describe('platforms that are chosen', () => {
  it('one: its manifest is pushed alone under the tag', async () => {
    const { path, index } = await multiPlatform();
    const { job } = await rig.push(path, 'acme/web:1', { options: { platforms: ['linux/s390x'] } });
    const image = index.images[2];
    expect(job.result?.digest).toBe(image?.digest);
    expect(rig.registry.tags('acme/web').get('1')).toBe(image?.digest);
    expect(rig.registry.blobs('acme/web')).toHaveLength(3);
  });

  it('several: a new index is pushed, of their unchanged manifests', async () => {
    const { path, index } = await multiPlatform();
    const { job } = await rig.push(path, 'acme/web:1', { options: { platforms: ['linux/amd64', 'linux/arm64/v8'] } });
    expect(job.error).toBeUndefined();
    const { manifests } = stored('acme/web', '1');
    expect(manifests.map(({ digest }: { digest: string }) => digest)).toEqual(
      index.images.slice(0, 2).map(({ digest }) => digest),
    );
  });

  it('may be those that are there when others are missing; without a choice the error names them', async () => {
    const { path, index } = await multiPlatform();
    await rm(blobPath(path, (index.images[2] ?? index).digest));
    const all = await rig.push(path, 'acme/web:1');
    expect(all.job.error).toMatchObject({
      code: 'BLOB_MISSING',
      hint: 'choose-platforms',
      candidates: ['linux/amd64', 'linux/arm64/v8'],
    });
    expect(all.job.error?.message).toContain('for linux/s390x');
    expect(rig.requests('PUT', /./)).toEqual([]);
    const some = await rig.push(path, 'acme/web:1', { options: { platforms: ['linux/amd64', 'linux/arm64'] } });
    expect(some.job.error).toBeUndefined();
  });

  it('leave out an attestation that is not there, as the error about it says', async () => {
    const layout = await LayoutWriter.create(rig.path('attested'));
    const image = await layout.image({ platform: { os: 'linux', architecture: 'arm64' } });
    const attestation = await layout.artifact();
    const about = { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': image.digest };
    const index = await layout.index([image, { ...attestation, annotations: about }]);
    await rm(blobPath(await layout.list(index, { refName: 'latest' }).finish(), attestation.digest));
    const { job } = await rig.push(layout.path, 'acme/web:1');
    const words = `The index names the attestation ${attestation.digest}, .* \\(--platform linux/arm64 leaves it out\\)`;
    expect(job.error?.message).toMatch(new RegExp(words));
    const chosen = await rig.push(layout.path, 'acme/web:1', { options: { platforms: ['linux/arm64'] } });
    expect(chosen.job.error).toBeUndefined();
  });

  it('that the image does not have fail the push before anything is asked of the registry', async () => {
    const { path } = await multiPlatform();
    const { job } = await rig.push(path, 'acme/web:1', { options: { platforms: ['linux/riscv64'] } });
    expect(job.error).toMatchObject({ code: 'PLATFORM_NOT_FOUND' });
    expect(rig.registry.requests).toEqual([]);
  });
});

/** As an old store has it: under another name, and without a signature. */
function schema1Image() {
  const image = new MemoryImage();
  const blob = image.add(MediaType.dockerLayerGzip, 'a layer');
  image.document({
    mediaType: '',
    schemaVersion: 1,
    name: 'x',
    tag: 'y',
    architecture: 'amd64',
    fsLayers: [{ blobSum: blob.digest }],
    history: [{ v1Compatibility: '{"id":"a","os":"linux","architecture":"amd64","config":{"Labels":{"a":"b"}}}' }],
  });
  image.root = { ...image.root, mediaType: MediaType.dockerManifestV1 };
  return { image, blob };
}

it('an image of schema 1 becomes one of schema 2 where the registry does not take it', async () => {
  const { path } = await makeLayout(rig.path('a'));
  const { image, blob } = schema1Image();
  const { job, layers } = await rig.push(path, 'acme/web:1', { openImage: async () => image });
  expect(job.error).toBeUndefined();
  const manifest = stored('acme/web', '1');
  expect(manifest).toMatchObject({
    mediaType: MediaType.dockerManifest,
    layers: [{ digest: blob.digest, size: blob.size }],
  });
  const config = JSON.parse((await rig.registry.readBlob(manifest.config.digest)).toString());
  expect(config).toMatchObject({ config: { Labels: { a: 'b' } }, rootfs: { diff_ids: [blob.digest] } });
  expect(layers.map(({ kind, state }) => `${kind} ${state}`).toSorted()).toEqual([
    'config pushed',
    'layer pushed',
    'manifest pushed',
  ]);
  expect(rig.requests('PUT', /manifests/)).toHaveLength(2);
});

it('an image of schema 1 that is refused without a reason is sent once more by the name of its target', async () => {
  rig.registry.quirks.rejectedMediaTypes = [MediaType.dockerManifestV1Signed];
  rig.registry.quirks.rejectedBody = {};
  const { path } = await makeLayout(rig.path('a'));
  const { job } = await rig.push(path, 'acme/web:1', { openImage: async () => schema1Image().image });
  expect(job.error).toBeUndefined();
  expect(rig.requests('PUT', /manifests/).map(({ headers }) => headers['content-type'])).toEqual([
    MediaType.dockerManifestV1Signed,
    MediaType.dockerManifestV1Signed,
    MediaType.dockerManifest,
  ]);
});
