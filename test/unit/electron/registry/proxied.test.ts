import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { networkRules } from '../../../../electron/access/network-rules.ts';
import type { RegistryClientOptions } from '../../../../electron/registry/types.ts';
import type { RegistryPolicy } from '../../../../shared/registry-policy.ts';
import { startSocksServer } from '../../../fixtures/socks-server.ts';
import { startWebProxy } from '../../../fixtures/web-proxy.ts';
import { startProxy } from '../../../registry/proxy.ts';
import { ANN, api, clientFor, DIGEST, failure, json, makeCertificate, type Script, serve } from './scripted-server.ts';

const certificate = makeCertificate('DNS:reg.example,DNS:auth.example');
afterAll(() => certificate.dispose());

const missing: Script = api((_, response) => void response.writeHead(404, { 'content-length': 0 }).end());
const BY_TLS: RegistryPolicy = { tls: 'verify', caFile: certificate.certPath };
const PLAIN: RegistryPolicy = { tls: 'plain-http' };

/** A client that finds its proxy in these variables. */
function behind(
  env: NodeJS.ProcessEnv,
  registry: string,
  policy: RegistryPolicy,
  more: Partial<RegistryClientOptions> = {},
) {
  const credentials = { findKept: async () => undefined };
  return clientFor(registry, {
    policy,
    network: networkRules({ registry, policy, places: { env, homeDir: '/nowhere', etcDir: '/nowhere' }, credentials }),
    ...more,
  });
}

const named = (host: string, name = 'reg.example') => host.replace(/^.*:/, `${name}:`);

describe('through a proxy', () => {
  it('a registry with TLS is reached by a tunnel, with the proxy’s login, which goes nowhere else', async () => {
    await using server = await serve(missing, { tls: certificate });
    await using proxy = await startWebProxy({ login: 'me:p@ss' });
    const registry = named(server.host);
    await using client = behind({ HTTPS_PROXY: `http://me:p%40ss@${proxy.host}` }, registry, BY_TLS);
    expect(await client.headBlob('a', DIGEST)).toBeNull();
    expect(proxy.requests[0]).toBe(`CONNECT ${registry}`);
    for (const { headers } of server.requests) expect(headers).not.toHaveProperty('proxy-authorization');
  });

  it('one without is asked by whole URLs, on connections that are used again', async () => {
    await using server = await serve(missing);
    await using proxy = await startWebProxy({ login: 'me:pw' });
    const registry = named(server.host);
    await using client = behind({ http_proxy: `me:pw@${proxy.host}` }, registry, PLAIN);
    expect(await client.headBlob('a', DIGEST)).toBeNull();
    const asked = [`GET http://${registry}/v2/`, `HEAD http://${registry}/v2/a/blobs/${DIGEST}`];
    expect(proxy.requests.toSorted()).toEqual(asked);
    expect(server.requests.at(-1)?.headers['host']).toBe(registry);
  });

  it('the token server is reached, too, by its own name', async () => {
    let realm = '';
    await using tokens = await serve((_, response) => json(response, 200, { token: 't' }));
    realm = `http://${named(tokens.host, 'auth.example')}/token`;
    await using server = await serve((request, response) => {
      const isKnown = request.headers['authorization'] === 'Bearer t';
      const challenge = { 'www-authenticate': `Bearer realm="${realm}",service="s"` };
      response.writeHead(isKnown ? 404 : 401, { ...(isKnown ? {} : challenge), 'content-length': 0 }).end();
    });
    await using proxy = await startWebProxy();
    await using client = behind({ ALL_PROXY: proxy.host }, named(server.host), PLAIN, { login: async () => ANN });
    expect(await client.headBlob('a', DIGEST)).toBeNull();
    expect(proxy.requests.some((request) => request.includes(`${realm}?`))).toBe(true);
  });

  it('the storage that a redirect leads to is reached, too, and gets no login', async () => {
    await using storage = await serve((_, response) => void response.writeHead(200, { 'content-length': 7 }).end());
    const place = `http://${named(storage.host, 'storage.example')}/kept?signature=x`;
    await using server = await serve(
      api((_, response) => void response.writeHead(307, { location: place, 'content-length': 0 }).end()),
    );
    await using proxy = await startWebProxy();
    await using client = behind({ ALL_PROXY: proxy.host }, named(server.host), PLAIN, { login: async () => ANN });
    expect(await client.headBlob('a', DIGEST)).toBe(7);
    expect(proxy.requests).toContain(`HEAD ${place}`);
    expect(storage.requests.map(({ headers }) => headers['authorization'])).toEqual([undefined]);
  });

  it('of SOCKS 5 both are reached by tunnels, with and without a login', async () => {
    await using secure = await serve(missing, { tls: certificate });
    await using plain = await serve(missing);
    await using open = await startSocksServer();
    await using closed = await startSocksServer({ login: ['me', 'pw'] });
    for (const proxy of [`socks5://${open.host}`, `socks5h://me:pw@${closed.host}`]) {
      for (const [{ host }, policy] of [
        [secure, BY_TLS],
        [plain, PLAIN],
      ] as const) {
        await using client = behind({ ALL_PROXY: proxy }, named(host), policy);
        expect(await client.headBlob('a', DIGEST)).toBeNull();
      }
    }
    expect(new Set(open.targets)).toEqual(new Set([named(secure.host), named(plain.host)]));
  });

  it('of HTTPS the proxy’s own certificate is verified', async () => {
    await using proxy = await serve(missing, { tls: certificate });
    await using client = behind(
      { ALL_PROXY: `https://localhost:${proxy.host.split(':')[1]}` },
      'reg.example:1',
      BY_TLS,
    );
    expect(await failure(client.checkApi())).toMatchObject({
      code: 'PROXY_FAILED',
      message: expect.stringMatching(/^The proxy https:\/\/localhost:\d+ cannot be reached: .*certificate/),
    });
  });

  it('a certificate that is not trusted is shown, as it is without', async () => {
    await using server = await serve(missing, { tls: certificate });
    await using proxy = await startWebProxy();
    await using client = behind({ ALL_PROXY: proxy.host }, named(server.host), {});
    const error = await failure(client.checkApi());
    expect(error.code).toBe('TLS_UNTRUSTED');
    expect(error.facts.certificate?.subject).toBe('CN=pushboat test');
  });
});

