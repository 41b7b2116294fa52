import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { RegistryClient, UploadSession } from '../../../../electron/registry/types.ts';
import { api, clientFor, DIGEST, failure, readAll, refuse, type Script, serve } from './scripted-server.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const ENCODED = encodeURIComponent(DIGEST);

async function openSession(client: RegistryClient): Promise<UploadSession> {
  const started = await client.startUpload('team/app');
  if (started.kind !== 'session') throw new Error('no session');
  return started.session;
}

describe('a blob', () => {
  it('that is there has its size, one that is not is null', async () => {
    await using server = await serve(
      api(
        (request, response) =>
          void response.writeHead(request.url.includes('team/app') ? 200 : 404, { 'content-length': 1234 }).end(),
      ),
    );
    await using client = clientFor(server.host);
    expect(await client.headBlob('team/app', DIGEST)).toBe(1234);
    expect(await client.headBlob('team/other', DIGEST)).toBeNull();
    // Nothing shows that a registry gave the first answer, so it is asked whether it is one.
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `HEAD /v2/team/app/blobs/${DIGEST}`,
      'GET /v2/',
      `HEAD /v2/team/other/blobs/${DIGEST}`,
    ]);
    expect(server.requests[0]?.headers['user-agent']).toMatch(/^pushboat\/\d/);
  });

  it('is looked for over connections that stay open', async () => {
    await using server = await serve(api((_, response) => void response.writeHead(404, { 'content-length': 7 }).end()));
    await using client = clientFor(server.host, { policy: { tls: 'plain-http', maxRequests: 2, maxUploads: 1 } });
    await Promise.all(Array.from({ length: 30 }, () => client.headBlob('team/app', DIGEST)));
    expect(server.opened()).toBeLessThanOrEqual(3);
  });

  it('is looked for no more often at once than the policy allows', async () => {
    let running = 0;
    let most = 0;
    await using server = await serve(
      api(async (_, response) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        response.writeHead(404).end();
      }),
    );
    await using client = clientFor(server.host, { policy: { tls: 'plain-http', maxRequests: 4 } });
    await Promise.all(Array.from({ length: 20 }, () => client.headBlob('team/app', DIGEST)));
    expect(most).toBe(4);
  });
});

