import { describe, expect, it } from 'vitest';
import type { Descriptor } from '../../../../../electron/image/types.ts';
import type { Digest } from '../../../../../shared/digest.ts';
import { LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

function has(repository: string, blob: { digest: Digest } | undefined): boolean {
  return blob !== undefined && rig.registry.blobs(repository).includes(blob.digest);
}

describe('pushing again', () => {
  it.each([
    ['in the same process', true],
    ['by another one', false],
  ])('sends what the registry has lost of the image, %s', async (_, isSame) => {
    const { path, image } = await makeLayout(rig.path('a'), { layers: 3 });
    await using first = makePusher();
    await rig.push(path, 'acme/web:1', { pusher: first });
    const lost = image.layers[1] as Descriptor;
    rig.registry.loseBlob('acme/web', lost.digest);
    rig.registry.requests.length = 0;
    await using other = makePusher();
    const { job } = await rig.push(path, 'acme/web:1', { pusher: isSame ? first : other });
    expect(job.result).toMatchObject({ unchanged: false });
    expect(job.bytesSent).toBeGreaterThanOrEqual(lost.size);
    expect(rig.blobPuts().length).toBe(1);
    expect(has('acme/web', lost)).toBe(true);
  });

  it('asks for every blob of an image that is there, however many it has', async () => {
    const { path, image } = await makeLayout(rig.path('a'), { layers: 40 });
    await using pusher = makePusher();
    await rig.push(path, 'acme/web:1', { pusher });
    for (const { digest } of image.layers) rig.registry.loseBlob('acme/web', digest);
    rig.registry.requests.length = 0;
    const { job } = await rig.push(path, 'acme/web:2', { pusher });
    expect(job.state).toBe('done');
    expect(rig.blobPuts().length).toBe(40);
    expect(image.layers.every((layer) => has('acme/web', layer))).toBe(true);
  });

  it('sends a manifest that the registry has lost of an index', async () => {
    const layout = await LayoutWriter.create(rig.path('multi'));
    const index = await layout.multiPlatform([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    const path = await layout.list(index, { refName: 'latest' }).finish();
    await using pusher = makePusher();
    const { layers } = await rig.push(path, 'acme/web:1', { pusher });
    const child = layers.find(({ kind }) => kind === 'manifest');
    if (!child) throw new Error('no child');
    rig.registry.loseManifest('acme/web', child.digest);
    expect((await rig.push(path, 'acme/web:1', { pusher })).job.result).toMatchObject({ unchanged: false });
    expect(rig.registry.manifest('acme/web', child.digest)).toBeDefined();
  });

  it('ends well where the tag may not move, because it does not', async () => {
    const { path, image } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    await rig.push(path, 'acme/web:1', { pusher });
    const lost = image.layers[0] as Descriptor;
    rig.registry.loseBlob('acme/web', lost.digest);
    rig.registry.faults.add({
      on: { method: 'PUT', path: /manifests/ },
      action: { kind: 'answer', status: 409, body: { errors: [{ code: 'TAG_INVALID', message: 'immutable' }] } },
    });
    expect((await rig.push(path, 'acme/web:1', { pusher })).job.state).toBe('done');
    expect(has('acme/web', lost)).toBe(true);
  });

  it('does not mount a blob that the repository has', async () => {
    const { path } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    for (const name of ['acme/web:1', 'acme/cli:1']) await rig.push(path, name, { pusher });
    rig.registry.requests.length = 0;
    expect((await rig.push(path, 'acme/web:1', { pusher })).job.result).toMatchObject({ unchanged: true });
    expect(rig.registry.requests.every(({ method }) => method === 'HEAD')).toBe(true);
  });
});

describe('a push with force', () => {
  it('sends everything and the manifest, although the registry says that it has them', async () => {
    const { path } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    await rig.push(path, 'acme/web:1', { pusher });
    rig.registry.requests.length = 0;
    const { job, layers } = await rig.push(path, 'acme/web:1', { pusher, options: { force: true } });
    expect(job).toMatchObject({ state: 'done', result: { unchanged: false, bytesSaved: 0 } });
    expect(layers.every(({ state }) => state === 'pushed')).toBe(true);
    expect(rig.registry.requests.some(({ method, path: to }) => method === 'HEAD' && to.includes('/blobs/'))).toBe(
      false,
    );
    expect(rig.blobPuts().length).toBe(3);
  });

  it('is previewed as what it is', async () => {
    const { path } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    await rig.push(path, 'acme/web:1', { pusher });
    const request = await requestFor(path, rig.target('acme/web:1'), { options: { force: true } });
    const preview = await pusher.service.preview(request);
    expect(preview.bytesToSend).toBe(preview.bytesTotal);
    expect(preview.blobs.every(({ action }) => action === 'upload')).toBe(true);
  });
});

describe('a registry that says it has what it has not', () => {
  it('is sent the blobs that it claimed to mount', async () => {
    const { path, image } = await makeLayout(rig.path('a'), { layers: 3 });
    await using pusher = makePusher();
    await rig.push(path, 'acme/web:1', { pusher });
    rig.registry.quirks.mount = 'pretended';
    rig.registry.requests.length = 0;
    const { job, layers } = await rig.push(path, 'acme/cli:1', { pusher });
    expect(job.state).toBe('done');
    expect(rig.blobPuts().length).toBe(4);
    expect(layers.every(({ state }) => state === 'pushed')).toBe(true);
    expect(image.layers.every((layer) => has('acme/cli', layer))).toBe(true);
  });

  it('is not believed when it mounts another blob than was asked for', async () => {
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    await using pusher = makePusher();
    await rig.push(path, 'acme/web:1', { pusher });
    rig.registry.quirks.mount = 'another';
    rig.registry.requests.length = 0;
    const { job } = await rig.push(path, 'acme/cli:1', { pusher });
    expect(job.state).toBe('done');
    expect(rig.blobPuts().length).toBe(2);
    expect(
      rig.registry.requests.filter(({ path: to }) => to.endsWith('/manifests/1') && to).map(({ status }) => status),
    ).not.toContain(400);
  });

  it('is sent the blobs that it answers for in another repository’s name', async () => {
    const { path, image } = await makeLayout(rig.path('a'), { layers: 2 });
    const proxied = image.layers[0] as Descriptor;
    rig.registry.faults.add({
      on: { method: 'HEAD', path: new RegExp(proxied.digest) },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'answer', status: 200, headers: { 'content-length': '7' } },
    });
    await using pusher = makePusher();
    const { job } = await rig.push(path, 'acme/web:1', { pusher });
    expect(job.state).toBe('done');
    expect(has('acme/web', proxied)).toBe(true);
  });

  it('is given up when it still misses a blob that was sent', async () => {
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    rig.answers('PUT', /manifests/, 404, { code: 'MANIFEST_BLOB_UNKNOWN', message: 'lost' });
    await using pusher = makePusher();
    const { job } = await rig.push(path, 'acme/web:1', { pusher });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'MANIFEST_REJECTED' } });
    expect(rig.blobPuts().length).toBe(2);
  });
});

describe('a registry that is slow to find what it has just taken', () => {
  const unknown = (code: string) => ({ errors: [{ code, message: 'blob unknown to registry' }] });

  it.each(['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'BLOB_UPLOAD_UNKNOWN', 'MANIFEST_UNKNOWN'])(
    'gets the manifest again a little later, and no blob (%s)',
    async (code) => {
      const { path, image } = await makeLayout(rig.path('a'), { layers: 2 });
      const action = { kind: 'answer', status: 404, body: unknown(code) } as const;
      rig.registry.faults.add({ on: { method: 'PUT', path: /manifests/ }, times: 2, action });
      expect((await rig.push(path, 'acme/web:1')).job.state).toBe('done');
      expect(rig.requests('PUT', /manifests/).length).toBe(3);
      expect(rig.blobPuts().length).toBe(image.layers.length + 1);
    },
  );

  it('is told in its own words when it never finds it', async () => {
    const { path } = await makeLayout(rig.path('a'));
    rig.answers('PUT', /manifests/, 404, { code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry' });
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job.error).toMatchObject({ code: 'MANIFEST_REJECTED', detail: expect.stringContaining('blob unknown') });
    expect(rig.requests('PUT', /manifests/).length).toBeLessThanOrEqual(5);
  });
});