describe('a proxy that', () => {
  const attempt = async (env: NodeJS.ProcessEnv, registry: string, policy: RegistryPolicy) => {
    await using client = behind(env, registry, policy);
    return await failure(client.checkApi());
  };

  it.each([
    ['with TLS', BY_TLS],
    ['without TLS', PLAIN],
  ] as const)('wants a login, or another, says so: registry %s', async (_, policy) => {
    await using server = await serve(missing, policy === BY_TLS ? { tls: certificate } : {});
    await using proxy = await startWebProxy({ login: 'me:pw' });
    const registry = named(server.host);
    const none = await attempt({ ALL_PROXY: proxy.host }, registry, policy);
    expect(none).toMatchObject({ code: 'PROXY_UNAUTHORIZED', hint: 'proxy-login' });
    expect(none.message).toMatch(new RegExp(`^The proxy http://${proxy.host} wants a user name and a password`));
    const wrong = await attempt({ ALL_PROXY: `me:secret9@${proxy.host}` }, registry, policy);
    expect(wrong.message).toMatch(/refuses the login of me/);
    expect(JSON.stringify(wrong.toData())).not.toContain('secret9');
  });

  it('wants somebody to sign in to the network says so', async () => {
    const portal = createServer().on('connect', (_, socket) => {
      socket.end('HTTP/1.1 511 Network Authentication Required\r\n\r\n');
    });
    await once(portal.listen(0, '127.0.0.1'), 'listening');
    const { port } = portal.address() as AddressInfo;
    const error = await attempt({ ALL_PROXY: `127.0.0.1:${port}` }, 'reg.example', BY_TLS);
    portal.close();
    expect(error).toMatchObject({ code: 'PROXY_FAILED', hint: 'sign-in-to-network' });
    expect(error.message).toContain('wants somebody to sign in to the network (511 Network Authentication Required)');
  });

  it('is not there says that it is the proxy', async () => {
    const error = await attempt({ ALL_PROXY: '127.0.0.1:1' }, 'reg.example', BY_TLS);
    expect(error).toMatchObject({ code: 'PROXY_FAILED', hint: 'check-proxy' });
    expect(error.message).toMatch(/^The proxy http:\/\/127\.0\.0\.1:1 cannot be reached/);
  });

  it.each([
    ['a registry with TLS', BY_TLS],
    ['one without', PLAIN],
  ] as const)('is started again is waited for, as the registry is: %s', async (_, policy) => {
    await using server = await serve(missing, policy === BY_TLS ? { tls: certificate } : {});
    await using proxy = await startWebProxy();
    await using line = await startProxy({ target: proxy.host });
    const outages: (string | undefined)[] = [];
    const patience = {
      retryForMs: () => 60_000,
      firstWaitMs: 5,
      onOutage: (notice?: { reason: string }) => {
        outages.push(notice?.reason);
        line.down = false;
      },
    };
    await using client = behind({ ALL_PROXY: line.host }, named(server.host), policy, { patience });
    expect(await client.headBlob('a', DIGEST)).toBeNull();
    line.down = true;
    line.cut();
    expect(await client.headBlob('a', DIGEST)).toBeNull();
    expect(outages).toEqual([expect.any(String), undefined]);
  });

  it.each([
    [
      'refuses to connect',
      403,
      { 'X-Squid-Error': 'ERR_ACCESS_DENIED 0' },
      'PROXY_FAILED',
      /does not connect to reg\.example:443 \(403.*ERR_ACCESS_DENIED/,
    ],
    [
      'cannot reach the registry',
      503,
      { 'X-Squid-Error': 'ERR_DNS_FAIL 0' },
      'HOST_UNREACHABLE',
      /^reg\.example cannot be reached: the proxy .*503.*ERR_DNS_FAIL/,
    ],
  ] as const)('%s says so', async (_, status, headers, code, message) => {
    await using proxy = await startWebProxy({ answer: (response) => void response.writeHead(status, headers).end() });
    const byTunnel = await attempt({ ALL_PROXY: proxy.host }, 'reg.example', BY_TLS);
    expect(byTunnel.code).toBe(code);
    expect(byTunnel.message).toMatch(message);
    expect((await attempt({ ALL_PROXY: proxy.host }, 'reg.example:80', PLAIN)).code).toBe(code);
  });

  it('finds a body too large is no refusal of the registry’s: smaller chunks go through', async () => {
    const headers = { 'X-Squid-Error': 'ERR_TOO_BIG 0', 'content-length': 0 };
    await using proxy = await startWebProxy({ answer: (response) => void response.writeHead(413, headers).end() });
    await using client = behind({ ALL_PROXY: proxy.host }, 'reg.example:80', PLAIN);
    expect(await failure(client.startUpload('a'))).toMatchObject({ code: 'BLOB_TOO_LARGE', facts: { status: 413 } });
  });

  it('is no proxy at all, or none of that kind, says so', async () => {
    await using server = await serve(missing);
    for (const proxy of [`socks5://${server.host}`, `http://${server.host}`])
      expect((await attempt({ ALL_PROXY: proxy }, 'reg.example', BY_TLS)).code).toBe('PROXY_FAILED');
  });

  it('cuts a body off is named in what is said of the connection', async () => {
    const script = api((request, response) => {
      const headers = { location: `https://${request.headers['host']}/v2/a/blobs/uploads/1`, 'content-length': 0 };
      response.writeHead(request.method === 'POST' ? 202 : 500, headers).end();
    });
    await using server = await serve(script, { tls: certificate });
    await using proxy = await startWebProxy({ cutAfter: 300_000 });
    await using client = behind({ ALL_PROXY: proxy.host }, named(server.host), BY_TLS);
    const started = await client.startUpload('a');
    if (started.kind !== 'session') throw new Error('it was not mounted');
    const body = { length: 4_000_000, open: () => new Uint8Array(4_000_000) };
    const error = await failure(client.finishUpload(started.session, DIGEST, body));
    expect(error.code).toBe('CONNECTION_LOST');
    expect(error.message).toContain(`through the proxy http://${proxy.host}`);
  });
});