describe('an upload', () => {
  const store: Script = async (request, response) => {
    if (request.method === 'POST')
      return void response
        .writeHead(202, {
          location: '/up/1?_state=a%2Bb',
          'oci-chunk-min-length': '4096',
          'oci-chunk-max-length': '8192',
        })
        .end();
    if (request.method === 'PATCH')
      return void response.writeHead(202, { location: '/up/2?_state=c', range: `0-${request.body.length - 1}` }).end();
    if (request.method === 'PUT') return void response.writeHead(201).end();
    return void response.writeHead(204, { range: '0-99', location: '/up/3?_state=d' }).end();
  };

  it('streams exactly the bytes with Content-Length in one PUT, counting them', async () => {
    await using server = await serve(api(store));
    await using client = clientFor(server.host);
    const session = await openSession(client);
    expect(session).toEqual({
      repository: 'team/app',
      location: `${server.origin}/up/1?_state=a%2Bb`,
      offset: 0,
      chunkMinLength: 4096,
      chunkMaxLength: 8192,
    });
    const blocks = [Buffer.alloc(400_000, 1), Buffer.alloc(200_000, 2)];
    let counted = 0;
    await client.finishUpload(session, DIGEST, {
      length: 600_000,
      open: () => Readable.from(blocks),
      onBytes: (count) => (counted += count),
    });
    const put = server.requests.at(-1);
    expect(put).toMatchObject({ method: 'PUT', url: `/up/1?_state=a%2Bb&digest=${ENCODED}` });
    expect(put?.headers).toMatchObject({ 'content-length': '600000', 'content-type': 'application/octet-stream' });
    expect(put?.headers['transfer-encoding']).toBeUndefined();
    expect(put?.body.equals(Buffer.concat(blocks))).toBe(true);
    expect(counted).toBe(600_000);
  });

  it('takes bytes in memory, an empty body and none at all', async () => {
    await using server = await serve(api(store));
    await using client = clientFor(server.host);
    await client.finishUpload(await openSession(client), DIGEST, { length: 3, open: () => new Uint8Array([1, 2, 3]) });
    expect(server.requests.at(-1)?.body).toEqual(Buffer.from([1, 2, 3]));
    await client.finishUpload(await openSession(client), DIGEST, { length: 0, open: () => Readable.from([]) });
    expect(server.requests.at(-1)?.headers['content-length']).toBe('0');
    await client.finishUpload(await openSession(client), DIGEST, null);
    expect(server.requests.at(-1)?.headers['content-length']).toBe('0');
  });

  it('in parts follows the newest location and offset', async () => {
    await using server = await serve(api(store));
    await using client = clientFor(server.host);
    const session = await openSession(client);
    await client.uploadChunk(session, { length: 50, open: () => Buffer.alloc(50) });
    expect(server.requests.at(-1)?.headers['content-range']).toBe('0-49');
    expect(session).toMatchObject({ offset: 50, location: `${server.origin}/up/2?_state=c` });
    await client.uploadStatus(session);
    expect(session).toMatchObject({ offset: 100, location: `${server.origin}/up/3?_state=d` });
    await client.finishUpload(session, DIGEST, { length: 10, open: () => Buffer.alloc(10) });
    expect(server.requests.at(-1)?.url).toBe(`/up/3?_state=d&digest=${ENCODED}`);
    expect(server.requests.at(-1)?.headers['content-range']).toBe('100-109');
  });

  it('learns from a 416 where the registry is', async () => {
    await using server = await serve(
      api(
        (request, response) =>
          void (
            request.method === 'POST'
              ? response.writeHead(202, { location: '/u' })
              : response.writeHead(416, { range: '0-29', location: '/u2' })
          ).end(),
      ),
    );
    await using client = clientFor(server.host);
    const session = await openSession(client);
    const error = await failure(client.uploadChunk(session, { length: 50, open: () => Buffer.alloc(50) }));
    expect(error).toMatchObject({ code: 'REGISTRY_ERROR', facts: { status: 416 } });
    expect(session).toMatchObject({ offset: 30, location: `${server.origin}/u2` });
  });

  it('that the registry forgot is gone', async () => {
    await using server = await serve(
      api((request, response) =>
        request.method === 'POST'
          ? void response.writeHead(202, { location: '/u' }).end()
          : refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN', 'unknown'),
      ),
    );
    await using client = clientFor(server.host);
    const session = await openSession(client);
    expect((await failure(client.uploadStatus(session))).code).toBe('UPLOAD_GONE');
    expect((await failure(client.finishUpload(session, DIGEST, null))).code).toBe('UPLOAD_GONE');
    await client.cancelUpload(session);
    expect(server.requests.at(-1)?.method).toBe('DELETE');
  });

  it('becomes a mount on 201 and an ordinary upload on 202', async () => {
    await using server = await serve(
      api(
        (request, response) =>
          void response.writeHead(request.url.includes('known') ? 201 : 202, { location: '/u' }).end(),
      ),
    );
    await using client = clientFor(server.host);
    expect(await client.startUpload('team/app', { mount: { digest: DIGEST, from: 'known' } })).toEqual({
      kind: 'mounted',
    });
    expect((await client.startUpload('team/app', { mount: { digest: DIGEST, from: 'other' } })).kind).toBe('session');
  });

  it.each([
    [400, 'ask-owner'],
    [404, 'create-repository'],
    [451, 'ask-owner'],
  ])('that is refused with %d and no code says what to do', async (status, hint) => {
    await using server = await serve(api((_, response) => void response.writeHead(status).end('no such backend')));
    await using client = clientFor(server.host);
    const error = await failure(client.startUpload('team/app'));
    expect(error).toMatchObject({ code: 'REGISTRY_ERROR', hint, facts: { status } });
    expect(error.message).toContain('no such backend');
  });

  it('in a repository that does not exist says so', async () => {
    await using server = await serve(
      api((_, response) => refuse(response, 404, 'NAME_UNKNOWN', 'repository name not known')),
    );
    await using client = clientFor(server.host);
    expect(await failure(client.startUpload('team/app'))).toMatchObject({
      code: 'REPOSITORY_UNKNOWN',
      hint: 'create-repository',
      facts: { repository: 'team/app' },
    });
  });

  it('whose digest the registry refuses is a mismatch, not retried here', async () => {
    await using server = await serve(
      api((request, response) =>
        request.method === 'POST'
          ? void response.writeHead(202, { location: '/u' }).end()
          : refuse(response, 400, 'DIGEST_INVALID', 'provided digest did not match uploaded content'),
      ),
    );
    await using client = clientFor(server.host);
    const error = await failure(
      client.finishUpload(await openSession(client), DIGEST, { length: 3, open: () => Buffer.from('abc') }),
    );
    expect(error).toMatchObject({
      code: 'DIGEST_MISMATCH',
      facts: { status: 400, registryErrors: [{ code: 'DIGEST_INVALID' }] },
    });
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('without a Location is not the registry API', async () => {
    await using server = await serve(api((_, response) => void response.writeHead(202).end()));
    await using client = clientFor(server.host);
    expect((await failure(client.startUpload('team/app'))).code).toBe('PROTOCOL_ERROR');
  });

  it('is sent once only, and its open is retried with a notice', async () => {
    let posts = 0;
    await using server = await serve(
      api((request, response) => {
        if (request.method === 'POST' && ++posts < 3) return refuse(response, 503, 'UNAVAILABLE', 'busy');
        if (request.method === 'POST') return void response.writeHead(202, { location: '/u' }).end();
        return refuse(response, 503, 'UNAVAILABLE', 'busy', { 'retry-after': '1' });
      }),
    );
    await using client = clientFor(server.host);
    const attempts: number[] = [];
    const started = await client.startUpload('team/app', { onRetry: ({ attempt }) => attempts.push(attempt) });
    expect(attempts).toEqual([2, 3]);
    if (started.kind !== 'session') throw new Error('no session');
    const error = await failure(
      client.finishUpload(started.session, DIGEST, { length: 5, open: () => Buffer.alloc(5) }),
    );
    expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', hint: 'retry-later', facts: { status: 503 } });
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  const vanishing = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.alloc(10);
    await Promise.resolve();
    throw Object.assign(new Error('disk vanished'), { errno: -5, code: 'EIO', syscall: 'read' });
  };

  it.each([
    ['stream', () => Readable.from(vanishing())],
    ['generator', vanishing],
  ])('fails with the error of its source, a %s, and leaves the client usable', async (_, open) => {
    await using server = await serve(api(store));
    await using client = clientFor(server.host);
    const session = await openSession(client);
    const error = await failure(client.finishUpload(session, DIGEST, { length: 100, open }));
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', facts: { detail: 'disk vanished' } });
    expect((await openSession(client)).offset).toBe(0);
  });

  it('whose source is shorter or longer than it says is a wrong local size', async () => {
    await using server = await serve(api(store));
    await using client = clientFor(server.host);
    for (const size of [9, 11]) {
      const body = { length: 10, open: (): Readable => Readable.from([Buffer.alloc(size)]) };
      expect((await failure(client.finishUpload(await openSession(client), DIGEST, body))).code).toBe(
        'BLOB_SIZE_MISMATCH',
      );
    }
  });
});

describe('a refusal before the body was sent', () => {
  it.each([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [413, 'BLOB_TOO_LARGE'],
  ] as const)('with %d is that refusal, although the connection closes', async (status, code) => {
    const script: Script = async (request, response, raw) => {
      if (request.method === 'PUT') {
        response
          .writeHead(status, { 'content-type': 'text/html', 'content-length': 26, connection: 'close' })
          .end('<html><h1>Too bad</h1></html>'.slice(0, 26));
        setTimeout(() => raw.socket.resetAndDestroy(), 5);
        return;
      }
      await readAll(raw);
      response.writeHead(202, { location: '/u' }).end();
    };
    await using server = await serve(api(script), { unread: true });
    await using client = clientFor(server.host);
    for (let round = 0; round < 5; round++) {
      const session = await openSession(client);
      const block = Buffer.alloc(1024 * 1024);
      const length = 64 * block.length;
      const body = { length, open: (): Readable => Readable.from(Array.from({ length: 64 }, () => block)) };
      expect((await failure(client.finishUpload(session, DIGEST, body))).code).toBe(code);
    }
  });
});

describe('a refusal that lies unread when the next write fails', () => {
  it('is that refusal all the same', async () => {
    const refused = Promise.withResolvers<void>();
    const script: Script = async (request, response, raw) => {
      if (request.method !== 'PUT') {
        await readAll(raw);
        return void response.writeHead(202, { location: '/u' }).end();
      }
      response.writeHead(413, { 'content-length': 9, connection: 'close' }).end('too large');
      raw.socket.resetAndDestroy();
      // The client writes on before its event loop comes to read: its write meets the reset, not the answer.
      refused.resolve();
    };
    await using server = await serve(api(script), { unread: true });
    await using client = clientFor(server.host);
    const session = await openSession(client);
    async function* blocks(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(1000);
      await refused.promise;
      for (let block = 0; block < 100; block++) yield Buffer.alloc(1000);
    }
    const error = await failure(
      client.finishUpload(session, DIGEST, { length: 101_000, open: () => Readable.from(blocks()) }),
    );
    expect(error).toMatchObject({
      code: 'BLOB_TOO_LARGE',
      hint: 'limit-request-size',
      facts: { status: 413, detail: 'too large' },
    });
  });
});

describe('a manifest', () => {
  it('is described and fetched with every media type that can be compared', async () => {
    await using server = await serve(
      api((request, response) => {
        if (!request.url.endsWith('/v1')) return refuse(response, 404, 'MANIFEST_UNKNOWN', 'nothing');
        response.writeHead(200, {
          'content-type': `${MANIFEST}; charset=utf-8`,
          'docker-content-digest': DIGEST,
          'content-length': 2,
        });
        return void response.end(request.method === 'GET' ? '{}' : undefined);
      }),
    );
    await using client = clientFor(server.host);
    expect(await client.headManifest('team/app', 'v1')).toEqual({ digest: DIGEST, mediaType: MANIFEST, size: 2 });
    expect(await client.getManifest('team/app', 'v1')).toEqual({ bytes: Buffer.from('{}'), mediaType: MANIFEST });
    expect(await client.headManifest('team/app', 'v2')).toBeNull();
    expect(await client.getManifest('team/app', 'v2')).toBeNull();
    expect(server.requests[1]?.headers.accept).toContain('application/vnd.docker.distribution.manifest.list.v2+json');
  });

  it('larger than 4 MiB is not read whole', async () => {
    await using server = await serve(
      api(
        (_, response) =>
          void response.writeHead(200, { 'content-type': MANIFEST }).end(Buffer.alloc(12 * 1024 * 1024, 32)),
      ),
    );
    await using client = clientFor(server.host);
    expect((await failure(client.getManifest('team/app', 'v1'))).code).toBe('TOO_LARGE');
  });

  it('is put as it is, and the receipt says what the registry says', async () => {
    await using server = await serve(
      api(
        (_, response) => void response.writeHead(201, { 'docker-content-digest': DIGEST, 'oci-subject': DIGEST }).end(),
      ),
    );
    await using client = clientFor(server.host);
    const bytes = Buffer.from('{ "schemaVersion": 2 }\n');
    expect(await client.putManifest('team/app', 'v1', { bytes, mediaType: MANIFEST })).toEqual({
      digest: DIGEST,
      processedSubject: true,
    });
    expect(server.requests.at(-1)).toMatchObject({ method: 'PUT', url: '/v2/team/app/manifests/v1', body: bytes });
    expect(server.requests.at(-1)?.headers['content-type']).toBe(MANIFEST);
  });

  it.each([
    [400, 'MANIFEST_INVALID', 'manifest invalid', 'MANIFEST_REJECTED'],
    [415, 'UNSUPPORTED', 'oci is not for us', 'MANIFEST_REJECTED'],
    [404, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown', 'MANIFEST_REJECTED'],
    [
      400,
      'TAG_INVALID',
      "The image tag 'v1' already exists and cannot be overwritten because the repository is immutable.",
      'TAG_IMMUTABLE',
    ],
    [412, 'PRECONDITION', 'configured as immutable, cannot be updated', 'TAG_IMMUTABLE'],
    [409, 'CONFLICT', 'tag is Immutable', 'TAG_IMMUTABLE'],
    [403, 'DENIED', 'tag immutability rule', 'TAG_IMMUTABLE'],
    [403, 'DENIED', 'no right to push', 'DENIED'],
    [404, 'NAME_UNKNOWN', 'no such repository', 'REPOSITORY_UNKNOWN'],
  ])('refused with %d %s (%s) is %s', async (status, code, message, expected) => {
    await using server = await serve(api((_, response) => refuse(response, status, code, message)));
    await using client = clientFor(server.host);
    const error = await failure(
      client.putManifest('team/app', 'v1', { bytes: Buffer.from('{}'), mediaType: MANIFEST }),
    );
    expect(error.code).toBe(expected);
    expect(error.facts).toMatchObject({ status, registryErrors: [{ code, message }] });
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('under a digest that is not sha256, which the registry takes for a wrong one, says so', async () => {
    const script = api((_, response) => refuse(response, 400, 'DIGEST_INVALID', 'did not match uploaded content'));
    await using server = await serve(script);
    await using client = clientFor(server.host);
    const manifest = { bytes: Buffer.from('{}'), mediaType: MANIFEST };
    const error = await failure(client.putManifest('team/app', `sha512:${'a1'.repeat(64)}`, manifest));
    expect(error).toMatchObject({ code: 'MANIFEST_REJECTED', hint: 'ask-owner' });
    expect(error.message).toContain('It most likely does not accept digests of sha512.');
    expect((await failure(client.putManifest('team/app', DIGEST, manifest))).code).toBe('DIGEST_MISMATCH');
  });

  it('brings each warning of the registry once', async () => {
    await using server = await serve(
      api(
        (_, response) =>
          void response.setHeader('warning', ['299 - "the end is near"', '299 - "really"']).writeHead(201).end(),
      ),
    );
    const warnings: string[] = [];
    await using client = clientFor(server.host, { onWarning: (text) => warnings.push(text) });
    for (let round = 0; round < 2; round++)
      await client.putManifest('team/app', 'v1', { bytes: Buffer.from('{}'), mediaType: MANIFEST });
    expect(warnings).toEqual(['the end is near', 'really']);
  });
});
