import { rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../../../shared/reference.ts';
import { blobPath, LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { startRegistry } from '../../../../registry/server.ts';
import { basicLogin, makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

describe('a push', () => {
  it('brings an image to the registry with the very bytes of the layout', async () => {
    const { path, image } = await makeLayout(rig.path('a'), { layers: 3 });
    await using pusher = makePusher();
    const id = pusher.service.start(await requestFor(path, rig.target('acme/web:1.0')));
    const { job, layers } = await pusher.service.settled(id);
    expect(job.error).toBeUndefined();
    expect(job.result).toMatchObject({
      digest: image.digest,
      reference: rig.target('acme/web:1.0'),
      unchanged: false,
    });
    expect(rig.registry.tags('acme/web').get('1.0')).toBe(image.digest);
    expect(layers.map(({ state }) => state)).toEqual(Array(5).fill('pushed'));
    expect(job.bytesSent).toBe(job.bytesTotal);
  });

  it.each(['basic', 'bearer'] as const)('succeeds where all answers call themselves web pages (%s)', async (kind) => {
    await using quay = await startRegistry({ storage: 'memory', auth: { kind, users: { ann: 'pw' } } });
    quay.quirks.markedHtml = true;
    const { path, image } = await makeLayout(rig.path('a'));
    await using pusher = makePusher({ login: basicLogin('ann', 'pw') });
    const { job } = await pusher.service.settled(
      pusher.service.start(await requestFor(path, `${quay.host}/acme/web:1`)),
    );
    expect(job.error).toBeUndefined();
    expect(quay.tags('acme/web').get('1')).toBe(image.digest);
  });

  it.each(['blobs', 'manifests'])('succeeds where the account may push and not look at %s (401)', async (what) => {
    await using registry = await startRegistry({ storage: 'memory', auth: { kind: 'basic', users: { ann: 'pw' } } });
    registry.faults.add({
      on: { method: 'HEAD', path: new RegExp(what) },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'answer', status: 401 },
    });
    const { path, image } = await makeLayout(rig.path('a'));
    await using pusher = makePusher({ login: basicLogin('ann', 'pw') });
    const request = await requestFor(path, `${registry.host}/acme/web:1`);
    const { job } = await pusher.service.settled(pusher.service.start(request));
    expect(job.error).toBeUndefined();
    expect(registry.tags('acme/web').get('1')).toBe(image.digest);
  });

  it('is told once that it is done, also when the next one begins then', async () => {
    const { path } = await makeLayout(rig.path('a'));
    const told: string[] = [];
    await using pusher = makePusher({ maxJobs: 1, onPushed: (target) => told.push(target) });
    const targets = ['acme/web:1', 'acme/web:2'].map((name) => rig.target(name));
    const ids: string[] = [];
    for (const target of targets) ids.push(pusher.service.start(await requestFor(path, target)));
    for (const id of ids) await pusher.service.settled(id);
    expect(told).toEqual(targets);
  });

  it('only asks when the tag already points at the digest', async () => {
    const { path } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    const request = await requestFor(path, rig.target('acme/web:1.0'));
    await pusher.service.settled(pusher.service.start(request));
    rig.registry.requests.length = 0;
    const { job } = await pusher.service.settled(pusher.service.start(request));
    expect(job.result).toMatchObject({ unchanged: true, bytesSent: 0 });
    expect(job.bytesSaved).toBe(job.bytesTotal);
    // The tag, the manifest, two layers and the config.
    expect(rig.registry.requests.map(({ method }) => method)).toEqual(Array(5).fill('HEAD'));
  });

  it('sends only the tag when the repository has the manifest under another one', async () => {
    const { path, image } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    await rig.push(path, 'acme/web:1', { pusher });
    rig.registry.requests.length = 0;
    const { job } = await rig.push(path, 'acme/web:2', { pusher });
    expect(job.state).toBe('done');
    expect(rig.registry.requests.map(({ method }) => method)).toEqual([...Array(5).fill('HEAD'), 'PUT']);
    expect(rig.registry.tags('acme/web').get('2')).toBe(image.digest);
  });

  it('does not ask for every small blob of an image that is new to the repository', async () => {
    const { path } = await makeLayout(rig.path('a'), { layers: 150 });
    await using pusher = makePusher();
    const { job } = await rig.push(path, 'acme/web:1', { pusher });
    expect(job.state).toBe('done');
    expect(rig.requests('HEAD', /blobs/).length).toBeLessThan(120);
    expect(rig.requests('PUT', /blobs\/uploads/).length).toBe(151);
  });

  it.each([
    [7, 1],
    [0, 0],
  ])(
    'sends a blob again of which the registry has another length (%i bytes), where it says one',
    async (length, sent) => {
      const { path } = await makeLayout(rig.path('a'), { layers: 3 });
      await using pusher = makePusher();
      await rig.push(path, 'acme/web:1', { pusher });
      rig.registry.requests.length = 0;
      rig.registry.faults.add({
        on: { method: 'HEAD', path: /blobs/ },
        times: 1,
        action: { kind: 'rewrite', headers: { 'content-length': String(length) } },
      });
      const { job } = await rig.push(path, 'acme/web:2', { pusher });
      expect(job.error).toBeUndefined();
      expect(rig.requests('PUT', /blobs/)).toHaveLength(sent);
    },
  );

  it('puts the children of an index before the index and sends shared layers once', async () => {
    const layout = await LayoutWriter.create(rig.path('multi'));
    const index = await layout.multiPlatform([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    const path = await layout.list(index, { refName: 'latest' }).finish();
    await using pusher = makePusher();
    const { job } = await rig.push(path, 'acme/web', { pusher });
    expect(job.result?.digest).toBe(index.digest);
    const puts = rig.registry.requests.filter(({ method, path: to }) => method === 'PUT' && to.includes('/manifests/'));
    expect(puts.at(-1)?.path).toBe('/v2/acme/web/manifests/latest');
    expect(puts).toHaveLength(3);
  });

  it('puts what a manifest is about before it, in whatever order the index names them', async () => {
    const layout = await LayoutWriter.create(rig.path('attested'));
    const image = await layout.image();
    const attestation = await layout.artifact({ subject: image });
    const index = await layout.index([attestation, image]);
    const path = await layout.list(index, { refName: 'latest' }).finish();
    const slow = { kind: 'delay', ms: 200 } as const;
    rig.registry.faults.add({ on: { method: 'PUT', path: new RegExp(`manifests/${image.digest}`) }, action: slow });
    expect((await rig.push(path, 'acme/web')).job.error).toBeUndefined();
    const puts = rig.requests('PUT', /\/manifests\//).map(({ path: to }) => to.slice('/v2/acme/web/manifests/'.length));
    expect(puts).toEqual([image.digest, attestation.digest, 'latest']);
  });

  it.each([409, 400])('takes a manifest for done that is refused because it is there (%i)', async (status) => {
    const layout = await LayoutWriter.create(rig.path('multi'));
    const image = await layout.image();
    const path = await layout.list(await layout.index([image]), { refName: 'latest' }).finish();
    expect((await rig.push(path, 'acme/web:1', { options: { platforms: ['linux/amd64'] } })).job.state).toBe('done');
    const words = status === 409 ? 'conflict' : 'asset cannot be updated';
    const body = { errors: [{ code: 'CONFLICT', message: words }] };
    const refusal = { kind: 'answer', status, body } as const;
    const again = { method: 'PUT', path: new RegExp(`manifests/${image.digest}`) };
    rig.registry.faults.add({ on: again, times: Number.POSITIVE_INFINITY, action: refusal });
    expect((await rig.push(path, 'acme/web:2')).job.error).toBeUndefined();
    expect(rig.registry.tags('acme/web').has('2')).toBe(true);
  });

  it('does not send a blob that the repository has, and mounts one that another repository has', async () => {
    const { path } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    await rig.push(path, 'acme/web:1', { pusher });
    rig.registry.requests.length = 0;
    const again = await rig.push(path, 'acme/web:2', { pusher });
    expect(again.layers.filter(({ kind }) => kind !== 'manifest').map(({ state }) => state)).toEqual([
      'exists',
      'exists',
      'exists',
    ]);
    const other = await rig.push(path, 'acme/cli:1', { pusher });
    expect(other.layers.find(({ kind }) => kind === 'layer')).toMatchObject({
      state: 'mounted',
      mountedFrom: 'acme/web',
    });
    expect(rig.requests('PUT', /blobs/).length).toBe(0);
  });

  it('sends a blob once for two jobs that need it at the same time', async () => {
    const { path } = await makeLayout(rig.path('a'), { layers: 4, layerSize: 300_000 });
    await using pusher = makePusher();
    const ids = await Promise.all(
      ['one', 'two'].map(async (name) => pusher.service.start(await requestFor(path, rig.target(`acme/${name}:1`)))),
    );
    for (const id of ids) expect((await pusher.service.settled(id)).job.state).toBe('done');
    expect(rig.requests('PUT', /blobs\/uploads/).length).toBe(5);
  });

  it('joins a job for the same image and target', async () => {
    const { path } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    const request = await requestFor(path, rig.target('acme/web'));
    expect(pusher.service.start(request)).toBe(pusher.service.start(request));
  });

  it('joins a job that is paused, and resumes it', async () => {
    const { path } = await makeLayout(rig.path('a'));
    await using pusher = makePusher({ maxJobs: 0 });
    const request = await requestFor(path, rig.target('acme/web'));
    const id = pusher.service.start(request);
    pusher.service.pause(id);
    expect((await pusher.service.settled(id)).job.state).toBe('paused');
    expect(pusher.service.start(request)).toBe(id);
    await expect.poll(() => pusher.service.list()[0]?.job.state).toBe('queued');
  });

  it('adds the manifest to the referrers tag when the registry has no referrers API', async () => {
    const layout = await LayoutWriter.create(rig.path('artifact'));
    const image = await layout.image();
    const signature = await layout.artifact({ subject: image });
    await layout.list(image, { refName: 'image' }).list(signature, { refName: 'signature' }).finish();
    rig.registry.quirks.referrers = false;
    await using pusher = makePusher();
    for (const name of ['image', 'signature']) {
      const request = await requestFor(layout.path, rig.target(`acme/web:${name}`), { name });
      expect((await pusher.service.settled(pusher.service.start(request))).job.state).toBe('done');
    }
    const listed = rig.registry.manifest('acme/web', image.digest.replace(':', '-'));
    expect(JSON.parse(String(listed && Buffer.from(listed.manifest.bytes)))).toMatchObject({
      manifests: [{ digest: signature.digest }],
    });
  });

  it('says that the manifest is there where only the referrers tag is refused', async () => {
    const layout = await LayoutWriter.create(rig.path('artifact'));
    const image = await layout.image();
    const signature = await layout.artifact({ subject: image });
    await layout.list(signature, { refName: 'signature' }).finish();
    rig.registry.quirks.referrers = false;
    rig.answers('PUT', /manifests\/sha256-/, 400, { code: 'TAG_INVALID', message: 'the tag is immutable' });
    const { job } = await rig.push(layout.path, 'acme/web:signature', { name: 'signature' });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'REGISTRY_ERROR', hint: 'ask-owner' } });
    expect(job.error?.message).toMatch(/^sha256:\w+ was pushed, but not listed for .*immutable/);
    expect(rig.registry.manifest('acme/web', 'signature')?.digest).toBe(signature.digest);
  });

  it('says that the manifest is there where the account may not read the referrers tag, and asks for another', async () => {
    const layout = await LayoutWriter.create(rig.path('artifact'));
    const image = await layout.image();
    const signature = await layout.artifact({ subject: image });
    await layout.list(signature, { refName: 'signature' }).finish();
    rig.registry.quirks.referrers = false;
    rig.answers('GET', /manifests\/sha256-/, 403, { code: 'DENIED', message: 'push only' });
    const { job } = await rig.push(layout.path, 'acme/web:signature', { name: 'signature' });
    expect(job).toMatchObject({ state: 'needs-login', error: { code: 'DENIED' } });
    expect(job.error?.message).toMatch(/^sha256:\w+ was pushed, but not listed for .*push only/);
    expect(rig.registry.manifest('acme/web', 'signature')?.digest).toBe(signature.digest);
  });
});

describe('a push that breaks', () => {
  it('tries again after a dropped connection, and ends well', async () => {
    const { path, image } = await makeLayout(rig.path('a'), { layers: 1, layerSize: 500_000 });
    rig.registry.faults.add({ on: { method: 'PUT', path: /blobs\/uploads/ }, action: { kind: 'drop', after: 'half' } });
    await using pusher = makePusher();
    const { job } = await rig.push(path, 'acme/web', { pusher });
    expect(job.state).toBe('done');
    expect(job.result?.digest).toBe(image.digest);
  });

  it('looks a commit up whose answer was lost, instead of sending the blob again', async () => {
    const { path } = await makeLayout(rig.path('a'), { layers: 1, layerSize: 500_000 });
    rig.registry.faults.add({
      on: { method: 'PUT', path: /blobs\/uploads/ },
      action: { kind: 'reset', committed: true },
    });
    await using pusher = makePusher();
    const { job } = await rig.push(path, 'acme/web', { pusher });
    expect(job.state).toBe('done');
    expect(rig.requests('PUT', /blobs\/uploads/).length).toBe(2);
  });

  it.each([504, 524])('waits a little for a commit that a gateway (%d) did not wait for', async (status) => {
    const { path, image } = await makeLayout(rig.path('a'), { layers: 1, layerSize: 50_000 });
    const layer = image.layers[0]?.digest ?? '';
    const once = {
      on: { method: 'PUT', path: new RegExp(encodeURIComponent(layer)) },
      action: { kind: 'rewrite', status },
    } as const;
    rig.registry.faults.add(once);
    // Before it is sent, at once after that answer, and a little later it is not there.
    const absent = { kind: 'answer', status: 404 } as const;
    rig.registry.faults.add({ on: { method: 'HEAD', path: new RegExp(`blobs/${layer}`) }, times: 3, action: absent });
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job.state).toBe('done');
    expect(rig.blobPuts().length).toBe(2);
  });

  it('fails after five tries and can be retried', async () => {
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    const fault = rig.answers('PUT', /blobs\/uploads/, 503);
    await using pusher = makePusher();
    const id = pusher.service.start(await requestFor(path, rig.target('acme/web')));
    const { job } = await pusher.service.settled(id);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'REGISTRY_UNAVAILABLE', status: 503 } });
    const tries = Object.values(
      Object.groupBy(rig.blobPuts(), ({ search }) => new URLSearchParams(search).get('digest') ?? ''),
    );
    expect(Math.max(...tries.map((requests) => requests?.length ?? 0))).toBe(5);
    fault.remove();
    pusher.service.resume(id);
    await expect.poll(() => pusher.service.list()[0]?.job.state).toBe('done');
  });

  it('says that the local blob is corrupt when the registry refuses its digest', async () => {
    const { path, image } = await makeLayout(rig.path('a'), { layers: 1 });
    const layer = image.layers[0];
    if (!layer) throw new Error('no layer');
    await writeFile(blobPath(path, layer.digest), Buffer.alloc(layer.size, 7));
    await using pusher = makePusher();
    const { job } = await rig.push(path, 'acme/web', { pusher });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'BLOB_CORRUPT', digest: layer.digest } });
  });

  it('fails before a byte is sent when a blob is neither here nor there', async () => {
    const { path, image } = await makeLayout(rig.path('a'));
    const layer = image.layers[1];
    if (!layer) throw new Error('no layer');
    await rm(blobPath(path, layer.digest));
    await using pusher = makePusher();
    const { job } = await rig.push(path, 'acme/web', { pusher });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'BLOB_MISSING' } });
    expect(rig.requests('POST', /./).length).toBe(0);
  });

  it.each([
    ['fails when a blob is not here and there in part', 7, { state: 'failed', error: { code: 'BLOB_MISSING' } }],
    ['counts a blob that is not here as there when the registry says no true length', 0, { state: 'done' }],
  ])('%s', async (_, length, expected) => {
    const { path, image } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    await rig.push(path, 'acme/web:1', { pusher });
    const [layer] = image.layers;
    if (!layer) throw new Error('no layer');
    await rm(blobPath(path, layer.digest));
    rig.registry.faults.add({
      on: { method: 'HEAD', path: new RegExp(`blobs/${layer.digest}`) },
      action: { kind: 'rewrite', headers: { 'content-length': String(length) } },
    });
    const { job } = await rig.push(path, 'acme/web:2', { pusher });
    expect(job).toMatchObject(expected);
  });

  it('pushes although HEAD of blobs is refused', async () => {
    rig.answers('HEAD', /blobs/, 405);
    const { path } = await makeLayout(rig.path('a'));
    await using pusher = makePusher();
    const { job } = await rig.push(path, 'acme/web', { pusher });
    expect(job.state).toBe('done');
  });
});

