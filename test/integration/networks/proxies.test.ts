import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isInNoProxy } from '../../../electron/access/proxies.ts';
import { mapConcurrent } from '../../../electron/files/concurrent.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { makeCertificates } from '../../fixtures/certificates.ts';
import { type DockerRegistry, startDockerRegistry } from '../../fixtures/docker-registry.ts';
import { makeLayout } from '../../fixtures/layouts.ts';
import {
  type Proxy,
  SQUIDS_LARGEST_BODY,
  type Squid,
  startDante,
  startSquid,
  startTinyproxy,
} from '../../fixtures/proxies.ts';
import { startTokenIssuer, type TokenIssuer } from '../../fixtures/token-issuer.ts';
import { run } from '../../fixtures/tools.ts';
import { type CliHome, makeCliHome } from '../command-line.ts';
import { clientAt, complaintOf } from './client.ts';

const login = { user: 'me', password: 'pass-7' };

let home: CliHome;
let squid: Squid;
let tinyproxy: Proxy;
let dante: Proxy;
let tokens: TokenIssuer;
/** With TLS, of a private CA. */
let secure: DockerRegistry;
/** Without TLS, with a token server on another host. */
let plain: DockerRegistry;
let layout: string;

beforeAll(async () => {
  tokens = await startTokenIssuer('tokens.example', 'ann:pw');
  [home, squid, tinyproxy, dante, secure, plain] = await Promise.all([
    makeCliHome(),
    startSquid(login),
    startTinyproxy(login),
    startDante(login),
    startDockerRegistry({ tls: 'wrongName' }),
    startDockerRegistry({ env: tokens.registryEnv }),
  ]);
  layout = (await makeLayout(join(home.path, 'layout'))).path;
  await write(`.config/containers/certs.d/${named(secure)}/ca.crt`, (await makeCertificates()).ca.cert);
  await home.cli(['registry', 'set', named(plain), '--plain-http']);
});
afterAll(async () => {
  await Promise.all([secure, plain, squid, tinyproxy, dante, tokens].map((each) => each[Symbol.asyncDispose]()));
  await home.remove();
});

/** By the name that only the proxies know. */
const named = ({ host }: Proxy, name = 'registry.example') => host.replace('127.0.0.1', name);

async function write(path: string, text: string): Promise<string> {
  const whole = join(home.env['HOME'] ?? '', path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, text);
  return whole;
}

async function pushThrough(proxy: string, target: string, env: Record<string, string> = {}) {
  const pushed = await home.cli(['push', `oci:${layout}`, target, '--creds', 'ann:pw'], {
    env: { ALL_PROXY: proxy, ...env },
  });
  expect(pushed.stderr).not.toContain('pass-7');
  return pushed;
}

const withLogin = (scheme: string, host: string) => `${scheme}://me:pass-7@${host}`;

describe('a push with the proxy’s login', () => {
  test.each([
    ['squid', () => withLogin('http', squid.host)],
    ['tinyproxy', () => withLogin('http', tinyproxy.host)],
    ['dante, by SOCKS 5', () => withLogin('socks5', dante.host)],
  ])(
    'goes through %s, to a registry with TLS and to one without, whose token server is another host',
    async (_, url) => {
      const repository = url().replace(/\W/g, '');
      const targets = [secure, plain].map((registry) => `${named(registry)}/${repository}/app:1`);
      const pushed = await Promise.all(targets.map((target) => pushThrough(url(), target)));
      expect(pushed.filter(({ status }) => status !== 0)).toEqual([]);
      expect(tokens.logins).toContain('ann:pw');
    },
  );

  test('goes through squid with TLS when its certificate is trusted, and says so when it is not', async () => {
    const url = withLogin('https', squid.tlsHost);
    const untrusted = await pushThrough(url, `${named(secure)}/by-tls:1`);
    expect(untrusted.stderr).toMatch(/The proxy https:\/\/127\.0\.0\.1:\d+ cannot be reached: .*certificate/);
    const ca = await write('company-ca.pem', (await makeCertificates()).ca.cert);
    const pushed = await Promise.all([
      pushThrough(url, `${named(secure)}/by-tls:1`, { SSL_CERT_FILE: ca }),
      pushThrough(url, `${named(plain)}/by-tls:1`, { NODE_EXTRA_CA_CERTS: ca }),
    ]);
    expect(pushed.filter(({ status }) => status !== 0)).toEqual([]);
  });

  test('is what resolve tells of, without the password', async () => {
    const env = { HTTPS_PROXY: withLogin('http', squid.host) };
    const { stdout } = await home.cli(['resolve', `${named(secure)}/web:1`], { env });
    expect(stdout).toContain(`http://${squid.host}, as me (from HTTPS_PROXY)`);
    expect(stdout).toMatch(new RegExp(`CA file: +.*certs\\.d/${named(secure)}/ca\\.crt`));
    expect(stdout).not.toContain('pass-7');
  });
});

