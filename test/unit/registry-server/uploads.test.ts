import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../registry/blob-store.ts';
import { startRegistry, type TestRegistry } from '../../registry/server.ts';
import { call, locationOf } from './http-client.ts';

const blob = Buffer.from('a blob of some bytes');
const digest = digestOf(blob);

describe.each(['disk', 'memory'] as const)('uploads to a registry that stores on %s', (storage) => {
  let registry: TestRegistry;
  let uploads: string;

  beforeEach(async () => {
    registry = await startRegistry({ storage });
    uploads = `${registry.url}/v2/acme/web/blobs/uploads/`;
  });
  afterEach(() => registry.close());

  test('a blob sent with POST and PUT can be read back, whole and in part', async () => {
    const started = await call('POST', uploads);
    expect(started.status).toBe(202);
    const finished = await call('PUT', locationOf(started, registry.url, digest), { body: blob });
    expect(finished.status).toBe(201);
    expect(finished.headers['docker-content-digest']).toBe(digest);

    const url = `${registry.url}/v2/acme/web/blobs/${digest}`;
    expect((await call('HEAD', url)).headers['content-length']).toBe(String(blob.length));
    expect((await call('GET', url)).body).toEqual(blob);
    const part = await call('GET', url, { headers: { range: 'bytes=2-5' } });
    expect([part.status, part.body.toString(), part.headers['content-range']]).toEqual([
      206,
      'blob',
      `bytes 2-5/${blob.length}`,
    ]);
    expect((await call('GET', url, { headers: { range: 'bytes=99-' } })).status).toBe(416);
  });

  test('a single POST with the digest takes the whole blob', async () => {
    const done = await call('POST', `${uploads}?digest=${digest}`, { body: blob });
    expect(done.status).toBe(201);
    expect(await registry.readBlob(digest)).toEqual(blob);
  });

  test('an empty blob and a sha512 digest are taken', async () => {
    const nothing = digestOf(Buffer.alloc(0));
    expect((await call('POST', `${uploads}?digest=${nothing}`)).status).toBe(201);
    expect((await call('GET', `${registry.url}/v2/acme/web/blobs/${nothing}`)).body.length).toBe(0);
    const long = digestOf(blob, `sha512:${'0'.repeat(128)}` as typeof digest);
    expect((await call('POST', `${uploads}?digest=${long}`, { body: blob })).status).toBe(201);
    expect(registry.blobs('acme/web')).toContain(long);
  });

  test('chunks are checked against their range, and 416 says where to go on', async () => {
    const started = await call('POST', uploads);
    const first = await call('PATCH', locationOf(started, registry.url), {
      body: blob.subarray(0, 8),
      headers: { 'content-range': '0-7' },
    });
    expect([first.status, first.headers['range']]).toEqual([202, '0-7']);
    const wrong = await call('PATCH', locationOf(first, registry.url), {
      body: blob.subarray(9),
      headers: { 'content-range': `9-${blob.length - 1}` },
    });
    expect([wrong.status, wrong.headers['range']]).toEqual([416, '0-7']);
    const status = await call('GET', locationOf(wrong, registry.url));
    expect([status.status, status.headers['range']]).toEqual([204, '0-7']);
    const second = await call('PATCH', locationOf(status, registry.url), {
      body: blob.subarray(8),
      headers: { 'content-range': `8-${blob.length - 1}` },
    });
    expect((await call('PUT', locationOf(second, registry.url, digest))).status).toBe(201);
    expect(await registry.readBlob(digest)).toEqual(blob);
  });

  test('an old Location is refused', async () => {
    const started = await call('POST', uploads);
    await call('PATCH', locationOf(started, registry.url), { body: 'one' });
    const again = await call('PATCH', locationOf(started, registry.url), { body: 'two' });
    expect([again.status, again.codes]).toEqual([400, ['BLOB_UPLOAD_INVALID']]);
  });

  test('content that does not have the digest is refused and the upload ends', async () => {
    const started = await call('POST', uploads);
    const refused = await call('PUT', locationOf(started, registry.url, digest), { body: 'something else' });
    expect([refused.status, refused.codes]).toEqual([400, ['DIGEST_INVALID']]);
    expect(registry.blobs()).toEqual([]);
    expect((await call('GET', locationOf(started, registry.url))).codes).toEqual(['BLOB_UPLOAD_UNKNOWN']);
  });

  test('DELETE ends an upload', async () => {
    const started = await call('POST', uploads);
    expect((await call('DELETE', locationOf(started, registry.url))).status).toBe(204);
    expect(registry.uploads()).toEqual([]);
  });

  test('a blob of another repository is mounted, and one that is not there opens an upload', async () => {
    await registry.seedBlob('acme/base', blob);
    expect((await call('HEAD', `${registry.url}/v2/acme/web/blobs/${digest}`)).status).toBe(404);
    expect((await call('POST', `${uploads}?mount=${digest}&from=acme/base`)).status).toBe(201);
    expect((await call('HEAD', `${registry.url}/v2/acme/web/blobs/${digest}`)).status).toBe(200);
    expect((await call('POST', `${uploads}?mount=${digestOf(Buffer.from('x'))}&from=acme/base`)).status).toBe(202);
  });

  test('hostile digests and names are refused', async () => {
    expect((await call('HEAD', `${registry.url}/v2/acme/web/blobs/sha256:..%2F..%2Fetc%2Fpasswd`)).status).toBe(400);
    expect((await call('POST', `${registry.url}/v2/Acme/blobs/uploads/`)).codes).toEqual(['NAME_INVALID']);
  });

  test('every request is recorded, with the bytes that came', async () => {
    const started = await call('POST', uploads);
    await call('PUT', locationOf(started, registry.url, digest), {
      body: blob,
      headers: { authorization: 'Basic c2VjcmV0' },
    });
    expect(registry.requests.map(({ method, received, status }) => [method, received, status])).toEqual([
      ['POST', 0, 202],
      ['PUT', blob.length, 201],
    ]);
    expect(registry.requests[1]?.authorization).toBe('Basic');
    expect(JSON.stringify(registry.requests)).not.toContain('c2VjcmV0');
  });
});

