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