describe('a push that needs a login', () => {
  it('waits, and continues as the same job with the login', async () => {
    const locked = await startRegistry({ storage: 'memory', auth: { kind: 'basic', users: { ci: 'secret' } } });
    try {
      const { path, image } = await makeLayout(rig.path('a'));
      await using pusher = makePusher({ login: basicLogin('ci', 'wrong') });
      const id = pusher.service.start(await requestFor(path, `${locked.host}/acme/web:1`));
      const waiting = await pusher.service.settled(id);
      expect(waiting.job).toMatchObject({
        state: 'needs-login',
        login: { registry: locked.host, tried: { username: 'ci' }, denied: false },
      });
      expect(JSON.stringify(waiting)).not.toContain('wrong');
      pusher.login = basicLogin('ci', 'secret');
      pusher.service.registryChanged(locked.host);
      await expect.poll(() => pusher.service.list()[0]?.job.state).toBe('done');
      expect(pusher.service.list()).toHaveLength(1);
      expect(locked.tags('acme/web').get('1')).toBe(image.digest);
    } finally {
      await locked.close();
    }
  });
});

describe('stopping a push', () => {
  it('cancels: the upload is closed on the registry and the tag is not there', async () => {
    const { path } = await makeLayout(rig.path('a'), { layers: 1, layerSize: 5_000_000 });
    rig.registry.throttle.bytesPerSecond = 1_000_000;
    await using pusher = makePusher();
    const id = pusher.service.start(await requestFor(path, rig.target('acme/web')));
    await expect.poll(() => pusher.service.list()[0]?.job.bytesSent ?? 0, { timeout: 5000 }).toBeGreaterThan(0);
    await pusher.service.cancel(id);
    expect(pusher.service.list()[0]?.job.state).toBe('cancelled');
    expect(rig.registry.uploads()).toEqual([]);
    expect(rig.registry.tags('acme/web').size).toBe(0);
  });

  it('pauses and continues', async () => {
    const { path } = await makeLayout(rig.path('a'), { layers: 1, layerSize: 3_000_000 });
    rig.registry.throttle.bytesPerSecond = 2_000_000;
    await using pusher = makePusher();
    const id = pusher.service.start(await requestFor(path, rig.target('acme/web')));
    await expect.poll(() => pusher.service.list()[0]?.job.bytesSent ?? 0, { timeout: 5000 }).toBeGreaterThan(0);
    pusher.service.pause(id);
    expect((await pusher.service.settled(id)).job.state).toBe('paused');
    rig.registry.throttle.bytesPerSecond = 0;
    pusher.service.resume(id);
    await expect.poll(() => pusher.service.list()[0]?.job.state, { timeout: 5000 }).toBe('done');
  });
});

