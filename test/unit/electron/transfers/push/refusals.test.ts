import { describe, expect, it } from 'vitest';
import { exitStatusOf } from '../../../../../electron/cli/errors.ts';
import { lastingReason } from '../../../../../electron/registry/answers/lasting-refusal.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

describe('a refusal that no waiting mends', () => {
  it.each([
    [403, 'DENIED', 'adding 20 MiB of storage resource, which when updated to current usage will exceed the quota'],
    [403, 'DENIED', 'adding 12.0 MiB of storage resource, which will exceed the configured upper limit of 10.0 MiB.'],
    [403, 'DENIED', 'registry contains 1 repositories, limit is 1'],
    [405, 'UNSUPPORTED', "The repository 'a' already has the maximum allowed number of images which is '10000'"],
    [500, 'UNKNOWN', 'write /var/lib/registry: no space left on device'],
    [500, 'UNKNOWN', 'unknown error: {"DriverName":"filesystem","Enclosed":{"Op":"write","Path":"/data/x","Err":28}}'],
    [507, 'UNKNOWN', 'Insufficient Storage'],
  ])('for want of room (%i) is tried once, keeps its reason and asks for no login', async (status, code, message) => {
    rig.answers('POST', /uploads/, status, { code, message });
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job).toMatchObject({ state: 'failed', error: { code: 'QUOTA_EXCEEDED', status, hint: 'ask-owner' } });
    expect(job.error?.message).toContain(message);
    expect(rig.requests('POST', /uploads/).length).toBeLessThanOrEqual(2);
    expect(exitStatusOf('QUOTA_EXCEEDED')).toBe(1);
  });

  it.each([
    [403, 'DENIED', 'tag 1 is immutable'],
    [500, 'UNKNOWN', 'the tag is configured as immutable'],
    [400, 'UNKNOWN', 'Repository does not allow updating assets: docker-hosted'],
  ])('for a tag that may not move (%i) is tried once', async (status, code, message) => {
    rig.answers('PUT', /manifests/, status, { code, message });
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job).toMatchObject({ state: 'failed', error: { code: 'TAG_IMMUTABLE', status } });
    expect(job.error?.message).toContain(message);
    expect(rig.requests('PUT', /manifests/).length).toBe(1);
  });

  it('of all uploads says what such a registry is', async () => {
    rig.answers('POST', /uploads/, 405, { code: 'UNSUPPORTED', message: 'The operation is unsupported.' });
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job).toMatchObject({ state: 'failed', error: { code: 'REGISTRY_ERROR', status: 405, hint: 'ask-owner' } });
    expect(job.error?.message).toMatch(/takes no images: it is read-only, or a cache of another registry/);
    expect(rig.requests('POST', /uploads/).length).toBeLessThanOrEqual(2);
  });

  it('that is about rights, and called one of the manifest, speaks of the account', async () => {
    const detail = { description: 'HTTP 403 Forbidden' };
    rig.answers('PUT', /manifests/, 400, { code: 'MANIFEST_INVALID', message: 'manifest invalid', detail });
    const { path } = await makeLayout(rig.path('a'), { layers: 1 });
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job).toMatchObject({ error: { code: 'MANIFEST_REJECTED', hint: 'check-account-rights' } });
    expect(job.error?.message).toContain('manifest invalid: HTTP 403 Forbidden');
  });

  it('without a reason says what of the image is probably not taken', async () => {
    rig.answers('PUT', /manifests/, 500, { code: 'UNKNOWN', message: 'unknown error' });
    const layers = [{ calledType: MediaType.dockerForeignLayerGzip }, {}];
    const { path } = await makeLayout(rig.path('a'), { layers });
    const { job } = await rig.push(path, 'acme/web:1');
    expect(job).toMatchObject({ state: 'failed', error: { code: 'MANIFEST_REJECTED', status: 500 } });
    expect(job.error?.message).toMatch(/unknown error.*most likely does not accept .*foreign layers/);
    expect(rig.requests('PUT', /manifests/).length).toBe(1);
  });

  it('is told from one that may pass, or that a login may mend', () => {
    expect(lastingReason(429, 'quota exceeded for requests per minute')).toBeUndefined();
    expect(lastingReason(401, 'quota')).toBeUndefined();
    expect(lastingReason(403, 'requested access to the resource is denied')).toBeUndefined();
    expect(lastingReason(403, 'no resource-based policy allows the ecr:PutImage action')).toBeUndefined();
    expect(lastingReason(503, 'the registry is read-only for a moment')).toBeUndefined();
    expect(lastingReason(500, 'unknown error')).toBeUndefined();
    expect(lastingReason(403, 'the system is in read only mode')).toBe('rule');
    expect(lastingReason(412, 'blocked by the security policy')).toBe('rule');
    for (const words of [
      "DENIED: client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
      'the `acme` organization has an IP allow list enabled, and your IP address 203.0.113.7 is not permitted to access this resource',
      'the path conflicts with the include/exclude patterns of the repository',
      'Artifact Registry API has not been used in project 1 before or it is disabled',
      'This API method requires billing to be enabled',
    ])
      expect(lastingReason(403, words)).toBe('rule');
    expect(lastingReason(403, 'Skip this: denied by your login')).toBeUndefined();
    expect(lastingReason(412, 'PROJECTPOLICYVIOLATION: cannot be pushed due to configured policy')).toBe('rule');
    expect(lastingReason(403, 'you have exceeded a secondary rate limit')).toBeUndefined();
  });
});

const refuseOnce = (code: string, message: string, times = 1) =>
  rig.registry.faults.add({
    on: { method: 'PUT', path: /manifests/ },
    action: { kind: 'answer', status: 400, body: { errors: [{ code, message }] } },
    times,
  });

it('a refusal of something else does not turn an image into another format', async () => {
  refuseOnce('MANIFEST_INVALID', 'unknown blob in layer 3');
  const { path } = await makeLayout(rig.path('a'));
  const { job } = await rig.push(path, 'acme/web:1');
  expect(job).toMatchObject({ state: 'failed', error: { code: 'MANIFEST_REJECTED' } });
  expect(rig.requests('PUT', /manifests/).length).toBe(1);
});

it('a passing MANIFEST_INVALID does not turn an image into another format, and is got over', async () => {
  refuseOnce('MANIFEST_INVALID', 'manifest invalid');
  const { path, image } = await makeLayout(rig.path('a'));
  const { job } = await rig.push(path, 'acme/web:1');
  expect(job).toMatchObject({ state: 'done', result: { digest: image.digest } });
  expect(job.result?.conversion).toBeUndefined();
  expect(rig.requests('PUT', /manifests/).length).toBe(2);
});
