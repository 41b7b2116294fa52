import { X509Certificate } from 'node:crypto';
import * as net from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { networkError } from '../../../../electron/registry/http/network-error.ts';
import { trusting } from '../../../fixtures/network-rules.ts';
import {
  AS_ANN,
  api,
  askForLogin,
  clientFor,
  DIGEST,
  failure,
  json,
  makeCertificate,
  refuse,
  type Script,
  serve,
} from './scripted-server.ts';

const good = makeCertificate('IP:127.0.0.1,DNS:localhost');
const wrongName = makeCertificate('DNS:registry.example');
afterAll(() => {
  good.dispose();
  wrongName.dispose();
});

const missing: Script = api((_, response) => void response.writeHead(404, { 'content-length': 0 }).end());

/** A raw TCP server on a free port; `answer` gets each connection. */
async function listen(answer: (socket: net.Socket) => void): Promise<{ host: string } & AsyncDisposable> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('TLS', () => {
  it('of an unknown authority is refused, with the facts of the certificate and nothing sent', async () => {
    await using server = await serve(missing, { tls: good });
    await using client = clientFor(server.host, { policy: {} });
    const error = await failure(client.checkApi());
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', hint: 'trust-certificate' });
    expect(error.facts.certificate).toMatchObject({
      subject: 'CN=pushboat test',
      issuer: 'CN=pushboat test',
      fingerprint256: new X509Certificate(good.cert).fingerprint256,
      names: ['127.0.0.1', 'localhost'],
    });
    expect(server.requests).toHaveLength(0);
  });

  it('is trusted through the CA file of the policy or through a CA given by the caller', async () => {
    await using server = await serve(missing, { tls: good });
    await using byFile = clientFor(server.host, { policy: { caFile: good.certPath } });
    await using byText = clientFor(server.host, { policy: { tls: 'verify' }, network: trusting(good.cert) });
    expect(await byFile.checkApi()).toEqual({ scheme: 'https' });
    expect(await byText.headBlob('team/app', DIGEST)).toBeNull();
  });

  it('with another name in the certificate is refused although its authority is trusted', async () => {
    await using server = await serve(missing, { tls: wrongName });
    await using client = clientFor(server.host, { policy: { caFile: wrongName.certPath } });
    const error = await failure(client.checkApi());
    expect(error.code).toBe('TLS_UNTRUSTED');
    expect(error.facts.certificate?.names).toEqual(['registry.example']);
  });

  it('with the pinned certificate is trusted, with any other refused before a byte is sent', async () => {
    await using server = await serve(missing, { tls: wrongName });
    const fingerprint256 = new X509Certificate(wrongName.cert).fingerprint256;
    await using right = clientFor(server.host, {
      policy: { tls: 'pinned', fingerprint256: fingerprint256.toLowerCase() },
    });
    expect(await right.checkApi()).toEqual({ scheme: 'https' });
    expect(server.requests).toHaveLength(1);
    await using wrong = clientFor(server.host, {
      policy: { tls: 'pinned', fingerprint256: new X509Certificate(good.cert).fingerprint256 },
    });
    const error = await failure(wrong.checkApi());
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', facts: { certificate: { fingerprint256 } } });
    expect(server.requests).toHaveLength(1);
  });

  it('is not verified when the policy or --tls-verify=false says so', async () => {
    await using server = await serve(missing, { tls: wrongName });
    await using byPolicy = clientFor(server.host, { policy: { tls: 'no-verify' } });
    await using byOption = clientFor(server.host, { policy: {}, tlsVerify: false });
    expect(await byPolicy.checkApi()).toEqual({ scheme: 'https' });
    expect(await byOption.checkApi()).toEqual({ scheme: 'https' });
  });

  it('that is not there is said so where plain HTTP is not allowed', async () => {
    await using server = await serve(missing);
    await using client = clientFor(server.host, { policy: { tls: 'verify' } });
    expect(await failure(client.checkApi())).toMatchObject({ code: 'PLAIN_HTTP_REFUSED', hint: 'use-plain-http' });
    expect(server.requests).toHaveLength(0);
  });

  it('cannot use a CA file that is missing or no PEM', async () => {
    for (const caFile of ['/nowhere/ca.pem', '/etc/hostname']) {
      await using client = clientFor('127.0.0.1:1', { policy: { caFile } });
      expect(await failure(client.checkApi())).toMatchObject({ code: 'SETTINGS_UNREADABLE', facts: { path: caFile } });
    }
  });
});

