import { afterAll, describe, expect, it } from 'vitest';
import { fetchToken } from '../../../../electron/registry/auth/tokens.ts';
import { LinkLocalError, lookupElsewhere } from '../../../../electron/registry/http/addresses.ts';
import { networkError } from '../../../../electron/registry/http/network-error.ts';
import { SystemTrust } from '../../../../electron/registry/http/tls.ts';
import { HttpTransport } from '../../../../electron/registry/http/transport.ts';
import type { Login } from '../../../../shared/logins.ts';
import { trusting } from '../../../fixtures/network-rules.ts';
import {
  ANN,
  AS_ANN,
  askForLogin,
  clientFor,
  DIGEST,
  failure,
  json,
  makeCertificate,
  type Script,
  type ScriptedServer,
  serve,
  tokensAt,
} from './scripted-server.ts';

const certificate = makeCertificate('IP:127.0.0.1');
afterAll(() => certificate.dispose());

const IDENTITY: Login = { username: '<token>', password: '', identityToken: 'identity-secret', origin: ANN.origin };

/** Everything that a server was told, in one text. */
const told = (server: ScriptedServer): string =>
  server.requests.map(({ url, headers, body }) => [url, headers.authorization, body.toString()].join(' ')).join('\n');

/** A token server that would give a token to everybody. */
const generous: Script = (_, response) => json(response, 200, { token: 'T' });

describe('a login', () => {
  it.each(['HEAD', 'POST'])('is not given to whom a redirected %s leads, whatever that asks for', async (method) => {
    await using thief = await serve(generous);
    await using storage = await serve((_, response) => askForLogin(response, tokensAt(thief.origin), 'not signed'));
    await using server = await serve((request, response) => {
      if (request.url.startsWith('/token')) return json(response, 200, { token: 'T' });
      if (request.headers.authorization !== 'Bearer T') return askForLogin(response, tokensAt(server.origin));
      return request.method === method && request.url !== '/v2/'
        ? void response.writeHead(307, { location: `${storage.origin}${request.url}` }).end()
        : json(response, 200, {});
    });
    await using client = clientFor(server.host, AS_ANN);
    const asked = method === 'HEAD' ? client.headBlob('team/app', DIGEST) : client.startUpload('team/app');
    const error = await failure(asked);
    expect(error).toMatchObject({ code: 'REGISTRY_ERROR', hint: 'push-there', facts: { status: 401 } });
    expect(error.message).toContain(`sent the request on to ${storage.host}`);
    expect(thief.requests).toHaveLength(0);
    expect(storage.requests).toHaveLength(1);
    expect(told(storage)).not.toContain('Bearer');
  });

  it('is not sent as Basic because a redirect leads to who asks for it', async () => {
    await using storage = await serve((_, response) => askForLogin(response, 'Basic realm="storage"'));
    await using server = await serve((request, response) =>
      request.url === '/v2/'
        ? json(response, 200, {})
        : void response.writeHead(307, { location: `${storage.origin}${request.url}` }).end(),
    );
    await using client = clientFor(server.host, AS_ANN);
    expect((await failure(client.headBlob('team/app', DIGEST))).code).toBe('REGISTRY_ERROR');
    expect(told(server) + told(storage)).not.toContain('Basic');
  });

  it('is not sent for the challenge of whom GET /v2/ was redirected to', async () => {
    await using thief = await serve(generous);
    await using other = await serve((_, response) => askForLogin(response, tokensAt(thief.origin)));
    await using server = await serve((request, response) =>
      request.url === '/v2/'
        ? void response.writeHead(302, { location: `${other.origin}/v2/` }).end()
        : void response.writeHead(404, { 'content-length': 0 }).end(),
    );
    await using client = clientFor(server.host, AS_ANN);
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    await failure(client.checkLogin(ANN));
    expect(thief.requests).toHaveLength(0);
    expect(told(other)).not.toContain('Basic');
  });

  it.each([301, 302, 307, 308])('in a form is not sent again to another server (%d)', async (status) => {
    await using thief = await serve(generous);
    await using server = await serve((request, response) => {
      if (request.method === 'POST' || request.headers.authorization?.startsWith('Basic'))
        return request.method === 'GET'
          ? void response.writeHead(405).end()
          : void response.writeHead(status, { location: `${thief.origin}${request.url}` }).end();
      return askForLogin(response, tokensAt(server.origin));
    });
    for (const one of [ANN, IDENTITY]) {
      await using client = clientFor(server.host, { login: () => Promise.resolve(one) });
      const error = await failure(client.headBlob('team/app', DIGEST));
      expect(error.code).toBe('REDIRECT_REFUSED');
      expect(error.message).toContain(thief.host);
    }
    expect(thief.requests).toHaveLength(0);
  });

  it('in a form follows a redirect on the token server itself', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/token') return void response.writeHead(307, { location: '/oauth2' }).end();
      if (request.url === '/oauth2') return json(response, 200, { access_token: 'T' });
      if (request.headers.authorization === 'Bearer T') return void response.writeHead(404).end();
      return askForLogin(response, tokensAt(server.origin));
    });
    await using client = clientFor(server.host, { login: () => Promise.resolve(IDENTITY) });
    expect(await client.headBlob('team/app', DIGEST)).toBeNull();
    expect(server.requests.filter(({ url }) => url === '/oauth2').map(({ body }) => body.toString())).toEqual([
      expect.stringContaining('refresh_token=identity-secret'),
    ]);
  });
});