describe('peculiarities', () => {
  test('a least chunk length is announced, and only the last chunk may be below it', async () => {
    await using registry = await startRegistry({ storage: 'memory', quirks: { chunkMinLength: 8, patchStatus: 201 } });
    const started = await call('POST', `${registry.url}/v2/a/blobs/uploads/`);
    expect(started.headers['oci-chunk-min-length']).toBe('8');
    const small = await call('PATCH', locationOf(started, registry.url), { body: 'small' });
    expect(small.status).toBe(201);
    expect((await call('PATCH', locationOf(small, registry.url), { body: 'more bytes' })).status).toBe(400);
    expect((await call('PUT', locationOf(small, registry.url, digestOf(Buffer.from('small'))))).status).toBe(201);
  });

  test('Locations are relative or lead elsewhere when asked for', async () => {
    await using registry = await startRegistry({
      storage: 'memory',
      elsewhere: true,
      quirks: { location: 'relative' },
    });
    const url = `${registry.url}/v2/a/blobs/uploads/`;
    expect(String((await call('POST', url)).headers['location'])).toMatch(/^\/v2\/a\//);
    registry.quirks.location = 'elsewhere';
    const started = await call('POST', url);
    const location = locationOf(started, registry.url, digest);
    expect(location.origin).toBe(registry.elsewhereUrl);
    expect((await call('PUT', location, { body: blob, headers: { authorization: 'Bearer x' } })).status).toBe(400);
    expect(registry.leaks()).toHaveLength(1);
    expect((await call('PUT', location, { body: blob })).status).toBe(201);
  });

  test('too large a body is refused before it is read, and the answer arrives', async () => {
    await using registry = await startRegistry({ storage: 'memory', quirks: { maxBodyBytes: 100 } });
    const answer = await call('POST', `${registry.url}/v2/a/blobs/uploads/?digest=${digest}`, {
      body: Buffer.alloc(3_000_000),
    });
    expect([answer.status, answer.headers['connection']]).toEqual([413, 'close']);
    expect(registry.requests[0]?.received).toBe(0);
  });

  test('memory stays flat while a large blob comes in', async () => {
    await using registry = await startRegistry();
    const started = await call('POST', `${registry.url}/v2/a/blobs/uploads/`);
    const chunk = Buffer.alloc(16 * 1024 * 1024);
    let last = started;
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < 10; at += 1) last = await call('PATCH', locationOf(last, registry.url), { body: chunk });
    expect(last.headers['range']).toBe(`0-${10 * chunk.length - 1}`);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80 * 1024 * 1024);
  });
});