describe('plain HTTP', () => {
  it('is found on a loopback host by itself, and remembered', async () => {
    await using server = await serve(missing);
    await using client = clientFor(server.host, { policy: {} });
    expect(await client.checkApi()).toEqual({ scheme: 'http' });
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(server.requests.map(({ url }) => url)).toEqual(['/v2/', `/v2/team/app/blobs/${DIGEST}`]);
  });

  it('is what --tls-verify=false falls back to, whatever the policy says', async () => {
    await using server = await serve(missing);
    await using client = clientFor(server.host, { policy: { tls: 'verify' }, tlsVerify: false });
    expect(await client.checkApi()).toEqual({ scheme: 'http' });
  });

  it('is found on loopback where the server just closes what it does not understand', async () => {
    await using server = await listen((socket) => {
      socket.once('data', (data) =>
        data.toString('latin1').startsWith('GET')
          ? socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
          : socket.destroy(),
      );
    });
    await using client = clientFor(server.host, { policy: {}, retry: { tries: 1 } });
    expect(await client.checkApi()).toEqual({ scheme: 'http' });
  });

  it('is not used behind an untrusted certificate, even on loopback', async () => {
    await using server = await serve(missing, { tls: good });
    await using client = clientFor(server.host, { policy: {} });
    expect((await failure(client.checkApi())).code).toBe('TLS_UNTRUSTED');
  });

  it('asked of a server that wants TLS says so', async () => {
    await using server = await serve(missing, { tls: good });
    await using client = clientFor(server.host, { policy: { tls: 'plain-http' }, retry: { tries: 1 } });
    expect(['CONNECTION_LOST', 'PROTOCOL_ERROR']).toContain((await failure(client.checkApi())).code);
  });
});

describe('a registry that cannot be reached', () => {
  it('by a wrong name fails at once', async () => {
    await using client = clientFor('registry.invalid', { policy: {}, retry: { tries: 3, baseDelayMs: 5000 } });
    expect(await failure(client.checkApi())).toMatchObject({
      code: 'DNS_FAILED',
      facts: { registry: 'registry.invalid' },
    });
  });

  it('because nothing listens fails at once, also on loopback', async () => {
    const server = await listen(() => undefined);
    await server[Symbol.asyncDispose]();
    await using client = clientFor(server.host, { policy: {}, retry: { tries: 3, baseDelayMs: 5000 } });
    expect(await failure(client.checkApi())).toMatchObject({ code: 'HOST_UNREACHABLE', hint: 'check-address' });
  });

  it.each([
    ['ENOTFOUND', 'DNS_FAILED'],
    ['EAI_AGAIN', 'DNS_FAILED'],
    ['ECONNREFUSED', 'HOST_UNREACHABLE'],
    ['ENETUNREACH', 'HOST_UNREACHABLE'],
    ['EHOSTUNREACH', 'HOST_UNREACHABLE'],
    ['ECONNRESET', 'CONNECTION_LOST'],
    ['EPIPE', 'CONNECTION_LOST'],
    ['UND_ERR_SOCKET', 'CONNECTION_LOST'],
    ['ETIMEDOUT', 'TIMEOUT'],
    ['UND_ERR_CONNECT_TIMEOUT', 'TIMEOUT'],
    ['CERT_HAS_EXPIRED', 'TLS_UNTRUSTED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_UNTRUSTED'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'PLAIN_HTTP_REFUSED'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'TLS_FAILED'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'TLS_FAILED'],
    ['HPE_INVALID_CONSTANT', 'PROTOCOL_ERROR'],
    ['UND_ERR_DESTROYED', 'CANCELLED'],
  ])('by %s is %s', (systemCode, code) => {
    const cause = Object.assign(new Error('system words'), { code: systemCode });
    expect(networkError(cause, 'h:1', 'h').code).toBe(code);
    expect(networkError(new AggregateError([cause]), 'h:1', 'h').code).toBe(code);
  });

  it.each([
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /offers no TLS of version 1\.2 or newer/],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', /offers no TLS of version 1\.2 or newer/],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /refused the TLS connection/],
  ])('in TLS by the other side (%s) is not a matter of the address', (systemCode, words) => {
    const cause = Object.assign(new Error('system words'), { code: systemCode });
    expect(networkError(cause, 'h:1', 'h')).toMatchObject({
      code: 'TLS_FAILED',
      hint: 'ask-owner',
      message: expect.stringMatching(words),
    });
  });

  it('by a certificate of another host names the hosts that it is for', () => {
    const told = (subjectaltname?: string) =>
      networkError(
        Object.assign(
          new Error("Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the list: "),
          {
            code: 'ERR_TLS_CERT_ALTNAME_INVALID',
            host: '127.0.0.1',
            cert: { subjectaltname },
          },
        ),
        'h:1',
        'h',
      ).message;
    expect(told('DNS:other.example')).toMatch(/: it is not for 127\.0\.0\.1, but for DNS:other\.example\.$/);
    expect(told()).toMatch(/it names no host \(subjectAltName\)\.$/);
  });

  it.each([
    ['UNSPECIFIED', 'EE certificate key too weak', /not trusted: EE certificate key too weak\.$/],
    ['UNSPECIFIED', 'permitted subtree violation', /not trusted: permitted subtree violation\.$/],
    ['CERT_NOT_YET_VALID', 'certificate is not yet valid', /not yet valid, or the clock of this computer is slow\.$/],
  ])('by a certificate that OpenSSL refuses is no broken connection (%s: %s)', (code, message, told) => {
    const refusal = networkError(Object.assign(new Error(message), { code }), 'h:1', 'h');
    expect(refusal.code).toBe('TLS_UNTRUSTED');
    expect(refusal.message).toMatch(told);
  });
});