describe('a token server that the registry names', () => {
  const ask = async (registry: string, realm: string): Promise<string> => {
    const timeouts = { connect: 50, headers: 50, idle: 50 };
    const transport = new HttpTransport({
      registry,
      policy: {},
      tlsVerify: false,
      network: trusting(),
      systemTrust: new SystemTrust(),
      early: undefined,
      timeouts,
      connections: 1,
    });
    const parts = { scheme: 'bearer', parameters: { realm } };
    const request = { transport, registry, repository: undefined, challenge: parts, scopes: [], login: ANN };
    const { code } = await failure(fetchToken({ ...request, plainHttp: false, signal: new AbortController().signal }));
    await transport.close();
    return code;
  };

  it.each([
    'https://127.0.0.1:1/token',
    'http://localhost:1/token',
    'https://[::1]:1/token',
    'https://[::ffff:127.0.0.1]:1/token',
    'https://0:1/token',
    'https://169.254.169.254/token',
    'https://[fe80::1]/token',
    'https://[::ffff:a9fe:a9fe]/token',
  ])('is not this computer nor its local wire when the registry is elsewhere: %s', async (realm) => {
    expect(await ask('registry.example', realm)).toBe('REDIRECT_REFUSED');
  });

  it('is not asked over plain HTTP by a registry that speaks HTTPS', async () => {
    expect(await ask('registry.example', 'http://auth.example/token')).toBe('PLAIN_HTTP_REFUSED');
    expect(await ask('127.0.0.1:5000', 'http://auth.example/token')).toBe('PLAIN_HTTP_REFUSED');
  });

  it.each(['/token', '//token'])(
    'is asked by TLS where a registry that is reached so names itself by http (%s)',
    async (path) => {
      await using server = await serve(
        (request, response) => {
          if (request.url?.startsWith(path)) return json(response, 200, { token: 't' });
          if (request.headers.authorization === 'Bearer t') return json(response, 200, {});
          return askForLogin(response, `Bearer realm="${server.origin.replace('https:', 'http:')}${path}",service="s"`);
        },
        { tls: certificate },
      );
      await using client = clientFor(server.host, {
        ...AS_ANN,
        policy: { tls: 'verify' },
        network: trusting(certificate.cert),
      });
      await client.checkApi();
      await client.headBlob('team/app', DIGEST);
      expect(server.requests.map(({ url }) => url.split('?')[0])).toContain(path);
    },
  );

  it('is told as the registry names it where that cannot be asked', async () => {
    await using server = await serve((_, response) => askForLogin(response, 'Bearer realm="auth.example/token"'));
    await using client = clientFor(server.host, AS_ANN);
    const refusal = await failure(client.headBlob('team/app', DIGEST));
    expect(refusal).toMatchObject({ code: 'PROTOCOL_ERROR', facts: { detail: 'auth.example/token' } });
  });

  it('may be on this computer when the registry is', async () => {
    expect(await ask('localhost:5000', 'http://127.0.0.1:1/token')).toBe('HOST_UNREACHABLE');
  });
});

describe('a name that the registry gave', () => {
  const look = (name: string, all: boolean): Promise<unknown> =>
    new Promise((resolve) =>
      lookupElsewhere(name, { all }, (error, address, family) => resolve(error ?? (all ? address : [address, family]))),
    );

  it('is not asked when it leads to the local wire only', async () => {
    const error = await look('169.254.169.254', true);
    expect(error).toBeInstanceOf(LinkLocalError);
    expect(networkError(error, 'storage.test', 'r')).toMatchObject({
      code: 'REDIRECT_REFUSED',
      facts: { detail: '169.254.169.254 has the link-local address 169.254.169.254' },
    });
  });

  it('is looked up as always when it leads elsewhere', async () => {
    expect(await look('127.0.0.1', true)).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(await look('127.0.0.1', false)).toEqual(['127.0.0.1', 4]);
    expect(await look('no-such-host.invalid', true)).toMatchObject({
      code: expect.stringMatching(/^E(?:NOTFOUND|AI_)/),
    });
  });
});
