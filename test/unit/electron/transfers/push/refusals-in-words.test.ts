import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { blobPath, makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();
const LOGIN = { username: 'ci', password: 'secret', origin: { kind: 'session' as const } };

/** Pushes with a login to a registry that refuses all requests of one kind. */
async function refusedBy(method: string, path: RegExp, status: number, code: string, message: string) {
  rig.answers(method, path, status, { code, message });
  const { path: layout } = await makeLayout(rig.path('a'), { layers: 1 });
  await using pusher = makePusher({ login: LOGIN });
  const id = pusher.service.start(await requestFor(layout, rig.target('acme/web:1')));
  return (await pusher.service.settled(id)).job;
}

describe('a refusal to open an upload', () => {
  it.each([
    [403, 'UNKNOWN', 'Deploying to groups is a PRO-licensed feature. See https://links.sonatype.com/x'],
    [403, 'DENIED', 'can not push artifact to a proxy project: library/web'],
    [403, 'DENIED', 'Container Registry is deprecated and shutting down, please use the auto migration tool'],
    [403, 'DENIED', 'namespace is disabled'],
  ])('by a rule asks for no other login (%i %s: %s)', async (status, code, message) => {
    const job = await refusedBy('POST', /uploads/, status, code, message);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'REGISTRY_ERROR', hint: 'ask-owner' } });
    expect(job.error?.message).toContain(message);
  });

  it.each([
    [403, 'DENIED', 'You have reached your private repository limit'],
    [403, 'DENIED', 'maximum allowed package count exceeded'],
    [403, 'DENIED', 'maximum allowed package type size exceeded'],
  ])('for want of room asks for no other login (%i %s: %s)', async (status, code, message) => {
    const job = await refusedBy('POST', /uploads/, status, code, message);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'QUOTA_EXCEEDED' } });
  });

  it.each([
    [401, 'DENIED', 'Authenticate Error'],
    [403, 'UNAUTHORIZED', 'unauthenticated: User cannot be authenticated with the token provided.'],
    [403, 'DENIED', 'invalid username or password'],
  ])('for a login that is not accepted says so, whatever its status (%i %s: %s)', async (status, code, message) => {
    const job = await refusedBy('POST', /uploads/, status, code, message);
    expect(job).toMatchObject({ state: 'needs-login', error: { code: 'UNAUTHORIZED', hint: 'use-another-login' } });
  });

  it.each([
    'unauthorized to access repository: acme/web, action: push: unauthorized to access repository: acme/web, action: push',
    'reqPackageAccess',
  ])('for a right that is missing does not doubt the login (401 UNAUTHORIZED: %s)', async (message) => {
    const job = await refusedBy('POST', /uploads/, 401, 'UNAUTHORIZED', message);
    expect(job).toMatchObject({ state: 'needs-login', error: { code: 'DENIED', hint: 'check-account-rights' } });
  });

  it.each([499, 525, 529, 530])('that passes by itself is tried again (%i)', async (status) => {
    const fault = { on: { method: 'POST', path: /uploads/ }, times: 2, action: { kind: 'answer', status } } as const;
    rig.registry.faults.add(fault);
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    expect((await rig.push(path, 'acme/web:1')).job.state).toBe('done');
  });
});

describe('a refusal of a manifest', () => {
  it.each([
    [403, 'DENIED', 'unknown manifest class for application/vnd.oci.empty.v1+json', 'REGISTRY_ERROR'],
    [405, 'DENIED', 'The operation is disallowed on this registry, repository or image.', 'MANIFEST_REJECTED'],
  ])(
    'for what it is, and not for who sends it, asks for no other login (%i %s: %s)',
    async (status, code, message, as) => {
      const job = await refusedBy('PUT', /manifests/, status, code, message);
      expect(job).toMatchObject({ state: 'failed', error: { code: as, hint: 'ask-owner' } });
    },
  );

  it('for its format, where it has no other, is not told to be tried again as it is', async () => {
    const words = 'layer media type application/vnd.oci.image.layer.v1.tar+zstd is not supported';
    rig.answers('PUT', /manifests/, 400, { code: 'MANIFEST_INVALID', message: words });
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    const { job } = await rig.push(path, 'acme/web:1', { options: { format: 'oci' } });
    expect(job.error).toMatchObject({ code: 'MANIFEST_REJECTED', hint: 'choose-format' });
  });
});

it.each([
  [400, 'BLOB_UPLOAD_INVALID', 'docker-hosted/v2/-/blobs/sha256:1 cannot be updated'],
  [409, 'CONFLICT', 'the blob is being written'],
])(
  'a commit that is refused for what somebody else has brought meanwhile is done (%i)',
  async (status, code, message) => {
    const { path, image } = await makeLayout(rig.path('a'), { layers: 1 });
    const { digest } = image.layers[0] ?? image;
    await rig.registry.seedBlob('acme/web', await readFile(blobPath(path, digest)));
    const missing = { kind: 'answer', status: 404 } as const;
    rig.registry.faults.add({ on: { method: 'HEAD', path: new RegExp(digest) }, action: missing });
    const refusal = { kind: 'answer', status, body: { errors: [{ code, message }] } } as const;
    const commit = new RegExp(`digest=${encodeURIComponent(digest)}`);
    rig.registry.faults.add({ on: { method: 'PUT', path: commit }, times: Number.POSITIVE_INFINITY, action: refusal });
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job.error).toBeUndefined();
    expect(rig.registry.uploads()).toEqual([]);
  },
);