describe('a registry that is slow', () => {
  const timeouts = { connect: 500, headers: 150, idle: 150 };

  it('to answer is given up after the limit', async () => {
    await using server = await serve(api(() => undefined));
    await using client = clientFor(server.host, { timeouts, retry: { tries: 1 } });
    expect(await failure(client.headBlob('team/app', DIGEST))).toMatchObject({ code: 'TIMEOUT' });
  });

  it('to take a body is given up after the limit without progress', async () => {
    await using server = await serve(
      api((request, response, raw) =>
        request.method === 'POST' ? void response.writeHead(202, { location: '/u' }).end() : void raw.pause(),
      ),
      { unread: true },
    );
    await using client = clientFor(server.host, { timeouts });
    const started = await client.startUpload('team/app');
    if (started.kind !== 'session') throw new Error('no session');
    const block = Buffer.alloc(1024 * 1024);
    const body = {
      length: 64 * block.length,
      open: (): Readable => Readable.from(Array.from({ length: 64 }, () => block)),
    };
    const error = await failure(client.finishUpload(started.session, DIGEST, body));
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect(error.facts.detail).toContain('could not be sent');
  });

  it('in the middle of an answer is given up after the limit', async () => {
    await using server = await serve(
      api((_, response) => void response.writeHead(200, { 'content-length': 100 }).write('{')),
    );
    await using client = clientFor(server.host, { timeouts, retry: { tries: 1 } });
    expect((await failure(client.getManifest('team/app', 'v1'))).code).toBe('TIMEOUT');
  });
});

describe('an answer that trickles', () => {
  const timeouts = { connect: 500, headers: 2_000, idle: 300 };
  const trickle = (status: number): Script =>
    api((_, response) => {
      response.writeHead(status, { 'content-type': 'text/plain' });
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });

  it('is given up in the end, although something comes all the time', async () => {
    await using server = await serve(trickle(200));
    await using client = clientFor(server.host, { timeouts, retry: { tries: 1 } });
    expect(await failure(client.getManifest('team/app', 'v1'))).toMatchObject({ code: 'TIMEOUT' });
  });

  it('is the refusal that its status says', async () => {
    await using server = await serve(trickle(403));
    await using client = clientFor(server.host, { timeouts });
    expect(await failure(client.startUpload('team/app'))).toMatchObject({ code: 'DENIED', facts: { status: 403 } });
  });
});

