import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Descriptor } from '../../../../../electron/image/types.ts';
import type { Digest } from '../../../../../shared/digest.ts';
import type { TransferOptions } from '../../../../../shared/ipc.ts';
import { LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';
import { startRegistry, type TestRegistry } from '../../../../registry/server.ts';
import { makePusher, type Pusher, requestFor } from '../harness.ts';

let folder: Awaited<ReturnType<typeof makeTempDir>>;
let registry: TestRegistry;

beforeEach(async () => {
  folder = await makeTempDir();
  registry = await startRegistry({ storage: 'memory' });
});

afterEach(async () => {
  await registry.close();
  await folder[Symbol.asyncDispose]();
});

async function push(pusher: Pusher, path: string, name: string, options: TransferOptions = {}) {
  const request = await requestFor(path, `${registry.host}/${name}`, { options });
  return pusher.service.settled(pusher.service.start(request));
}

const sentBlobs = () =>
  registry.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/blobs/uploads/')).length;

function has(repository: string, blob: { digest: Digest } | undefined): boolean {
  return blob !== undefined && registry.blobs(repository).includes(blob.digest);
}

describe('pushing again', () => {
  it.each([
    ['in the same process', true],
    ['by another one', false],
  ])('sends what the registry has lost of the image, %s', async (_, isSame) => {
    const { path, image } = await makeLayout(join(folder.path, 'a'), { layers: 3 });
    await using first = makePusher();
    await push(first, path, 'acme/web:1');
    const lost = image.layers[1] as Descriptor;
    registry.loseBlob('acme/web', lost.digest);
    registry.requests.length = 0;
    await using other = makePusher();
    const { job } = await push(isSame ? first : other, path, 'acme/web:1');
    expect(job.result).toMatchObject({ unchanged: false });
    expect(job.bytesSent).toBeGreaterThanOrEqual(lost.size);
    expect(sentBlobs()).toBe(1);
    expect(has('acme/web', lost)).toBe(true);
  });

  it('asks for every blob of an image that is there, however many it has', async () => {
    const { path, image } = await makeLayout(join(folder.path, 'a'), { layers: 40 });
    await using pusher = makePusher();
    await push(pusher, path, 'acme/web:1');
    for (const { digest } of image.layers) registry.loseBlob('acme/web', digest);
    registry.requests.length = 0;
    const { job } = await push(pusher, path, 'acme/web:2');
    expect(job.state).toBe('done');
    expect(sentBlobs()).toBe(40);
    expect(image.layers.every((layer) => has('acme/web', layer))).toBe(true);
  });

  it('sends a manifest that the registry has lost of an index', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'multi'));
    const index = await layout.multiPlatform([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    const path = await layout.list(index, { refName: 'latest' }).finish();
    await using pusher = makePusher();
    const { layers } = await push(pusher, path, 'acme/web:1');
    const child = layers.find(({ kind }) => kind === 'manifest');
    if (!child) throw new Error('no child');
    registry.loseManifest('acme/web', child.digest);
    expect((await push(pusher, path, 'acme/web:1')).job.result).toMatchObject({ unchanged: false });
    expect(registry.manifest('acme/web', child.digest)).toBeDefined();
  });

  it('ends well where the tag may not move, for it does not', async () => {
    const { path, image } = await makeLayout(join(folder.path, 'a'));
    await using pusher = makePusher();
    await push(pusher, path, 'acme/web:1');
    const lost = image.layers[0] as Descriptor;
    registry.loseBlob('acme/web', lost.digest);
    registry.faults.add({
      on: { method: 'PUT', path: /manifests/ },
      action: { kind: 'answer', status: 409, body: { errors: [{ code: 'TAG_INVALID', message: 'immutable' }] } },
    });
    expect((await push(pusher, path, 'acme/web:1')).job.state).toBe('done');
    expect(has('acme/web', lost)).toBe(true);
  });

  it('does not mount a blob that the repository has', async () => {
    const { path } = await makeLayout(join(folder.path, 'a'));
    await using pusher = makePusher();
    for (const name of ['acme/web:1', 'acme/cli:1']) await push(pusher, path, name);
    registry.requests.length = 0;
    expect((await push(pusher, path, 'acme/web:1')).job.result).toMatchObject({ unchanged: true });
    expect(registry.requests.every(({ method }) => method === 'HEAD')).toBe(true);
  });
});

