import * as net from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { mendedHead } from '../../../../electron/registry/http/response-head.ts';
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
  serve,
} from './scripted-server.ts';

const certificate = makeCertificate('IP:127.0.0.1');
afterAll(() => certificate.dispose());

interface RawServer extends AsyncDisposable {
  host: string;
  /** Requests that were answered. */
  answered: number;
}

/** Answers each request on a connection with these pieces, one after the other. */
async function serveRaw(...pieces: (string | Buffer)[]): Promise<RawServer> {
  const sockets = new Set<net.Socket>();
  const raw = { answered: 0 } as RawServer;
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      // A TLS handshake is not what this server speaks.
      if (bytes[0] === 0x16) return void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      raw.answered++;
      void (async () => {
        for (const piece of pieces) {
          socket.write(piece);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  raw.host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  raw[Symbol.asyncDispose] = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return raw;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
const CHUNKS = '\r\n2\r\n{}\r\n0\r\n\r\n';

describe('an answer that other clients take', () => {
  it.each<[string, (string | Buffer)[]]>([
    ['identity for its coding', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}']],
    ['100 Continue that nobody asked for', ['HTTP/1.1 100 Continue\r\n\r\n', OK]],
    ['several 1xx in one piece with the answer', [`HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${OK}`]],
    ['1xx with headers, byte by byte', Array.from(`HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}`)],
    ['both framings', [`HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n${CHUNKS}`]],
    [
      'both framings the other way round',
      [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 7\r\n${CHUNKS}`],
    ],
    ['one length twice', ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}']],
    ['one length twice in a line', ['HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}']],
    ['lines without CR', ['HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 2\n\n{}']],
    ['a line that goes on in the next', ['HTTP/1.1 200 OK\r\nX-A: a\r\n  b\r\nContent-Length: 2\r\n\r\n{}']],
    ['a space before the colon', ['HTTP/1.1 200 OK\r\nX-A : a\r\nContent-Length : 2\r\n\r\n{}']],
    ['a control character', ['HTTP/1.1 200 OK\r\nX-A: a\u0001b\u007f\r\nContent-Length: 2\r\n\r\n{}']],
    ['a line without a colon', ['HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 2\r\n\r\n{}']],
    [
      '60 KiB of headers',
      [`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(30_000)}\r\nX-B: ${'b'.repeat(31_000)}\r\nContent-Length: 2\r\n\r\n{}`],
    ],
  ])('is taken: %s', async (_, pieces) => {
    await using server = await serveRaw(...pieces);
    await using client = clientFor(server.host);
    expect(await client.checkApi()).toEqual({ scheme: 'http' });
    expect((await client.getManifest('team/app', 'v1'))?.bytes.toString()).toBe('{}');
    expect(server.answered).toBe(2);
  });

  it('keeps bytes that look like a head where they are a body', async () => {
    const body = 'HTTP/1.1 100 Continue\r\n\r\nContent-Length: 1';
    await using server = await serveRaw(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, body);
    await using client = clientFor(server.host);
    expect((await client.getManifest('team/app', 'v1'))?.bytes.toString()).toBe(body);
  });

  it('passes byte for byte when nothing is wrong with its head', () => {
    const head = Buffer.from('HTTP/1.1 200 OK\r\nX: \u00e9\r\nContent-Length: 2\r\n\r\n', 'latin1');
    expect(mendedHead(head)).toBe(head);
  });

  it('is the last on its connection when tinyproxy has handed it on, which does not say so', () => {
    const head = Buffer.from('HTTP/1.1 200 OK\r\nVia: 1.1 gate (tinyproxy/1.11.1)\r\nContent-Length: 2\r\n\r\n');
    expect(mendedHead(head).toString()).toMatch(/\r\nconnection: close\r\n/);
  });
});

describe('an answer that nobody could read', () => {
  it.each([
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      'two different Content-Length',
    ],
    ['no length', 'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}', 'Content-Length'],
    ['a wrong chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'chunk size'],
    ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n', '101'],
    ['endless 1xx', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3000), '1xx'],
    ['endless headers', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`, 'Headers Overflow'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'Expected HTTP/'],
  ])('is said as what it is, once and not as plain HTTP: %s', async (_, answer, words) => {
    for (const policy of [{ tls: 'plain-http' as const }, {}]) {
      await using server = await serveRaw(answer);
      await using client = clientFor(server.host, { policy });
      const error = await failure(client.checkApi());
      expect(error.code).toBe('PROTOCOL_ERROR');
      expect(error.message).toContain(words);
      expect(error.message).not.toContain('plain HTTP');
      expect(server.answered).toBe(1);
    }
  });
});

describe('a packed answer', () => {
  const packed = (value: unknown): Buffer => gzipSync(JSON.stringify(value));

  it('is unpacked although nobody asked for it: a token, a reason, a manifest', async () => {
    await using server = await serve((request, response) => {
      const coding = { 'content-encoding': 'gzip' };
      if (request.url.startsWith('/token')) return void response.writeHead(200, coding).end(packed({ token: 'T' }));
      if (request.headers.authorization === undefined)
        return refuse(response, 401, 'UNAUTHORIZED', 'x', {
          'www-authenticate': `Bearer realm="${server.origin}/token"`,
        });
      if (request.method === 'GET') return void response.writeHead(200, { ...coding }).end(packed({ a: 1 }));
      if (request.method === 'HEAD') return void response.writeHead(200, { ...coding, 'content-length': 9 }).end();
      const reason = { errors: [{ code: 'DENIED', message: 'not today' }] };
      return void response.writeHead(403, { 'content-encoding': 'x-gzip' }).end(packed(reason));
    });
    await using client = clientFor(server.host, AS_ANN);
    expect((await failure(client.startUpload('team/app'))).facts.detail).toBe('DENIED: not today');
    expect((await client.getManifest('team/app', 'v1'))?.bytes.toString()).toBe('{"a":1}');
    expect(await client.headBlob('team/app', DIGEST)).toBe(-1);
  });

  it('that is only called so stays as it is, and one that grows without end is cut', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    await using server = await serve(
      api((request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(request.url.endsWith('bomb') ? bomb : '{"plain":1}');
      }),
    );
    await using client = clientFor(server.host);
    expect((await client.getManifest('team/app', 'v1'))?.bytes.toString()).toBe('{"plain":1}');
    expect((await failure(client.getManifest('team/app', 'bomb'))).code).toBe('TOO_LARGE');
  });
});

describe('JSON', () => {
  it('is read behind a byte order mark, whatever its type', async () => {
    await using server = await serve(
      api((_, response) => {
        const text = `\ufeff${JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN', message: 'no such project' }] })}`;
        response.writeHead(404, { 'content-type': 'text/plain' }).end(text);
      }),
    );
    await using client = clientFor(server.host);
    expect((await failure(client.startUpload('team/app'))).code).toBe('REPOSITORY_UNKNOWN');
  });
});

describe('an upload', () => {
  it.each([200, 201, 202, 204])(
    'goes on where opening and ending it are answered with success of another kind (%i)',
    async (status) => {
      await using server = await serve(
        api((request, response) => {
          const opened = { location: '/v2/team/app/blobs/uploads/1' };
          response.writeHead(request.method === 'POST' && status === 204 ? 202 : status, opened).end();
        }),
      );
      await using client = clientFor(server.host);
      const started = await client.startUpload('team/app');
      if (started.kind !== 'session') throw new Error('no session');
      await client.finishUpload(started.session, DIGEST, null);
      expect(server.requests.map(({ method }) => method)).toContain('PUT');
    },
  );
});

it('a server of this computer that refuses in TLS is told in its words, not in those for plain HTTP', async () => {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes: Buffer) => {
      // A fatal alert, "protocol version" (RFC 8446, 6); what Go says to plain HTTP on such a port.
      if (bytes[0] === 0x16) socket.end(Buffer.from('15030100020246', 'hex'));
      else socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  await using client = clientFor(`127.0.0.1:${(server.address() as net.AddressInfo).port}`, { policy: {} });
  expect(await failure(client.checkApi())).toMatchObject({
    code: 'TLS_FAILED',
    message: expect.stringContaining('offers no TLS of version 1.2'),
  });
});

describe('a registry that is set to plain HTTP', () => {
  it('is asked on by HTTP where it points to https on the very port that has just spoken HTTP', async () => {
    await using server = await serve(
      api((request, response) => {
        const { host = '' } = request.headers;
        if (request.method === 'POST')
          response.writeHead(202, { location: `https://${host}/v2/team/app/blobs/uploads/1` }).end();
        else response.writeHead(201).end();
      }),
    );
    await using client = clientFor(server.host);
    const started = await client.startUpload('team/app');
    if (started.kind !== 'session') throw new Error('no session');
    await client.finishUpload(started.session, DIGEST, null);
    expect(server.requests.map(({ method }) => method)).toContain('PUT');
  });

  it('keeps its login where an upload continues by https on the same name', async () => {
    await using secure = await serve((_, response) => void response.writeHead(201).end(), { tls: certificate });
    await using server = await serve((request, response) => {
      if (request.headers.authorization === undefined) return askForLogin(response, 'Basic realm=x');
      return request.method === 'POST'
        ? void response.writeHead(202, { location: `${secure.origin}/u` }).end()
        : json(response, 200, {});
    });
    await using client = clientFor(server.host, {
      ...AS_ANN,
      network: trusting(certificate.cert),
    });
    const started = await client.startUpload('team/app');
    if (started.kind !== 'session') throw new Error('no session');
    await client.finishUpload(started.session, DIGEST, null);
    expect(secure.requests[0]?.headers.authorization).toMatch(/^Basic /);
  });
});
