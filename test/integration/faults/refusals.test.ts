import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { expectDone, expectFailed } from './outcomes.ts';
import { ALWAYS, KIB, type RequestKind, Rig } from './rig.ts';

describe.concurrent('a mount that is refused', () => {
  it.each([401, 403, 404, 405, 500])('with %d becomes an upload', async (status) => {
    await using rig = await Rig.start();
    await expectDone(rig, await rig.push());
    rig.registry.requests.length = 0;
    rig.registry.faults.add({
      on: { method: 'POST', path: /mount=/ },
      times: ALWAYS,
      action: { kind: 'answer', status },
    });
    const { job } = await rig.push({ repository: 'acme/other' });
    expect(job).toMatchObject({ state: 'done', result: { digest: rig.image.digest } });
    const mounts = rig.registry.requests.filter(({ search }) => search.includes('mount='));
    // Config and layer; a 500 may pass by itself, so it is tried as often as any.
    expect(mounts).toHaveLength(status === 500 ? 10 : 2);
    expect(rig.count('PUT blob')).toBe(2);
    expect(rig.registry.uploads()).toEqual([]);
  });

  it.each([403, 404])('by the token server becomes an upload, without another try of it (%d)', async (status) => {
    const login = { username: 'ci', password: 'secret', origin: { kind: 'session' as const } };
    await using rig = await Rig.start({ registry: { auth: { kind: 'bearer', users: { ci: 'secret' } } }, login });
    await expectDone(rig, await rig.push());
    rig.registry.requests.length = 0;
    const both = { path: /\/token.*scope=.*scope=/ };
    rig.registry.faults.add({ on: both, times: ALWAYS, action: { kind: 'answer', status } });
    const { job } = await rig.push({ repository: 'acme/other' });
    expect(job).toMatchObject({ state: 'done', result: { digest: rig.image.digest } });
    expect(rig.registry.requests.filter(({ path, search }) => both.path.test(path + search))).toHaveLength(1);
    expect(rig.count('PUT blob')).toBe(2);
  });

  it('by silence becomes an upload, without another try of it', async () => {
    await using rig = await Rig.start({ timeouts: { headers: 1_500 } });
    await expectDone(rig, await rig.push());
    rig.registry.requests.length = 0;
    rig.registry.faults.add({ on: { method: 'POST', path: /mount=/ }, times: ALWAYS, action: { kind: 'stall' } });
    const { job } = await rig.push({ repository: 'acme/other' });
    expect(job).toMatchObject({ state: 'done', result: { digest: rig.image.digest } });
    const mounts = rig.registry.requests.filter(({ search }) => search.includes('mount='));
    expect(mounts).toHaveLength(2);
    expect(rig.count('PUT blob')).toBe(2);
  });

  it('with an open upload (202) continues with that one', async () => {
    await using rig = await Rig.start({ registry: { quirks: { mount: false } } });
    await expectDone(rig, await rig.push());
    rig.registry.requests.length = 0;
    expect((await rig.push({ repository: 'acme/other' })).job.state).toBe('done');
    expect(rig.count('POST upload')).toBe(2);
    expect(rig.count('PUT blob')).toBe(2);
    expect(rig.registry.uploads()).toEqual([]);
  });
});

describe.concurrent('HEAD that is refused', () => {
  it.each<[number, RequestKind]>([
    [403, 'HEAD blob'],
    [405, 'HEAD blob'],
    [403, 'HEAD manifest'],
    [405, 'HEAD manifest'],
  ])('with %d to %s is asked once, and the push continues', async (status, kind) => {
    await using rig = await Rig.start();
    rig.fault(kind, { kind: 'answer', status }, { times: ALWAYS });
    await expectDone(rig, await rig.push());
    expect(rig.count(kind)).toBe(1);
    expect(rig.count('PUT blob')).toBe(1);
  });
});