describe('a push with force', () => {
  it('sends everything and the manifest, although the registry says that it has them', async () => {
    const { path } = await makeLayout(join(folder.path, 'a'));
    await using pusher = makePusher();
    await push(pusher, path, 'acme/web:1');
    registry.requests.length = 0;
    const { job, layers } = await push(pusher, path, 'acme/web:1', { force: true });
    expect(job).toMatchObject({ state: 'done', result: { unchanged: false, bytesSaved: 0 } });
    expect(layers.every(({ state }) => state === 'pushed')).toBe(true);
    expect(registry.requests.some(({ method, path: to }) => method === 'HEAD' && to.includes('/blobs/'))).toBe(false);
    expect(sentBlobs()).toBe(3);
  });

  it('is previewed as what it is', async () => {
    const { path } = await makeLayout(join(folder.path, 'a'));
    await using pusher = makePusher();
    await push(pusher, path, 'acme/web:1');
    const request = await requestFor(path, `${registry.host}/acme/web:1`, { options: { force: true } });
    const preview = await pusher.service.preview(request);
    expect(preview.bytesToSend).toBe(preview.bytesTotal);
    expect(preview.blobs.every(({ action }) => action === 'upload')).toBe(true);
  });
});

describe('a registry that says it has what it has not', () => {
  it('is sent the blobs that it claimed to mount', async () => {
    const { path, image } = await makeLayout(join(folder.path, 'a'), { layers: 3 });
    await using pusher = makePusher();
    await push(pusher, path, 'acme/web:1');
    registry.quirks.mount = 'pretended';
    registry.requests.length = 0;
    const { job, layers } = await push(pusher, path, 'acme/cli:1');
    expect(job.state).toBe('done');
    expect(sentBlobs()).toBe(4);
    expect(layers.every(({ state }) => state === 'pushed')).toBe(true);
    expect(image.layers.every((layer) => has('acme/cli', layer))).toBe(true);
  });

  it('is not believed when it mounts another blob than was asked for', async () => {
    const { path } = await makeLayout(join(folder.path, 'a'), { layers: 1 });
    await using pusher = makePusher();
    await push(pusher, path, 'acme/web:1');
    registry.quirks.mount = 'another';
    registry.requests.length = 0;
    const { job } = await push(pusher, path, 'acme/cli:1');
    expect(job.state).toBe('done');
    expect(sentBlobs()).toBe(2);
    expect(
      registry.requests.filter(({ path: to }) => to.endsWith('/manifests/1') && to).map(({ status }) => status),
    ).not.toContain(400);
  });

  it('is sent the blobs that it answers for in another repository’s name', async () => {
    const { path, image } = await makeLayout(join(folder.path, 'a'), { layers: 2 });
    const proxied = image.layers[0] as Descriptor;
    registry.faults.add({
      on: { method: 'HEAD', path: new RegExp(proxied.digest) },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'answer', status: 200, headers: { 'content-length': '7' } },
    });
    await using pusher = makePusher();
    const { job } = await push(pusher, path, 'acme/web:1');
    expect(job.state).toBe('done');
    expect(has('acme/web', proxied)).toBe(true);
  });

  it('is given up when it still misses a blob that was sent', async () => {
    const { path } = await makeLayout(join(folder.path, 'a'), { layers: 1 });
    registry.faults.add({
      on: { method: 'PUT', path: /manifests/ },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'answer', status: 404, body: { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'lost' }] } },
    });
    await using pusher = makePusher();
    const { job } = await push(pusher, path, 'acme/web:1');
    expect(job).toMatchObject({ state: 'failed', error: { code: 'MANIFEST_REJECTED' } });
    expect(sentBlobs()).toBe(2);
  });
});
