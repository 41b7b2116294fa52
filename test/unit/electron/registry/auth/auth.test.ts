import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TokenExpiredError } from '../../../../../electron/registry/auth/tokens.ts';
import type { Login } from '../../../../../shared/logins.ts';
import {
  ANN,
  AS_ANN,
  askForLogin,
  clientFor,
  DIGEST,
  failure,
  json,
  refuse,
  type Script,
  type ScriptedServer,
  type SeenRequest,
  serve,
  tokensAt,
} from '../scripted-server.ts';

afterEach(() => {
  vi.useRealTimers();
});

const BASIC = `Basic ${Buffer.from('ann:s3cret-pass').toString('base64')}`;

function basicRegistry(password = 's3cret-pass'): Script {
  const wanted = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
  return (request, response) => {
    if (request.headers.authorization !== wanted) {
      return refuse(response, 401, 'UNAUTHORIZED', 'wrong password, my friend', {
        'www-authenticate': 'Basic realm="the registry"',
      });
    }
    return request.method === 'HEAD'
      ? void response.writeHead(200, { 'content-length': 5 }).end()
      : json(response, 200, {});
  };
}

interface TokenRegistry {
  script: Script;
  tokenRequests: SeenRequest[];
  /** Tokens that are accepted now. */
  valid: Set<string>;
}

/** A registry that takes the tokens of a token server at `/token` on the same host. */
function tokenRegistry(
  tokenScript?: (request: SeenRequest, count: number) => { status: number; body: unknown },
): TokenRegistry {
  const tokenRequests: SeenRequest[] = [];
  const valid = new Set<string>();
  const script: Script = (request, response) => {
    if (request.url.startsWith('/token')) {
      tokenRequests.push(request);
      const { status, body } = tokenScript?.(request, tokenRequests.length) ?? {
        status: 200,
        body: { token: `t${tokenRequests.length}` },
      };
      if (status === 200) valid.add(`t${tokenRequests.length}`);
      return json(response, status, body);
    }
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (!valid.has(token)) {
      return askForLogin(
        response,
        tokensAt(`http://${request.headers.host}`, 'the, registry'),
        'authentication required',
      );
    }
    if (request.method === 'POST') return void response.writeHead(202, { location: '/upload/1' }).end();
    if (request.url === '/v2/') return json(response, 200, {});
    return request.method === 'HEAD'
      ? void response.writeHead(404, { 'content-length': 0 }).end()
      : void response.writeHead(201).end();
  };
  return { script, tokenRequests, valid };
}

const query = (request: SeenRequest | undefined): URLSearchParams =>
  new URL(request?.url ?? '', 'http://x').searchParams;
const apiCalls = (server: ScriptedServer): SeenRequest[] =>
  server.requests.filter(({ url }) => !url.startsWith('/token') && url !== '/v2/');

