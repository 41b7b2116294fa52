import * as net from 'node:net';
import { expect, it } from 'vitest';
import {
  AS_ANN,
  askForLogin,
  clientFor,
  DIGEST,
  failure,
  json,
  type Script,
  type ScriptedServer,
  serve,
  tokensAt,
} from './scripted-server.ts';

const MARK = { 'docker-distribution-api-version': 'registry/2.0' };

function asked(server: ScriptedServer): string[] {
  return server.requests.map(({ method, url, headers }) => {
    return `${method} ${url}${headers.authorization === undefined ? '' : ` ${headers.authorization.split(' ')[0]}`}`;
  });
}

const HEAD = `HEAD /v2/team/app/blobs/${DIGEST}`;

it('an answer that a registry marks as its own needs no ping', async () => {
  await using server = await serve((_, response) => void response.writeHead(404, MARK).end());
  await using client = clientFor(server.host);
  expect(await client.headBlob('team/app', DIGEST)).toBeNull();
  expect(client.scheme()).toBe('http');
  expect(asked(server)).toEqual([HEAD]);
});

it('the first requests go out side by side, and what they learn is asked for once', async () => {
  const bearer: Script = (request, response) => {
    if (request.url.startsWith('/token')) return json(response, 200, { token: 't1' });
    if (request.headers.authorization === 'Bearer t1') return void response.writeHead(404, MARK).end();
    return askForLogin(response, tokensAt(`http://${request.headers.host}`), 'who are you?');
  };
  await using server = await serve(bearer);
  await using client = clientFor(server.host, AS_ANN);
  const found = await Promise.all(Array.from({ length: 4 }, () => client.headBlob('team/app', DIGEST)));
  expect(found).toEqual([null, null, null, null]);
  expect(asked(server).filter((line) => line.includes('/token'))).toHaveLength(1);
  expect(asked(server).filter((line) => line === HEAD)).toHaveLength(4);
  expect(asked(server).filter((line) => line === `${HEAD} Bearer`)).toHaveLength(4);
});

it('what an ordinary image asks for goes out before the first answer comes', async () => {
  const questions = 12;
  const waiting: (() => void)[] = [];
  await using server = await serve((_, response) => {
    waiting.push(() => void response.writeHead(404, MARK).end());
    if (waiting.length === questions) for (const answer of waiting) answer();
  });
  await using client = clientFor(server.host);
  const asking = Array.from({ length: questions }, () => client.headBlob('team/app', DIGEST));
  expect(await Promise.all(asking)).toEqual(asking.map(() => null));
});

it('an answer that shows no registry is followed by the question whether it is one', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<html><title>Welcome</title></html>');
  });
  await using client = clientFor(server.host);
  expect(await failure(client.headBlob('team/app', DIGEST))).toMatchObject({
    code: 'PROTOCOL_ERROR',
    hint: 'check-address',
  });
  expect(client.scheme()).toBeUndefined();
  expect(asked(server)).toEqual([HEAD, 'GET /v2/']);
});

it('what may be hidden from somebody who does not log in is asked for again with the login', async () => {
  await using server = await serve((request, response) => {
    if (request.headers.authorization) return void response.writeHead(200, { ...MARK, 'content-length': 5 }).end();
    if (request.url !== '/v2/') return void response.writeHead(404, MARK).end();
    return askForLogin(response, 'Basic realm="r"', 'who are you?');
  });
  await using client = clientFor(server.host, AS_ANN);
  expect(await client.headBlob('team/app', DIGEST)).toBe(5);
  expect(asked(server)).toEqual([HEAD, 'GET /v2/', `${HEAD} Basic`]);
});

it('a 401 that a redirect led to asks for nothing: the registry itself is asked', async () => {
  await using other = await serve((request, response) => {
    return askForLogin(response, tokensAt(`http://${request.headers.host}`), 'give me your password');
  });
  await using server = await serve((request, response) => {
    if (request.url === '/v2/') return json(response, 200, {});
    return void response.writeHead(307, { location: `${other.origin}${request.url}` }).end();
  });
  await using client = clientFor(server.host, AS_ANN);
  await failure(client.headBlob('team/app', DIGEST));
  expect([...asked(server), ...asked(other)].some((line) => line.includes('token') || line.includes('Basic'))).toBe(
    false,
  );
  expect(asked(server)).toContain('GET /v2/');
});

it('a body waits until it is known where it may go', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/v2/') return json(response, 200, {});
    return void response.writeHead(201, MARK).end();
  });
  await using client = clientFor(server.host);
  await client.putManifest('team/app', '1', { bytes: Buffer.from('{}'), mediaType: 'application/json' });
  expect(asked(server)).toEqual(['GET /v2/', 'PUT /v2/team/app/manifests/1']);
});

it('who takes a connection and says nothing is asked three times, not as often as who has answered before', async () => {
  await using server = await serve(() => undefined);
  await using client = clientFor(server.host, {
    timeouts: { connect: 1_000, headers: 30, idle: 1_000 },
    retry: { tries: 5 },
  });
  expect(await failure(client.headBlob('team/app', DIGEST))).toMatchObject({ code: 'TIMEOUT' });
  // The question itself, and twice whether it is a registry.
  expect(asked(server)).toEqual([HEAD, 'GET /v2/', 'GET /v2/']);
});

/** A server without TLS that takes its first bytes and waits for more; what it was asked by HTTP. */
async function serveSilentToTls(answer: (head: string) => string) {
  const heads: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (bytes: Buffer) => {
      if (bytes[0] === 0x16) return;
      const head = bytes.toString('latin1');
      heads.push(head);
      socket.write(answer(head));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    heads,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const BASIC = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n';
const THERE = 'HTTP/1.1 200 OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Length: 5\r\n\r\n';
const isLoggedIn = (head: string): boolean => /^authorization: basic/im.test(head);

it('a server of this computer that says nothing to TLS is asked by plain HTTP besides, and has the login only then', async () => {
  await using server = await serveSilentToTls((head) => (isLoggedIn(head) ? THERE : BASIC));
  await using client = clientFor(server.host, { policy: {}, ...AS_ANN });
  const sizes = await Promise.all([1, 2, 3].map(() => client.headBlob('team/app', DIGEST)));
  expect(sizes).toEqual([5, 5, 5]);
  expect(client.scheme()).toBe('http');
  expect(server.heads[0]).toMatch(/^GET \/v2\/ /);
  expect(isLoggedIn(server.heads[0] ?? '')).toBe(false);
  // Less than the limit for TLS, whose end would have told as much.
}, 9_000);

it.each([
  ['is none', {}, 'HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nhttps'],
  ['was to be verified', { tls: 'verify' }, BASIC],
] as const)('one whose plain HTTP %s is waited for by TLS', async (_, policy, answer) => {
  await using server = await serveSilentToTls(() => answer);
  const timeouts = { connect: 2_500, headers: 2_500, idle: 2_500 };
  await using client = clientFor(server.host, { policy, ...AS_ANN, timeouts, retry: { tries: 1 } });
  await failure(client.headBlob('team/app', DIGEST));
  expect(client.scheme()).toBeUndefined();
  expect(server.heads.filter(isLoggedIn)).toEqual([]);
});