it('refuses a digest reference as target, with the reason', async () => {
  const { path, image } = await makeLayout(rig.path('a'));
  await using pusher = makePusher();
  const request = await requestFor(path, rig.target(`acme/web@${image.digest}`));
  expect(() => pusher.service.start(request)).toThrow(expect.objectContaining({ code: 'TARGET_DIGEST' }));
});

it('previews without changing anything', async () => {
  const { path, image } = await makeLayout(rig.path('a'));
  await using pusher = makePusher();
  const request = await requestFor(path, rig.target('acme/web:1'));
  const preview = await pusher.service.preview(request);
  expect(preview).toMatchObject({ digest: image.digest, tag: { state: 'new' }, login: null });
  expect(preview.bytesToSend).toBe(preview.bytesTotal);
  expect(preview.blobs.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'amd64', 'amd64']);
  expect(rig.registry.requests.every(({ method }) => method === 'HEAD' || method === 'GET')).toBe(true);
  await pusher.service.settled(pusher.service.start(request));
  expect(await pusher.service.preview(request)).toMatchObject({ tag: { state: 'same' }, bytesToSend: 0 });
});

it('previews at which rate it would be sent where an earlier push tells, and at no more than the limit', async () => {
  const { path } = await makeLayout(rig.path('a'), { layers: 1, layerSize: 5 * 1024 * 1024 });
  await using pusher = makePusher({ dataDir: rig.path('journal') });
  const request = await requestFor(path, rig.target('acme/web:1'));
  expect((await pusher.service.preview(request)).rate).toBeUndefined();
  await pusher.service.settled(pusher.service.start(request));
  expect((await pusher.service.preview(request)).rate).toBeGreaterThan(100);
  pusher.service.setBandwidthLimit(100);
  expect((await pusher.service.preview(request)).rate).toBe(100);
});

it('previews that a tag which is there stays as it is where only a new one is wanted', async () => {
  const first = await makeLayout(rig.path('a'), { seed: 'a' });
  await rig.push(first.path, 'acme/web:1');
  const { path } = await makeLayout(rig.path('b'), { seed: 'b' });
  await using pusher = makePusher();
  const request = await requestFor(path, rig.target('acme/web:1'), { options: { onlyNew: true } });
  const kept = { state: 'kept', digest: first.image.digest };
  expect(await pusher.service.preview(request)).toMatchObject({ tag: kept, bytesToSend: 0 });
  const elsewhere = { ...request, target: parseReference(rig.target('acme/web:2')) };
  expect(await pusher.service.preview(elsewhere)).toMatchObject({ tag: { state: 'new' } });
});