describe('Basic', () => {
  it('is sent from the start once the API has asked for it', async () => {
    await using server = await serve(basicRegistry());
    await using client = clientFor(server.host, AS_ANN);
    expect(await client.headBlob('team/app', DIGEST)).toBe(5);
    expect(await client.headBlob('team/app', DIGEST)).toBe(5);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, BASIC, BASIC]);
    expect(client.loginUsed('team/app')).toBe(ANN);
  });

  it('with a wrong password is tried once and fails with the login and the words of the registry', async () => {
    await using server = await serve(basicRegistry('another'));
    await using client = clientFor(server.host, AS_ANN);
    const error = await failure(client.startUpload('team/app'));
    expect(error).toMatchObject({
      code: 'UNAUTHORIZED',
      hint: 'use-another-login',
      facts: {
        status: 401,
        repository: 'team/app',
        login: { username: 'ann', origin: 'this session' },
        registryErrors: [{ code: 'UNAUTHORIZED', message: 'wrong password, my friend' }],
      },
    });
    expect(loginsSent(server)).toEqual([false, true]);
    expect(JSON.stringify(error.toData())).not.toContain('s3cret');
  });

  it('is looked up once, and while the first questions are on their way', async () => {
    let lookups = 0;
    const asked = Promise.withResolvers<Login>();
    const answered = basicRegistry();
    // The registry's first answers come when the login is being looked up, or never.
    await using server = await serve((...exchange) => void asked.promise.then(() => answered(...exchange)));
    const login = () => {
      lookups += 1;
      asked.resolve(ANN);
      return asked.promise;
    };
    await using client = clientFor(server.host, { login });
    const sizes = await Promise.all([1, 2, 3].map(() => client.headBlob('team/app', DIGEST)));
    expect(sizes).toEqual([5, 5, 5]);
    expect(lookups).toBe(1);
  });

  it('without a login is tried anonymously and asks for one', async () => {
    await using server = await serve(basicRegistry());
    await using client = clientFor(server.host);
    const error = await failure(client.startUpload('team/app'));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', hint: 'add-login', facts: { login: null } });
    expect(apiCalls(server)).toHaveLength(1);
  });

  it('continues with a new login after the old one was refused', async () => {
    await using server = await serve(basicRegistry());
    let login: Login | undefined = { ...ANN, password: 'old' };
    await using client = clientFor(server.host, { login: () => Promise.resolve(login) });
    expect((await failure(client.headBlob('team/app', DIGEST))).code).toBe('UNAUTHORIZED');
    login = ANN;
    expect(await client.headBlob('team/app', DIGEST)).toBe(5);
  });

  it('is learned from a registry that lets everybody look but not push', async () => {
    await using server = await serve((request, response) => {
      if (request.method === 'POST' && request.headers.authorization !== BASIC) {
        return askForLogin(response, 'basic realm=x', 'login to push');
      }
      return request.method === 'POST'
        ? void response.writeHead(202, { location: '/u' }).end()
        : json(response, 200, {});
    });
    await using client = clientFor(server.host, AS_ANN);
    expect((await client.startUpload('team/app')).kind).toBe('session');
    expect(apiCalls(server).map(({ headers }) => headers.authorization)).toEqual([undefined, BASIC]);
  });
});