describe('a connection that breaks', () => {
  it('while idle is replaced without anybody noticing', async () => {
    let heads = 0;
    await using server = await serve(
      api((_, response, raw) => {
        // The second request meets a server that has given up the idle connection.
        if (++heads === 2) return void raw.socket.destroy();
        response.writeHead(404, { 'content-length': 0 }).end();
      }),
    );
    await using client = clientFor(server.host, { retry: { tries: 1 } });
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(heads).toBe(3);
  });

  it('again and again is retried with notices, then CONNECTION_LOST', async () => {
    await using server = await serve(api((_, __, raw) => void raw.socket.destroy()));
    await using client = clientFor(server.host);
    const attempts: number[] = [];
    expect(
      (await failure(client.headBlob('team/app', DIGEST, { onRetry: ({ attempt }) => attempts.push(attempt) }))).code,
    ).toBe('CONNECTION_LOST');
    expect(attempts).toEqual([2, 3]);
  });
});

describe('something else than a registry', () => {
  it.each([200, 404])('that answers with a web page (%d) is recognised, with its title', async (status) => {
    const page = '<!doctype html><html><head><title>Corporate Portal</title></head><body>Sign in</body></html>';
    await using server = await serve(
      (_, response) => void response.writeHead(status, { 'content-type': 'text/html' }).end(page),
    );
    await using client = clientFor(server.host);
    const error = await failure(client.checkApi());
    expect(error).toMatchObject({
      code: 'PROTOCOL_ERROR',
      hint: status === 200 ? 'check-page' : 'check-address',
      facts: { detail: 'Corporate Portal' },
    });
    expect(error.message).toContain('web page');
  });

  it.each(['<html><title>Guest Wi-Fi</title></html>', '{"message":"Guest Wi-Fi"}'])(
    'that wants somebody to sign in to the network says so: %s',
    async (body) => {
      const attempts: string[] = [];
      await using server = await serve((request, response) => {
        attempts.push(request.url ?? '');
        response.writeHead(511, { 'content-type': body.startsWith('<') ? 'text/html' : 'application/json' }).end(body);
      });
      await using client = clientFor(server.host);
      const error = await failure(client.checkApi());
      expect(error).toMatchObject({ code: 'HOST_UNREACHABLE', hint: 'sign-in-to-network' });
      expect(error.message).toMatch(/before somebody signs in to this network \(511 Network Auth.*\): Guest Wi-Fi/);
      expect(attempts).toHaveLength(1);
    },
  );

  it.each(['\ufeff<!DOCTYPE html>', '\n <?xml version="1.0"?>\n<!-- portal --><html lang="en">', '<html>', '<title>'])(
    'is told by how its answer begins: %j',
    async (start) => {
      await using server = await serve(
        (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(`${start}<p>Sign in</p>`),
      );
      await using client = clientFor(server.host);
      expect((await failure(client.checkApi())).message).toContain('web page');
    },
  );

  it.each(['', 'true', 'OK', '{}', '<3'])('is not what marks %j as text/html', async (body) => {
    await using server = await serve(
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body),
    );
    await using client = clientFor(server.host);
    expect(await client.checkApi()).toEqual({ scheme: 'http' });
  });

  it('that answers 200 with a page to everything has no blob because of that', async () => {
    await using server = await serve(
      api((request, response) => {
        const digest = request.url.includes('/real/') ? { 'docker-content-digest': DIGEST } : {};
        response.writeHead(200, { 'content-type': 'text/html', 'content-length': 812, ...digest }).end();
      }),
    );
    await using client = clientFor(server.host);
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(await client.headBlob('team/real', DIGEST)).toBe(812);
  });

  it('that knows no /v2/ is recognised', async () => {
    await using server = await serve((_, response) => json(response, 404, { message: 'no such route' }));
    await using client = clientFor(server.host);
    expect(await failure(client.checkApi())).toMatchObject({
      code: 'PROTOCOL_ERROR',
      facts: { status: 404, detail: 'no such route' },
    });
  });

  it('that speaks no HTTP is recognised', async () => {
    await using server = await listen((socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
    await using client = clientFor(server.host, { retry: { tries: 1 } });
    expect(['PROTOCOL_ERROR', 'CONNECTION_LOST']).toContain((await failure(client.checkApi())).code);
  });
});

describe('a redirect', () => {
  it('to another host is followed without the login', async () => {
    await using storage = await serve((_, response) => void response.writeHead(200, { 'content-length': 77 }).end());
    await using server = await serve((request, response) => {
      if (request.headers.authorization === undefined) return askForLogin(response, 'Basic realm=x');
      return request.url === '/v2/'
        ? json(response, 200, {})
        : void response.writeHead(307, { location: `${storage.origin}/blob?sig=1` }).end();
    });
    await using client = clientFor(server.host, AS_ANN);
    expect(await client.headBlob('team/app', DIGEST)).toBe(77);
    expect(storage.requests).toHaveLength(1);
    expect(storage.requests[0]).toMatchObject({ method: 'HEAD', url: '/blob?sig=1' });
    expect(storage.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('on the same host keeps the login', async () => {
    await using server = await serve((request, response) => {
      if (request.headers.authorization === undefined) return askForLogin(response, 'Basic realm=x');
      return request.url === '/elsewhere'
        ? void response.writeHead(200, { 'content-length': 7 }).end()
        : void response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await using client = clientFor(server.host, AS_ANN);
    expect(await client.headBlob('team/app', DIGEST)).toBe(7);
  });

  it('of an upload sends the body again and counts it once', async () => {
    await using server = await serve(
      api((request, response) => {
        if (request.method === 'POST') return void response.writeHead(202, { location: '/first' }).end();
        return request.url.startsWith('/first')
          ? void response.writeHead(307, { location: '/second' }).end()
          : void response.writeHead(201).end();
      }),
    );
    await using client = clientFor(server.host);
    const started = await client.startUpload('team/app');
    if (started.kind !== 'session') throw new Error('no session');
    let counted = 0;
    const body = {
      length: 500_000,
      open: (): Readable => Readable.from([Buffer.alloc(500_000, 3)]),
      onBytes: (count: number) => (counted += count),
    };
    await client.finishUpload(started.session, DIGEST, body);
    expect(server.requests.at(-1)).toMatchObject({ method: 'PUT', url: '/second', body: Buffer.alloc(500_000, 3) });
    expect(counted).toBe(500_000);
  });

  it('from https to http, and one in circles, is refused', async () => {
    await using server = await serve(
      api((_, response) => void response.writeHead(301, { location: 'http://127.0.0.1:9/' }).end()),
      { tls: good },
    );
    await using client = clientFor(server.host, { policy: { tls: 'no-verify' } });
    expect((await failure(client.headBlob('team/app', DIGEST))).code).toBe('REDIRECT_REFUSED');
    await using circle = await serve(
      api((request, response) => void response.writeHead(307, { location: request.url }).end()),
    );
    await using dizzy = clientFor(circle.host);
    expect((await failure(dizzy.headBlob('team/app', DIGEST))).code).toBe('REDIRECT_REFUSED');
    expect(circle.requests).toHaveLength(6);
  });

  it('of an upload to another host by Location goes there without the login', async () => {
    await using storage = await serve((_, response) => void response.writeHead(201).end());
    await using server = await serve((request, response) => {
      if (request.headers.authorization === undefined) return askForLogin(response, 'Basic realm=x');
      return request.method === 'POST'
        ? void response.writeHead(202, { location: `${storage.origin}/put?sig=1` }).end()
        : json(response, 200, {});
    });
    await using client = clientFor(server.host, AS_ANN);
    const started = await client.startUpload('team/app');
    if (started.kind !== 'session') throw new Error('no session');
    await client.finishUpload(started.session, DIGEST, { length: 3, open: () => Buffer.from('abc') });
    expect(storage.requests[0]?.headers.authorization).toBeUndefined();
    expect(storage.requests[0]?.body.toString()).toBe('abc');
  });
});

describe('cancelling', () => {
  it('ends a request that waits for its answer, and the client continues', async () => {
    let slow = true;
    await using server = await serve(
      api((_, response) => void (slow || response.writeHead(404, { 'content-length': 0 }).end())),
    );
    await using client = clientFor(server.host);
    await client.checkApi();
    const controller = new AbortController();
    const waiting = Array.from({ length: 40 }, () =>
      failure(client.headBlob('team/app', DIGEST, { signal: controller.signal })),
    );
    await expect.poll(() => server.requests.length).toBeGreaterThan(1);
    controller.abort();
    expect(new Set((await Promise.all(waiting)).map(({ code }) => code))).toEqual(new Set(['CANCELLED']));
    slow = false;
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
  });

  it('ends a body that streams and the source with it', async () => {
    await using server = await serve(
      api((request, response, raw) =>
        request.method === 'POST' ? void response.writeHead(202, { location: '/u' }).end() : void raw.pause(),
      ),
      { unread: true },
    );
    await using client = clientFor(server.host);
    const started = await client.startUpload('team/app');
    if (started.kind !== 'session') throw new Error('no session');
    const controller = new AbortController();
    const block = Buffer.alloc(1024 * 1024);
    const source = Readable.from(Array.from({ length: 64 }, () => block));
    const waiting = failure(
      client.finishUpload(
        started.session,
        DIGEST,
        { length: 64 * block.length, open: () => source },
        { signal: controller.signal },
      ),
    );
    await expect.poll(() => source.readableDidRead).toBe(true);
    controller.abort();
    expect((await waiting).code).toBe('CANCELLED');
    expect(source.destroyed).toBe(true);
  });

  it('by one caller leaves the first contact to the others', async () => {
    await using server = await serve(
      (_, response) => void setTimeout(() => response.writeHead(200, { 'content-length': 0 }).end(), 50),
    );
    await using client = clientFor(server.host);
    const controller = new AbortController();
    const first = failure(client.checkApi({ signal: controller.signal }));
    const second = client.checkApi();
    controller.abort();
    expect((await first).code).toBe('CANCELLED');
    expect(await second).toEqual({ scheme: 'http' });
    expect(server.requests).toHaveLength(1);
  });

  it('by closing the client ends everything, also what waits for a slot or for the next try', async () => {
    await using server = await serve(
      api((request, response) =>
        request.url.includes('busy') ? refuse(response, 503, 'X', 'busy', { 'retry-after': '60' }) : undefined,
      ),
    );
    await using client = clientFor(server.host, { policy: { tls: 'plain-http', maxRequests: 2 } });
    await client.checkApi();
    const { promise: isWaiting, resolve: onRetry } = Promise.withResolvers<unknown>();
    const retrying = failure(client.headBlob('busy', DIGEST, { onRetry }));
    await isWaiting;
    const waiting = [retrying, ...Array.from({ length: 5 }, () => failure(client.headBlob('team/app', DIGEST)))];
    // The first contact, the one that is tried again, and one that has a slot.
    await expect.poll(() => server.requests.length).toBeGreaterThan(2);
    await client.close();
    expect(new Set((await Promise.all(waiting)).map(({ code }) => code))).toEqual(new Set(['CANCELLED']));
    expect((await failure(client.headBlob('team/app', DIGEST))).code).toBe('CANCELLED');
  });
});

it.each([
  ['upload', 202],
  ['redirect', 307],
])('an address that only the registry knows is told as that, and not waited for (%s)', async (_, status) => {
  await using closed = await listen(() => undefined);
  const { host } = closed;
  await closed[Symbol.asyncDispose]();
  await using server = await serve(
    api((_request, response) => void response.writeHead(status, { location: `http://${host}/uploads/1` }).end()),
  );
  await using client = clientFor(server.host);
  const upload = async () => {
    const started = await client.startUpload('team/app');
    if (started.kind === 'session') await client.finishUpload(started.session, DIGEST, null);
  };
  const error = await failure(upload());
  expect(error).toMatchObject({ code: 'PROTOCOL_ERROR', hint: 'ask-owner' });
  expect(error.message).toContain(`leads to ${host}, which cannot be reached from here: connect ECONNREFUSED`);
  expect(error.facts.detail).toContain(`${server.host} → http://${host}`);
});
