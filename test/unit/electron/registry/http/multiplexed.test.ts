import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse, type Http2Session } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import type { Connect } from '../../../../../electron/registry/http/connect.ts';
import { ConnectionPool } from '../../../../../electron/registry/http/connection-pool.ts';
import { exchange } from '../../../../../electron/registry/http/exchange.ts';
import { makeCertificates } from '../../../../fixtures/certificates.ts';

const MANY = 60;

/** What it does with a question that comes over HTTP/2. */
type Behaviour = (response: Http2ServerResponse, session: Http2Session) => void;

/** A server of both versions, or of HTTP/1.1 alone; what came over which of them it keeps. */
async function startServer(
  answer: Behaviour = (response) => void response.end(),
  speaks: 'both' | 'http/1.1' = 'both',
) {
  const { server: pair } = await makeCertificates();
  const versions: { version: string; method: string | undefined }[] = [];
  const seen = ({ httpVersion: version, method, url }: Http2ServerRequest | IncomingMessage) => {
    versions.push({ version, method });
    return { 'docker-content-digest': url ?? '' };
  };
  const plain = (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, seen(request));
    request.resume().on('end', () => response.end());
  };
  const server =
    speaks === 'both' ? createSecureServer({ ...pair, allowHTTP1: true }) : createServer({ ...pair }, plain);
  if (speaks === 'both')
    server.on(
      'request',
      (request: Http2ServerRequest & IncomingMessage, response: Http2ServerResponse & ServerResponse) => {
        const session = request.httpVersion === '2.0' ? request.stream.session : undefined;
        if (!session) return plain(request, response);
        response.setHeader('docker-content-digest', seen(request)['docker-content-digest']);
        answer(response, session);
      },
    );
  server.on('sessionError', () => undefined);
  let opened = 0;
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket: TLSSocket) => {
    opened += 1;
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`),
    opened: () => opened,
    versions,
    over: (version: string) => versions.filter((one) => one.version === version),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function connectWith(ALPNProtocols: string[]): Connect {
  return (origin) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const options = { host: origin.hostname, port: Number(origin.port), rejectUnauthorized: false, ALPNProtocols };
      const socket = connect(options, () => resolve(socket));
      socket.on('error', reject);
    });
}

function openPool(origin: URL, onOpen: () => void = () => undefined, firstWord?: number): ConnectionPool {
  const given = firstWord === undefined ? {} : { firstWord };
  const multiplexing = { connect: connectWith(['h2', 'http/1.1']), onOpen, ...given };
  return new ConnectionPool(origin, connectWith(['http/1.1']), 4, multiplexing);
}

async function send(
  pool: ConnectionPool,
  origin: URL,
  path: string,
  { method = 'HEAD', body = null, headersTimeout = 20_000, signal = undefined as AbortSignal | undefined } = {},
): Promise<string | undefined> {
  const limits = { headersTimeout, idleTimeout: 20_000, responseTimeout: 20_000, maxResponse: 1000 };
  const request = { method, url: new URL(path, origin), headers: { accept: 'x/y' }, body, signal, ...limits } as const;
  const { status, headers } = await exchange(pool, request);
  return status === 200 ? String(headers['docker-content-digest']) : undefined;
}

const paths = Array.from({ length: MANY }, (_, index) => `/${index}`);
const askAll = (pool: ConnectionPool, origin: URL) => Promise.all(paths.map((path) => send(pool, origin, path)));

it('many questions at once share one connection of HTTP/2, and what else is sent does not', async () => {
  await using server = await startServer();
  let isOpen = 0;
  const pool = openPool(server.origin, () => {
    isOpen += 1;
  });
  expect(await askAll(pool, server.origin)).toEqual(paths);
  expect(await askAll(pool, server.origin)).toEqual(paths);
  expect(server.over('2.0').length).toBeGreaterThan(MANY);
  const posts = paths.map((path) => send(pool, server.origin, path, { method: 'POST' }));
  expect(await Promise.all(posts)).toEqual(paths);
  expect(server.over('2.0').filter(({ method }) => method !== 'HEAD')).toEqual([]);
  expect(server.opened()).toBe(5);
  expect(isOpen).toBe(1);
  await pool.destroy();
});

it('a second connection of HTTP/2 is closed: one is enough', async () => {
  await using server = await startServer();
  const pool = openPool(server.origin);
  const sockets = await Promise.all([1, 2].map(() => connectWith(['h2'])(server.origin)));
  for (const socket of sockets) pool.adopt(Promise.resolve(socket));
  expect(await askAll(pool, server.origin)).toEqual(paths);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true]);
  await pool.destroy();
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
});

it('few questions do without it', async () => {
  await using server = await startServer();
  const pool = openPool(server.origin);
  const few = paths.slice(0, 12);
  expect(await Promise.all(few.map((path) => send(pool, server.origin, path)))).toEqual(few);
  expect(server.over('2.0')).toEqual([]);
  await pool.destroy();
});

it('a server that does not speak it answers all the same', async () => {
  await using server = await startServer(undefined, 'http/1.1');
  const pool = openPool(server.origin);
  expect(await askAll(pool, server.origin)).toEqual(paths);
  expect(await askAll(pool, server.origin)).toEqual(paths);
  expect(server.over('2.0')).toEqual([]);
  expect(server.opened()).toBeLessThanOrEqual(5);
  await pool.destroy();
});

const failures: Record<string, Behaviour> = {
  'refuses each request': (response) => response.stream.close(0x7),
  'resets each request as a protocol error': (response) => response.stream.close(0x1),
  'goes away in peace after the first': (response, session) => {
    response.end();
    session.close();
  },
  'goes away with an error': (_, session) => session.goaway(0xb),
  'ends the connection': (_, session) => session.destroy(),
};

it.each(Object.entries(failures))('where HTTP/2 %s, all is answered over HTTP/1.1', async (_, answer) => {
  await using server = await startServer(answer);
  const pool = openPool(server.origin);
  expect(await askAll(pool, server.origin)).toEqual(paths);
  const seen = server.over('2.0').length;
  expect(seen).toBeGreaterThan(0);
  // It is not tried again.
  expect(await askAll(pool, server.origin)).toEqual(paths);
  expect(server.over('2.0')).toHaveLength(seen);
  await pool.destroy();
});

it('where HTTP/2 is silent, what was asked there fails in its time, and nothing more is asked there', async () => {
  await using server = await startServer(() => undefined);
  const pool = openPool(server.origin);
  const asked = paths.map((path) => send(pool, server.origin, path, { headersTimeout: 300 }));
  const failed = (await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected');
  expect(failed).toHaveLength(server.over('2.0').length);
  expect(String((failed[0] as PromiseRejectedResult).reason)).toContain('no answer came within 0.3 s');
  expect(await askAll(pool, server.origin)).toEqual(paths);
  await pool.destroy();
});

it('where HTTP/2 has never said a word, what was asked there is soon asked over HTTP/1.1, once, and nothing more there', async () => {
  await using server = await startServer(() => undefined);
  const pool = openPool(server.origin, undefined, 200);
  expect(await askAll(pool, server.origin)).toEqual(paths);
  const silent = server.over('2.0').length;
  expect(silent).toBeGreaterThan(0);
  expect(server.versions).toHaveLength(MANY + silent);
  expect(await askAll(pool, server.origin)).toEqual(paths);
  expect(server.over('2.0')).toHaveLength(silent);
  await pool.destroy();
});

it('where HTTP/2 has answered once, a slow answer is waited for', async () => {
  const held: Http2ServerResponse[] = [];
  await using server = await startServer((response) => {
    if (held.push(response) === 1) response.end();
  });
  const pool = openPool(server.origin, undefined, 300);
  const asked = askAll(pool, server.origin);
  await expect.poll(() => held.length).toBeGreaterThan(1);
  await new Promise((resolve) => setTimeout(resolve, 600));
  for (const response of held) response.end();
  expect(await asked).toEqual(paths);
  expect(server.versions).toHaveLength(MANY);
  await pool.destroy();
});

it('a question that is given up ends alone, and a pool that is closed ends all', async () => {
  const held: Http2ServerResponse[] = [];
  await using server = await startServer((response) => void held.push(response));
  const pool = openPool(server.origin);
  const stop = new AbortController();
  const others = paths.slice(1).map((path) => send(pool, server.origin, path).catch(String));
  const given = send(pool, server.origin, '/given', { signal: stop.signal });
  await expect.poll(() => held.length).toBeGreaterThan(MANY / 2);
  stop.abort();
  await expect(given).rejects.toThrow('cancelled');
  const [first] = held.splice(0, 1);
  first?.end();
  await pool.destroy();
  const outcomes = await Promise.all(others);
  expect(outcomes.filter((outcome) => outcome?.startsWith('/'))).not.toHaveLength(0);
  expect(outcomes.filter((outcome) => outcome?.includes('destroyed'))).not.toHaveLength(0);
});