async function complaint(proxy: string, registry: string, tls: RegistryPolicy['tls']): Promise<string> {
  const client = clientAt(registry, { env: { ALL_PROXY: proxy }, homeDir: home.env['HOME'] ?? '' }, { tls });
  const said = await complaintOf(client);
  await client.close();
  expect(said).not.toContain('pass-7');
  return said;
}

// Together: each tries again for some seconds.
describe.concurrent('what stands in the way is told as what it is', () => {
  const wants = /^The proxy .* wants a user name and a password/;
  const nobody = 'registry.example:1';
  const through = () => withLogin('http', squid.host);
  test.each<[string, () => string, string | undefined, RegExp]>([
    ['squid, no login', () => squid.host, undefined, wants],
    ['tinyproxy, no login', () => tinyproxy.host, undefined, wants],
    ['dante, no login', () => `socks5://${dante.host}`, undefined, wants],
    // Of somebody else: squid remembers one password for a name, and would refuse those who come with the right one meanwhile.
    ['squid, a wrong one', () => `you:no@${squid.host}`, undefined, /^The proxy .* refuses the login of you \(407/],
    ['dante, a wrong one', () => `socks5://me:no@${dante.host}`, undefined, /^The proxy .* refuses the login of me\./],
    ['no proxy there', () => '127.0.0.1:1', undefined, /^The proxy http:\/\/127\.0\.0\.1:1 cannot be reached/],
    [
      'squid’s rules',
      through,
      'forbidden.example',
      /^The proxy .* does not connect to forbidden.* \(403.*ACCESS_DENIED/,
    ],
    ['nobody at the port, squid', through, nobody, /^registry\.example:1 cannot be reached: the proxy .* \(503/],
    ['tinyproxy', () => withLogin('http', tinyproxy.host), nobody, /:1 cannot be reached: the proxy .* \(500/],
    ['dante', () => withLogin('socks5', dante.host), nobody, /:1 cannot be reached: the proxy .* \(connection refused/],
  ])('%s', async (_, proxy, target, words) => {
    const [withTls, without] = await Promise.all([
      complaint(proxy(), target ?? named(secure), 'verify'),
      complaint(proxy(), target ?? named(plain), 'plain-http'),
    ]);
    expect(withTls).toMatch(words);
    expect(without).toMatch(words);
  });
});

test('what the guide says for a company’s network is enough for a first push', async () => {
  const host = named(secure);
  await using newcomer = await makeCliHome();
  const { path } = await makeLayout(join(newcomer.path, 'my-layout'));
  const steps: [string[], string?][] = [
    [['registry', 'set', host, '--proxy', `http://me@${squid.host}`]],
    [['registry', 'set', host, '--proxy-password-stdin'], 'pass-7\n'],
    [['registry', 'set', host, '--ca-file', await write('company-ca.pem', (await makeCertificates()).ca.cert)]],
    [['push', path, `${host}/newcomer/web:1.2`]],
  ];
  for (const [args, input] of steps) {
    const { status, stdout, stderr } = await newcomer.cli(args, input === undefined ? {} : { input });
    expect([args, status, stderr]).toEqual([args, 0, expect.any(String)]);
    expect(stdout + stderr).not.toContain('pass-7');
  }
});

test('a body that squid finds too large is told as that, and smaller chunks go through', async () => {
  const large = await makeLayout(join(home.path, 'large'), { layers: 1, layerSize: 1.5 * SQUIDS_LARGEST_BODY });
  const env = { HTTP_PROXY: withLogin('http', squid.host) };
  const push = (...options: string[]) =>
    home.cli(['push', large.path, `${named(plain)}/large:1`, '--creds', 'ann:pw', ...options], { env });
  const refused = await push('--chunk-size', '4M');
  expect(refused.stderr).toMatch(/a proxy in front of it limits the size of a request \(413/);
  expect(refused.stderr).toContain('Set a chunk size');
  const { status, stderr } = await push('--chunk-size', '1M');
  expect([status, stderr]).toEqual([0, expect.any(String)]);
});

/** A way from this computer's IPv6 address to a registry, which listens on IPv4. @throws EADDRNOTAVAIL where there is no such address. */
async function onIpv6({ host }: Proxy): Promise<Proxy> {
  const port = Number(host.replace(/^.*:/, ''));
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect(port, '127.0.0.1');
    sockets.add(client).add(onward);
    pipeline(client, onward, client).catch(() => undefined);
  });
  await once(server.listen(0, '::1'), 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  };
  return { host: `[::1]:${(server.address() as AddressInfo).port}`, [Symbol.asyncDispose]: close };
}

describe('a registry at an IPv6 address', () => {
  const reach = async (host: string, policy: RegistryPolicy, env: Record<string, string> = {}): Promise<string> => {
    const client = clientAt(host, { env }, policy);
    const said = await complaintOf(client);
    await client.close();
    return said;
  };

  test('is reached through each proxy where one is set for it, and without that of the environment: it is this computer', async () => {
    // Containers may run without IPv6: then there is nothing to reach.
    if (!Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))) return;
    await using withTls = await onIpv6(secure);
    await using without = await onIpv6(plain);
    const urls = [withLogin('http', squid.host), withLogin('http', tinyproxy.host), withLogin('socks5', dante.host)];
    const said = await Promise.all(
      [undefined, ...urls].flatMap((proxy) => {
        const env = { ALL_PROXY: `http://me:no@${squid.host}` };
        const own = proxy === undefined ? {} : { proxy };
        return [
          reach(withTls.host, { tls: 'no-verify', ...own }, env),
          reach(without.host, { tls: 'plain-http', ...own }, env),
        ];
      }),
    );
    expect(said).toEqual(said.map(() => 'it works'));
  });

  // A multicast address: nobody can connect there, and everybody knows it at once.
  test.each([
    ['ff02::5', true],
    ['[ff02::5]', true],
    ['[ff02:0:0::5]:1', true],
    ['ff02::/16', true],
    ['[ff02::5]:2', false],
    ['ff03::/16,::1,.::5', false],
  ])('goes by NO_PROXY: %s', async (list, isDirect) => {
    const env = { ALL_PROXY: withLogin('http', squid.host), NO_PROXY: list };
    const said = await reach('[ff02::5]:1', { tls: 'plain-http' }, env);
    expect(said).toMatch(/^\[ff02::5\]:1 cannot be reached/);
    expect(/the proxy .* \(503/.test(said)).toBe(!isDirect);
  });
});

describe('NO_PROXY', () => {
  test('means what it means to skopeo', async () => {
    const lists: Record<string, string[]> = {
      'registry.example': [
        'example',
        '.example',
        '*.example',
        '.registry.example',
        'gistry.example',
        '*',
        ':443',
        'http://registry.example',
      ],
      'registry.example:5000': [
        'a,REGISTRY.example',
        'registry.example:5000',
        'registry.example:443',
        'registry.example/',
        '///, [::, %',
      ],
      '10.1.2.3:5000': [
        '10.1.2.3',
        '10.0.0.0/8',
        '10.0.0.0/33',
        '11.0.0.0/8',
        '10.1.2.3:5000',
        '10.1.2.3:443',
        '.2.3',
        '10.1.2',
      ],
    };
    const isDirect = async (host: string, list: string): Promise<boolean> => {
      // Without a network even the proxy cannot be reached: the error tells who was meant.
      const env = { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: list };
      const args = ['--map-root-user', '--net', 'skopeo', 'inspect', '--raw', `docker://${host}/a:1`];
      const { stderr } = await run('unshare', args, { env, accept: [1] });
      return !stderr.includes('proxyconnect');
    };
    const cases = Object.entries(lists).flatMap(([host, all]) => all.map((list) => ({ host, list })));
    const differing: string[] = [];
    const compare = async ({ host, list }: (typeof cases)[number]) => {
      const theirs = await isDirect(host, list);
      return theirs === isInNoProxy(new URL(`https://${host}/`), list)
        ? []
        : [`${host} in "${list}": skopeo ${theirs}`];
    };
    for await (const found of mapConcurrent(cases, 4, compare)) differing.push(...found);
    expect(differing).toEqual([]);
  });
});
