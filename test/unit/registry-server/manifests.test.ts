import { afterEach, beforeEach, expect, test } from 'vitest';
import { MediaType } from '../../../shared/media-types.ts';
import { digestOf } from '../../registry/blob-store.ts';
import { startRegistry, type TestRegistry } from '../../registry/server.ts';
import { call } from './http-client.ts';

let registry: TestRegistry;
const config = Buffer.from('{"os":"linux"}');
const layer = Buffer.from('layer');
const descriptor = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
const manifestOf = (more: object = {}) =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.ociManifest,
      config: descriptor(MediaType.ociConfig, config),
      layers: [descriptor(MediaType.ociLayer, layer)],
      ...more,
    }),
  );
const manifest = manifestOf();
const put = (reference: string, body: Buffer, type: string = MediaType.ociManifest) =>
  call('PUT', `${registry.url}/v2/acme/web/manifests/${reference}`, { body, headers: { 'content-type': type } });

beforeEach(async () => {
  registry = await startRegistry({ storage: 'memory' });
});
afterEach(() => registry.close());

async function seedBlobs(): Promise<void> {
  await registry.seedBlob('acme/web', config);
  await registry.seedBlob('acme/web', layer);
}

test('a manifest whose blobs are not there is refused with each missing digest', async () => {
  await registry.seedBlob('acme/web', config);
  const refused = await put('1.0', manifest);
  expect([refused.status, refused.codes]).toEqual([404, ['MANIFEST_BLOB_UNKNOWN']]);
  expect(refused.body.toString()).toContain(digestOf(layer));
});

test('a manifest is read back byte for byte, by tag and by digest', async () => {
  await seedBlobs();
  const done = await put('1.0', manifest);
  expect([done.status, done.headers['docker-content-digest']]).toEqual([201, digestOf(manifest)]);
  for (const reference of ['1.0', digestOf(manifest)]) {
    const got = await call('GET', `${registry.url}/v2/acme/web/manifests/${reference}`);
    expect([got.body, got.headers['content-type']]).toEqual([manifest, MediaType.ociManifest]);
  }
  expect((await call('HEAD', `${registry.url}/v2/acme/web/manifests/1.1`)).status).toBe(404);
  expect([...registry.tags('acme/web')]).toEqual([['1.0', digestOf(manifest)]]);
});

test('an index needs its children', async () => {
  await seedBlobs();
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.ociIndex,
      manifests: [descriptor(MediaType.ociManifest, manifest)],
    }),
  );
  expect((await put('multi', index, MediaType.ociIndex)).codes).toEqual(['MANIFEST_BLOB_UNKNOWN']);
  await put(digestOf(manifest), manifest);
  expect((await put('multi', index, MediaType.ociIndex)).status).toBe(201);
});

test('a manifest that is not what it says is refused', async () => {
  await seedBlobs();
  expect((await put('1.0', manifest.subarray(0, 50))).codes).toEqual(['MANIFEST_INVALID']);
  expect((await put('1.0', manifest, MediaType.dockerManifest)).codes).toEqual(['MANIFEST_INVALID']);
  expect((await put(digestOf(layer), manifest)).codes).toEqual(['DIGEST_INVALID']);
  expect((await put('-bad', manifest)).status).toBe(400);
  expect((await put('1.0', Buffer.alloc(5 * 1024 * 1024))).status).toBe(413);
});

test('tags are listed in pages', async () => {
  await seedBlobs();
  for (const tag of ['c', 'a', 'b']) await put(tag, manifest);
  const first = await call('GET', `${registry.url}/v2/acme/web/tags/list?n=2`);
  expect(JSON.parse(first.body.toString())).toEqual({ name: 'acme/web', tags: ['a', 'b'] });
  expect(first.headers['link']).toBe('</v2/acme/web/tags/list?n=2&last=b>; rel="next"');
  const rest = await call('GET', `${registry.url}/v2/acme/web/tags/list?n=2&last=b`);
  expect(JSON.parse(rest.body.toString())).toEqual({ name: 'acme/web', tags: ['c'] });
});

test('what has a subject is found among its referrers, unless the registry knows none', async () => {
  await seedBlobs();
  const subject = descriptor(MediaType.ociManifest, manifest);
  const signature = manifestOf({ subject, artifactType: 'application/x-signature' });
  expect((await put('sig', signature)).headers['oci-subject']).toBe(subject.digest);
  const list = await call(
    'GET',
    `${registry.url}/v2/acme/web/referrers/${subject.digest}?artifactType=application/x-signature`,
  );
  expect(list.headers['oci-filters-applied']).toBe('artifactType');
  expect((JSON.parse(list.body.toString()) as { manifests: { digest: string }[] }).manifests[0]?.digest).toBe(
    digestOf(signature),
  );
  registry.quirks.referrers = false;
  expect((await put('sig', signature)).headers['oci-subject']).toBeUndefined();
});

test('immutable tags, refused media types and unknown repositories can be had', async () => {
  await seedBlobs();
  await put('1.0', manifest);
  registry.quirks.immutableTags = 409;
  expect((await put('1.0', manifest)).status).toBe(201);
  expect((await put('1.0', manifestOf({ annotations: { other: 'yes' } }))).status).toBe(409);
  registry.quirks.rejectedMediaTypes = [MediaType.ociManifest];
  expect((await put('2.0', manifest)).codes).toEqual(['MANIFEST_INVALID']);
  registry.quirks.repositories = ['only/this'];
  expect((await put('3.0', manifest)).codes).toEqual(['NAME_UNKNOWN']);
});