describe('a token that somebody else got (registrytoken)', () => {
  const holder: Login = { username: '<token>', password: '', registryToken: 'ready', origin: { kind: 'session' } };

  it('is sent as Bearer, and no token server is asked', async () => {
    const { script, tokenRequests, valid } = tokenRegistry();
    valid.add('ready');
    await using server = await serve(script);
    await using client = clientFor(server.host, { login: () => Promise.resolve(holder) });
    expect((await client.startUpload('team/app')).kind).toBe('session');
    expect(tokenRequests).toEqual([]);
    expect(apiCalls(server).map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer ready']);
  });

  it('that is refused asks for a login, once', async () => {
    const { script } = tokenRegistry();
    await using server = await serve(script);
    await using client = clientFor(server.host, { login: () => Promise.resolve(holder) });
    const error = await failure(client.startUpload('team/app'));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', facts: { login: { username: '<token>' } } });
    expect(JSON.stringify(error.toData())).not.toContain('ready');
  });
});

describe('headers that a person wants on every request', () => {
  it('go to the registry, and neither to its token server nor to where it redirects', async () => {
    const storage = await serve((_request, response) => void response.writeHead(200, { 'content-length': 5 }).end());
    await using _storage = storage;
    const { script, tokenRequests } = tokenRegistry();
    await using server = await serve((request, response, raw) => {
      const isBlob = request.method === 'HEAD' && request.headers.authorization !== undefined;
      if (!isBlob) return script(request, response, raw);
      return void response.writeHead(307, { location: `http://${storage.host}/blob` }).end();
    });
    const headers = async () => ({ 'X-Team': 'blue' });
    await using client = clientFor(server.host, { ...AS_ANN, headers });
    expect(await client.headBlob('team/app', DIGEST)).toBe(5);
    expect(apiCalls(server).every((request) => request.headers['x-team'] === 'blue')).toBe(true);
    expect([...tokenRequests, ...storage.requests].map((request) => request.headers['x-team'])).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('a registry that asks in several ways', () => {
  const both = (response: ServerResponse, realm: string): void =>
    askForLogin(response, [`Bearer realm="${realm}"`, 'Basic realm="b"']);

  it.each([404, 401, 200, 0])('gets the login as Basic when no token is to be had (%d)', async (status) => {
    await using server = await serve((request, response) => {
      if (request.url.startsWith('/token')) return void response.writeHead(status).end('nothing');
      const realm = status === 0 ? 'http://127.0.0.1:1/token' : `${server.origin}/token`;
      if (request.headers.authorization !== BASIC) return both(response, realm);
      return void response.writeHead(404, { 'content-length': 0 }).end();
    });
    await using client = clientFor(server.host, AS_ANN);
    expect(await Promise.all([1, 2, 3].map(() => client.headBlob('team/app', DIGEST)))).toEqual([null, null, null]);
    expect(server.requests.filter(({ url }) => url.startsWith('/token')).length).toBeLessThanOrEqual(2);
  });

  it('gets the login as Basic when it does not take the token that it named', async () => {
    await using server = await serve((request, response) => {
      if (request.url.startsWith('/token')) return json(response, 200, { token: 'of no use' });
      if (request.headers.authorization !== BASIC) return both(response, `${server.origin}/token`);
      return void response.writeHead(404, { 'content-length': 0 }).end();
    });
    await using client = clientFor(server.host, AS_ANN);
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
  });

  it('is not asked again and again when it refuses both', async () => {
    await using server = await serve((request, response) => {
      if (request.url.startsWith('/token')) return void response.writeHead(404).end();
      return both(response, `${server.origin}/token`);
    });
    await using client = clientFor(server.host, AS_ANN);
    expect((await failure(client.headBlob('team/app', DIGEST))).code).toBe('UNAUTHORIZED');
    expect(loginsSent(server)).toEqual([false, true]);
  });
});

/** Of each request to the API, whether it had a login or token: the first one learns that it is needed. */
function loginsSent(server: ScriptedServer): boolean[] {
  return apiCalls(server).map(({ headers }) => headers.authorization !== undefined);
}

describe('a 401 that does not say how to sign in', () => {
  const silent: Script = (request, response) =>
    request.headers.authorization === BASIC
      ? void response.writeHead(200, { 'content-length': 5 }).end(request.method === 'HEAD' ? undefined : 'hello')
      : refuse(response, 401, 'UNAUTHORIZED', 'authentication required');

  it('gets the known login once, as Basic', async () => {
    await using server = await serve(silent);
    await using client = clientFor(server.host, AS_ANN);
    expect(await client.headBlob('team/app', DIGEST)).toBe(5);
    await client.checkLogin(ANN);
    await using wrong = clientFor(server.host, { login: () => Promise.resolve({ ...ANN, password: 'no' }) });
    server.requests.length = 0;
    expect((await failure(wrong.headBlob('team/app', DIGEST))).code).toBe('UNAUTHORIZED');
    expect(loginsSent(server)).toEqual([false, true]);
  });

  it('asks the person when there is no login', async () => {
    await using server = await serve(silent);
    await using client = clientFor(server.host);
    expect(await failure(client.headBlob('team/app', DIGEST))).toMatchObject({
      code: 'UNAUTHORIZED',
      hint: 'add-login',
    });
  });
});

describe('a token', () => {
  it('is asked for once for many requests at once, with Basic, account, service and scope', async () => {
    const registry = tokenRegistry();
    await using server = await serve(registry.script);
    await using client = clientFor(server.host, AS_ANN);
    await Promise.all(Array.from({ length: 20 }, () => client.headBlob('team/app', DIGEST)));
    await client.startUpload('team/app');
    expect(registry.tokenRequests).toHaveLength(1);
    const [request] = registry.tokenRequests;
    expect(request?.headers.authorization).toBe(BASIC);
    expect(query(request).get('service')).toBe('the, registry');
    expect(query(request).getAll('scope')).toEqual(['repository:team/app:pull,push']);
    expect(query(request).get('account')).toBe('ann');
    // The first ones ask without a token whether one is needed; the others wait for what is said of that.
    const sent = apiCalls(server).map(({ headers }) => headers.authorization);
    expect(sent.filter((authorization) => authorization === undefined).length).toBeLessThanOrEqual(12);
    expect(sent.filter((authorization) => authorization !== undefined)).toEqual(
      Array.from({ length: 21 }, () => 'Bearer t1'),
    );
  });

  it.each(['text/html; charset=utf-8', 'text/plain', 'application/octet-stream'])(
    'is read from JSON that is marked as %s',
    async (type) => {
      const { script } = tokenRegistry();
      await using server = await serve((request, response, raw) => {
        const write = response.writeHead.bind(response);
        const marked = (status: number, headers: object): typeof response =>
          write(status, { ...headers, 'content-type': type });
        if (request.url.startsWith('/token')) Object.assign(response, { writeHead: marked });
        return script(request, response, raw);
      });
      await using client = clientFor(server.host, AS_ANN);
      expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    },
  );

  it('is asked for anonymously when there is no login', async () => {
    const registry = tokenRegistry();
    await using server = await serve(registry.script);
    await using client = clientFor(server.host);
    await client.headBlob('team/app', DIGEST);
    expect(registry.tokenRequests[0]?.headers.authorization).toBeUndefined();
    expect(query(registry.tokenRequests[0]).has('account')).toBe(false);
  });

  it('for a mount asks for pull on the source and push on the target in one request', async () => {
    const registry = tokenRegistry();
    await using server = await serve(registry.script);
    await using client = clientFor(server.host, AS_ANN);
    await client.startUpload('team/app', { mount: { digest: DIGEST, from: 'base/os' } });
    expect(registry.tokenRequests.map((request) => query(request).getAll('scope'))).toEqual([
      ['repository:team/app:pull,push', 'repository:base/os:pull'],
    ]);
    expect(apiCalls(server)[0]?.url).toBe(
      `/v2/team/app/blobs/uploads/?mount=${encodeURIComponent(DIGEST)}&from=base%2Fos`,
    );
  });

  it('may come as access_token, and is renewed before it ends', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const registry = tokenRegistry((_, count) => ({ status: 200, body: { access_token: `t${count}`, expires_in: 1 } }));
    await using server = await serve(registry.script);
    await using client = clientFor(server.host);
    await client.headBlob('team/app', DIGEST);
    await client.headBlob('team/app', DIGEST);
    expect(registry.tokenRequests).toHaveLength(1);
    vi.setSystemTime(Date.now() + 800);
    await client.headBlob('team/app', DIGEST);
    expect(registry.tokenRequests).toHaveLength(2);
    expect(apiCalls(server).at(-1)?.headers.authorization).toBe('Bearer t2');
  });

  it('that ended early is renewed once and the request goes out again', async () => {
    const registry = tokenRegistry();
    await using server = await serve(registry.script);
    await using client = clientFor(server.host, AS_ANN);
    await client.headBlob('team/app', DIGEST);
    registry.valid.clear();
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(registry.tokenRequests).toHaveLength(2);
  });

  it.each([
    ['a field in another case', (token: string) => ({ Token: token, Expires_In: 60 })],
    ['blanks around it', (token: string) => ({ access_token: ` ${token}\n` })],
  ])('is taken with %s', async (_, given) => {
    const registry = tokenRegistry((_request, count) => ({ status: 200, body: given(`t${count}`) }));
    await using server = await serve(registry.script);
    await using client = clientFor(server.host, AS_ANN);
    await client.headBlob('team/app', DIGEST);
    expect(apiCalls(server).at(-1)?.headers.authorization).toBe('Bearer t1');
  });

  it.each([400, 403])('that ended early may be refused without a challenge: its words count (%i)', async (status) => {
    const registry = tokenRegistry();
    let isOver = false;
    await using server = await serve((request, response, raw) => {
      if (!isOver || !request.headers.authorization?.startsWith('Bearer'))
        return registry.script(request, response, raw);
      isOver = false;
      return refuse(response, status, 'DENIED', 'Your authorization token has expired.');
    });
    await using client = clientFor(server.host, AS_ANN);
    await client.headBlob('team/app', DIGEST);
    isOver = true;
    const manifest = { bytes: Buffer.from('{}'), mediaType: 'application/json' };
    await client.putManifest('team/app', '1', manifest);
    expect(registry.tokenRequests).toHaveLength(2);
  });

  it('that ended early is renewed where Basic alone is asked for then', async () => {
    const registry = tokenRegistry();
    await using server = await serve((request, response, raw) => {
      const { authorization = '' } = request.headers;
      const isOver = authorization !== '' && !registry.valid.has(authorization.replace('Bearer ', ''));
      if (request.url.startsWith('/token') || !isOver) return registry.script(request, response, raw);
      return askForLogin(response, 'Basic realm="harbor"');
    });
    await using client = clientFor(server.host, AS_ANN);
    await client.headBlob('team/app', DIGEST);
    registry.valid.clear();
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(registry.tokenRequests).toHaveLength(2);
    expect(apiCalls(server).map(({ headers }) => headers.authorization)).not.toContain(BASIC);
  });

  it('that is refused although it is fresh is not fetched in a loop', async () => {
    const registry = tokenRegistry((_, count) => ({ status: 200, body: { token: `useless${count}` } }));
    await using server = await serve(registry.script);
    await using client = clientFor(server.host, AS_ANN);
    const error = await failure(client.startUpload('team/app'));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', facts: { login: { username: 'ann' } } });
    expect(registry.tokenRequests).toHaveLength(1);
    expect(loginsSent(server)).toEqual([false, true]);
  });

  it('without the right to push means another account, not another password', async () => {
    await using server = await serve((request, response) => {
      if (request.url.startsWith('/token')) return json(response, 200, { token: 'weak' });
      const challenge = `Bearer realm="http://${request.headers.host}/token",service=s,scope="repository:team/app:pull,push",error="insufficient_scope"`;
      return askForLogin(response, challenge, 'access denied');
    });
    await using client = clientFor(server.host, AS_ANN);
    expect(await failure(client.startUpload('team/app'))).toMatchObject({
      code: 'DENIED',
      hint: 'check-account-rights',
      facts: { login: { username: 'ann' } },
    });
  });

  it('is asked for with the scope that only the challenge names, too', async () => {
    const tokens: string[][] = [];
    await using server = await serve((request, response) => {
      if (request.url.startsWith('/token')) {
        tokens.push(query(request).getAll('scope'));
        return json(response, 200, {
          token: tokens.at(-1)?.includes('repository:mirror/team/app:push') ? 'right' : 'wrong',
        });
      }
      if (request.headers.authorization === 'Bearer right')
        return void response.writeHead(202, { location: '/u' }).end();
      const scope = request.url === '/v2/' ? '' : ',scope="repository:mirror/team/app:push"';
      return refuse(response, 401, 'UNAUTHORIZED', 'no', {
        'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service=s${scope}`,
      });
    });
    await using client = clientFor(server.host);
    expect((await client.startUpload('team/app')).kind).toBe('session');
    expect((await client.startUpload('team/app')).kind).toBe('session');
    expect(tokens).toEqual([['repository:team/app:pull,push', 'repository:mirror/team/app:push']]);
  });

  it('to read is asked for with less when nobody may push', async () => {
    const registry = tokenRegistry((request, count) =>
      query(request).get('scope')?.endsWith('push')
        ? { status: 403, body: { errors: [{ code: 'DENIED', message: 'not for you' }] } }
        : { status: 200, body: { token: `t${count}` } },
    );
    await using server = await serve(registry.script);
    await using client = clientFor(server.host);
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(await failure(client.startUpload('team/app'))).toMatchObject({
      code: 'DENIED',
      hint: 'add-login',
      facts: { login: null },
    });
  });

  it('that the token server refuses is an error in its words, asked for once', async () => {
    const registry = tokenRegistry(() => ({ status: 401, body: { details: 'incorrect username or password' } }));
    await using server = await serve(registry.script);
    await using client = clientFor(server.host, AS_ANN);
    const error = await failure(client.headBlob('team/app', DIGEST));
    expect(error).toMatchObject({
      code: 'UNAUTHORIZED',
      facts: { detail: 'incorrect username or password', login: { username: 'ann', origin: 'this session' } },
    });
    expect(registry.tokenRequests).toHaveLength(1);
  });

  it('is retried while the token server is busy', async () => {
    const registry = tokenRegistry((_, count) =>
      count < 3 ? { status: 503, body: {} } : { status: 200, body: { token: `t${count}` } },
    );
    await using server = await serve(registry.script);
    await using client = clientFor(server.host);
    const reasons: string[] = [];
    expect(await client.headBlob('team/app', DIGEST, { onRetry: ({ reason }) => reasons.push(reason) })).toBeNull();
    expect(reasons).toEqual(['503 Service Unavailable', '503 Service Unavailable']);
  });

  it('that ends while a body streams asks for a resend, with the next token ready', async () => {
    const registry = tokenRegistry();
    await using server = await serve(registry.script);
    await using client = clientFor(server.host, AS_ANN);
    const started = await client.startUpload('team/app');
    if (started.kind !== 'session') throw new Error('no session');
    registry.valid.clear();
    const bytes = Buffer.alloc(300_000, 1);
    const body = { length: bytes.length, open: (): Readable => Readable.from([bytes]) };
    const error = await failure(client.finishUpload(started.session, DIGEST, body));
    expect(error).toBeInstanceOf(TokenExpiredError);
    expect(error.code).toBe('CONNECTION_LOST');
    await client.finishUpload(started.session, DIGEST, body);
    expect(registry.tokenRequests).toHaveLength(2);
  });

  it('is looked up again after the tokens were forgotten', async () => {
    const registry = tokenRegistry();
    await using server = await serve(registry.script);
    let login: Login | undefined = undefined as Login | undefined;
    await using client = clientFor(server.host, { login: () => Promise.resolve(login) });
    await client.headBlob('team/app', DIGEST);
    expect(client.loginUsed('team/app')).toBeUndefined();
    login = ANN;
    client.forgetTokens();
    await client.headBlob('team/app', DIGEST);
    expect(registry.tokenRequests[1]?.headers.authorization).toBe(BASIC);
    expect(client.loginUsed('team/app')).toBe(ANN);
  });

  it('of a server that has no address is said to be the registry’s word', async () => {
    const challenge = 'Bearer realm="http://tokens.invalid/token",service="s"';
    await using server = await serve((_, response) => askForLogin(response, challenge));
    await using client = clientFor(server.host, AS_ANN);
    const refusal = await failure(client.headBlob('team/app', DIGEST));
    expect(refusal).toMatchObject({ code: 'DNS_FAILED', hint: 'ask-owner' });
    expect(refusal.message).toContain(`The registry ${server.host} names tokens.invalid for its tokens`);
  });

  it('of a server at a closed port of the registry’s own host is said to be the registry’s word, too', async () => {
    await using closed = await serve(() => undefined);
    const { host } = closed;
    await closed[Symbol.asyncDispose]();
    await using server = await serve((_, response) => askForLogin(response, `Bearer realm="http://${host}/token"`));
    await using client = clientFor(server.host, AS_ANN);
    const refusal = await failure(client.headBlob('team/app', DIGEST));
    expect(refusal.code).toBe('HOST_UNREACHABLE');
    expect(refusal.message).toContain(`The registry ${server.host} names ${host} for its tokens`);
  });

  it('is not fetched from an address that is no web server', async () => {
    await using server = await serve((_, response) => {
      askForLogin(response, 'Bearer realm="ftp://tokens.test/",service=s');
    });
    await using client = clientFor(server.host, AS_ANN);
    expect((await failure(client.headBlob('team/app', DIGEST))).code).toBe('PROTOCOL_ERROR');
  });
});

describe('an identity token', () => {
  const identity: Login = {
    username: '<token>',
    password: '',
    identityToken: 'refresh-me',
    origin: { kind: 'session' },
  };

  it('is exchanged by POST with grant_type=refresh_token', async () => {
    const registry = tokenRegistry((_, count) => ({ status: 200, body: { access_token: `t${count}` } }));
    await using server = await serve(registry.script);
    await using client = clientFor(server.host, { login: () => Promise.resolve(identity) });
    await client.headBlob('team/app', DIGEST);
    const [request] = registry.tokenRequests;
    expect(request?.method).toBe('POST');
    expect(Object.fromEntries(new URLSearchParams(request?.body.toString()))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-me',
      client_id: 'pushboat',
      service: 'the, registry',
      scope: 'repository:team/app:pull,push',
    });
  });

  it.each([400, 401, 404, 405])('falls back to GET when POST is answered with %d', async (status) => {
    const registry = tokenRegistry((request, count) =>
      request.method === 'POST' ? { status, body: {} } : { status: 200, body: { token: `t${count}` } },
    );
    await using server = await serve(registry.script);
    await using client = clientFor(server.host, { login: () => Promise.resolve(identity) });
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(registry.tokenRequests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });
});

describe('checking a login', () => {
  it('accepts the right one and refuses the wrong one in the words of a Basic registry', async () => {
    await using server = await serve(basicRegistry());
    await using client = clientFor(server.host);
    await client.checkLogin(ANN);
    const error = await failure(client.checkLogin({ ...ANN, password: 'wrong-one' }));
    expect(error).toMatchObject({
      code: 'UNAUTHORIZED',
      facts: { detail: 'UNAUTHORIZED: wrong password, my friend', login: { username: 'ann' } },
    });
    expect(JSON.stringify(error.toData())).not.toContain('wrong-one');
  });

  it('asks the token server of a Bearer registry, without touching the stored tokens', async () => {
    const registry = tokenRegistry((request, count) =>
      request.headers.authorization === BASIC
        ? { status: 200, body: { token: `t${count}` } }
        : { status: 401, body: { message: 'unknown user' } },
    );
    await using server = await serve(registry.script);
    await using client = clientFor(server.host);
    await client.checkLogin(ANN);
    expect(client.loginUsed('team/app')).toBeUndefined();
    expect(await failure(client.checkLogin({ ...ANN, username: 'bob' }))).toMatchObject({
      code: 'UNAUTHORIZED',
      facts: { detail: 'unknown user' },
    });
  });
});

describe('a 403 to somebody who has not logged in', () => {
  it.each([
    ['with a challenge', { 'www-authenticate': 'Basic realm="x"' }],
    ['without one', {}],
  ])('is answered with the login that is known, %s', async (_which, headers) => {
    await using server = await serve((request, response) =>
      request.headers.authorization === BASIC
        ? void response.writeHead(202, { location: '/v2/team/app/blobs/uploads/1' }).end()
        : refuse(response, 403, 'DENIED', 'nobody may do this', headers),
    );
    await using client = clientFor(server.host, AS_ANN);
    expect(await client.startUpload('team/app')).toMatchObject({ kind: 'session' });
  });

  it('is a refusal where no login is known, and where the login may not either', async () => {
    await using server = await serve((_, response) => refuse(response, 403, 'DENIED', 'nobody may do this'));
    await using nobody = clientFor(server.host);
    expect(await failure(nobody.startUpload('team/app'))).toMatchObject({ code: 'DENIED', facts: { login: null } });
    await using ann = clientFor(server.host, AS_ANN);
    expect(await failure(ann.startUpload('team/app'))).toMatchObject({
      code: 'DENIED',
      facts: { login: { username: 'ann' }, detail: expect.stringContaining('nobody may do this') },
    });
  });

  it('to GET /v2/ alone is no obstacle: some front ends let only the paths of repositories through', async () => {
    await using server = await serve((request, response) =>
      request.url === '/v2/'
        ? refuse(response, 403, 'DENIED', 'not this path')
        : void response.writeHead(202, { location: '/v2/team/app/blobs/uploads/1' }).end(),
    );
    await using client = clientFor(server.host);
    await client.checkApi();
    expect(await client.startUpload('team/app')).toMatchObject({ kind: 'session' });
  });
});