describe.concurrent('a manifest that is refused', () => {
  it.each([400, 404, 415] as const)(
    'for its media type with %d is put once more, as Docker’s schema 2',
    async (rejectedStatus) => {
      await using rig = await Rig.start({
        registry: { quirks: { rejectedMediaTypes: [MediaType.ociManifest], rejectedStatus } },
      });
      const { job } = await rig.push();
      expect(job).toMatchObject({ state: 'done', result: { mediaType: MediaType.dockerManifest } });
      expect(rig.registry.tags('acme/web').get('1')).toBe(job.result?.digest);
      expect(rig.count('PUT manifest')).toBe(2);
      expect(rig.count('PUT blob')).toBe(1);
      expect(rig.registry.uploads()).toEqual([]);
    },
  );

  it.each([400, 404, 415] as const)(
    'in both formats with %d is put once in each, and the first reason is told',
    async (rejectedStatus) => {
      const rejectedMediaTypes = [MediaType.ociManifest, MediaType.dockerManifest];
      await using rig = await Rig.start({ registry: { quirks: { rejectedMediaTypes, rejectedStatus } } });
      const snapshot = await rig.push();
      expect(rig.count('PUT manifest')).toBe(2);
      await expectFailed(rig, snapshot, 'MANIFEST_REJECTED', /not supported: application\/vnd\.oci\.image\.manifest/);
    },
  );

  it.each([400, 403, 409, 412] as const)('for an immutable tag with %d is put once', async (immutableTags) => {
    await using rig = await Rig.start({ registry: { quirks: { immutableTags } } });
    const config = await readFile(rig.blobPath(rig.image.config.digest));
    const other = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MediaType.ociManifest,
        config: { ...rig.image.config, size: config.length },
        layers: [],
      }),
    );
    rig.registry.seedManifest('acme/web', '1', other, MediaType.ociManifest);
    const snapshot = await rig.push();
    expect(rig.count('PUT manifest')).toBe(1);
    await expectFailed(rig, snapshot, 'TAG_IMMUTABLE', /acme\/web:1/);
  });

  it('by an answer that names another digest is a failure, whatever its status', async () => {
    await using rig = await Rig.start();
    const digest = `sha256:${'0'.repeat(64)}`;
    rig.fault('PUT manifest', { kind: 'rewrite', headers: { 'docker-content-digest': digest } }, { times: ALWAYS });
    const snapshot = await rig.push();
    expect(rig.count('PUT manifest')).toBe(1);
    expect(snapshot.job.error).toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(snapshot.job.state).toBe('failed');
  });

  it('by nobody: an answer without a digest is taken', async () => {
    await using rig = await Rig.start({ registry: { quirks: { contentDigest: false } } });
    await expectDone(rig, await rig.push());
    expect(rig.count('PUT manifest')).toBe(1);
  });

  it('by a wrong digest in the answer to HEAD of the tag is pushed', async () => {
    await using rig = await Rig.start();
    await expectDone(rig, await rig.push());
    const digest = `sha256:${'0'.repeat(64)}`;
    rig.fault('HEAD manifest', { kind: 'rewrite', headers: { 'docker-content-digest': digest } });
    await expectDone(rig, await rig.push());
    expect(rig.count('PUT manifest')).toBe(2);
    expect(rig.count('PUT blob')).toBe(1);
  });
});

describe.concurrent('a registry that refuses a body before it has read it', () => {
  it.each([
    ['one body', {}, 300 * KIB],
    ['one large body', {}, 20 * KIB * KIB],
    ['a chunk', { chunked: true }, 300 * KIB],
  ])('with 413 for %s is heard, once', async (_, options, layerSize) => {
    await using rig = await Rig.start({ ...options, layerSize, registry: { quirks: { maxBodyBytes: 20 * KIB } } });
    const snapshot = await rig.push();
    expect(rig.count('PUT blob') + rig.count('PATCH')).toBe(1);
    expect(snapshot.job.error).toMatchObject({ status: 413, hint: 'limit-request-size' });
    await expectFailed(rig, snapshot, 'BLOB_TOO_LARGE', /limits the size/);
  });

  it.each([500, 503])('with %d and closes is tried again', async (status) => {
    await using rig = await Rig.start({ layerSize: 8 * KIB * KIB });
    rig.fault('PUT blob', { kind: 'answer', status, after: 0, close: true });
    await expectDone(rig, await rig.push());
    expect(rig.count('PUT blob')).toBe(2);
  });
});

describe.concurrent('a web page instead of the registry', () => {
  const page = '<html><head><title>Welcome to nginx</title></head></html>';

  it.each<[RequestKind, number]>([
    ['GET /v2/', 200],
    ['GET /v2/', 404],
    ['POST upload', 200],
    ['PUT blob', 200],
    ['PUT manifest', 200],
  ])('as the answer to %s (%d) is named as the trouble, once', async (kind, status) => {
    await using rig = await Rig.start();
    rig.fault(kind, { kind: 'answer', status, body: page }, { times: ALWAYS });
    const snapshot = await rig.push();
    expect(rig.count(kind)).toBe(1);
    await expectFailed(rig, snapshot, 'PROTOCOL_ERROR', /Welcome to nginx/);
  });

  it.each([502, 503, 504])('with %d passes', async (status) => {
    await using rig = await Rig.start();
    rig.fault('PUT manifest', { kind: 'answer', status, body: page }, { times: 2 });
    await expectDone(rig, await rig.push());
    expect(rig.count('PUT manifest')).toBe(3);
  });
});

it.each<[number, ErrorCode]>([
  [400, 'REGISTRY_ERROR'],
  [403, 'DENIED'],
  [404, 'REPOSITORY_UNKNOWN'],
  [405, 'REGISTRY_ERROR'],
])('%d to the opening of an upload is final', async (status, code) => {
  await using rig = await Rig.start();
  rig.fault('POST upload', { kind: 'answer', status }, { times: ALWAYS });
  const { job } = await rig.push();
  expect(rig.count('POST upload')).toBe(1);
  expect(job.error?.code).toBe(code);
  expect(job.state).toBe(code === 'DENIED' ? 'needs-login' : 'failed');
});

it('bytes that are damaged on the way are sent again when the local ones are right', async () => {
  await using rig = await Rig.start();
  const body = { errors: [{ code: 'DIGEST_INVALID', message: 'provided digest did not match uploaded content' }] };
  rig.fault('PUT blob', { kind: 'answer', status: 400, body });
  await expectDone(rig, await rig.push());
  expect(rig.count('PUT blob')).toBe(2);
});
