import { afterAll, expect, it } from 'vitest';
import type { TokenServer, TokenServerMemory } from '../../../../../electron/registry/auth/tokens.ts';
import {
  ANN,
  clientFor,
  DIGEST,
  json,
  makeCertificate,
  refuse,
  type Script,
  type ScriptedServer,
  serve,
} from '../scripted-server.ts';

const good = makeCertificate('IP:127.0.0.1,DNS:localhost');
afterAll(() => good.dispose());

class Memory implements TokenServerMemory {
  known: TokenServer | undefined;

  tokenServer(): TokenServer | undefined {
    return this.known;
  }

  saveTokenServer(_: string, server: TokenServer): void {
    this.known = server;
  }

  removeTokenServer(): void {
    this.known = undefined;
  }
}

/** A registry that takes the tokens of its own `/token`, which is the realm that it names. */
const registry: Script = (request, response) => {
  const realm = `https://${request.headers.host}/token`;
  if (request.url.startsWith('/token')) return json(response, 200, { token: 'right' });
  if (request.url.startsWith('/old')) return json(response, 200, { token: 'stale' });
  if (request.url.startsWith('/gone')) return refuse(response, 401, 'UNAUTHORIZED', 'nobody here knows you');
  if (request.headers.authorization === 'Bearer right') return void response.writeHead(404).end();
  return refuse(response, 401, 'UNAUTHORIZED', 'who are you?', {
    'www-authenticate': `Bearer realm="${realm}",service="s"`,
  });
};

function asked({ requests }: ScriptedServer): string[] {
  return requests.map(({ method, url, headers }) =>
    [method, url.replace(/\?.*/, ''), headers.authorization?.split(' ')[0] ?? ''].join(' ').trim(),
  );
}

const HEAD = `HEAD /v2/team/app/blobs/${DIGEST}`;

function clientWith(server: ScriptedServer, memory: Memory) {
  const login = () => Promise.resolve(ANN);
  return clientFor(server.host, { policy: { tls: 'no-verify' }, login, tokenServers: memory });
}

it('a token server that the registry has named is remembered, and asked first the next time', async () => {
  await using server = await serve(registry, { tls: good });
  const memory = new Memory();
  await using first = clientWith(server, memory);
  await first.headBlob('team/app', DIGEST);
  expect(memory.known).toEqual({ realm: `${server.origin}/token`, service: 's' });
  server.requests.length = 0;
  await using second = clientWith(server, memory);
  await second.headBlob('team/app', DIGEST);
  expect(asked(server).slice(0, 2)).toEqual(['GET /token Basic', `${HEAD} Bearer`]);
});

it.each([
  ['refuses', 'gone', ['GET /gone Basic', HEAD, 'GET /token Basic', `${HEAD} Bearer`]],
  [
    'gives tokens that the registry does not take any more',
    'old',
    ['GET /old Basic', `${HEAD} Bearer`, 'GET /token Basic', `${HEAD} Bearer`],
  ],
])(
  'a remembered one that %s is forgotten, and the one that the registry names now is asked',
  async (_, path, expected) => {
    await using server = await serve(registry, { tls: good });
    const memory = new Memory();
    memory.known = { realm: `${server.origin}/${path}`, service: 's' };
    await using client = clientWith(server, memory);
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(asked(server).slice(0, 4)).toEqual(expected);
    expect(memory.known).toEqual({ realm: `${server.origin}/token`, service: 's' });
  },
);

it('a remembered one passes the same checks as one that is named now', async () => {
  await using server = await serve(registry, { tls: good });
  await using lurking = await serve((_, response) => json(response, 200, { token: 'right' }));
  for (const realm of ['http://169.254.169.254/token', 'http://registry.example/token', 'no address', '']) {
    const memory = new Memory();
    memory.known = { realm, service: 's' };
    await using client = clientWith(server, memory);
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(memory.known).toEqual({ realm: `${server.origin}/token`, service: 's' });
  }
  expect(lurking.requests).toEqual([]);
});

it('over plain HTTP nothing is remembered, and what was is not used', async () => {
  await using server = await serve((request, response, raw) => {
    if (request.url.startsWith('/token')) return json(response, 200, { token: 'right' });
    if (request.headers.authorization) return registry(request, response, raw);
    return refuse(response, 401, 'UNAUTHORIZED', 'who are you?', {
      'www-authenticate': `Bearer realm="${server.origin}/token",service="s"`,
    });
  });
  const memory = new Memory();
  await using client = clientFor(server.host, { policy: { tls: 'plain-http' }, tokenServers: memory });
  await client.headBlob('team/app', DIGEST);
  expect(memory.known).toBeUndefined();
});
