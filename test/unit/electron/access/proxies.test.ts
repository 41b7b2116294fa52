import { describe, expect, it, test } from 'vitest';
import { chooseProxy, isInNoProxy } from '../../../../electron/access/proxies.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { parseProxyUrl, proxyText } from '../../../../shared/proxy-url.ts';

const HTTPS = new URL('https://reg.example.com/v2/');
const HTTP = new URL('http://reg.example.com:5000/v2/');

async function chosen(url: URL, env: NodeJS.ProcessEnv, own?: string) {
  const { proxy, origin } = await chooseProxy(
    url,
    { env },
    own === undefined ? undefined : { text: own, apiHost: url.host },
  );
  return proxy === undefined
    ? `direct: ${origin.kind} ${origin.name ?? ''}`.trim()
    : `${proxyText(proxy)} (${origin.name ?? origin.kind})`;
}

describe('the URL of a proxy', () => {
  it.each([
    ['proxy.corp:3128', 'http://proxy.corp:3128'],
    ['http://proxy.corp', 'http://proxy.corp:80'],
    ['HTTPS://proxy.corp/', 'https://proxy.corp:443'],
    ['http://proxy.corp:3128/path/', 'http://proxy.corp:3128'],
    ['socks5h://10.0.0.1', 'socks5://10.0.0.1:1080'],
    ['socks5://me:pw@[fd00::1]:9050', 'socks5://[fd00::1]:9050'],
  ])('%s means %s', (text, meant) => {
    expect(proxyText(parseProxyUrl(text, 'HTTPS_PROXY'))).toBe(meant);
  });

  it('has a login, whose characters may be escaped, and any colon after the first is the password’s', () => {
    const { username, password } = parseProxyUrl('http://a%40b:p:%25@proxy:1', 'x');
    expect({ username, password }).toEqual({ username: 'a@b', password: 'p:%' });
  });

  it.each(['http://', 'ftp://proxy', 'http://a b', 'http://proxy:99999', 'http://u:%zz@proxy', 'http://me:secret@'])(
    '%s is refused by name, without its password',
    (text) => {
      const failure = (() => {
        try {
          return parseProxyUrl(text, 'HTTPS_PROXY');
        } catch (error) {
          return error;
        }
      })();
      expect(failure).toBeInstanceOf(PushboatError);
      expect(failure).toMatchObject({ code: 'PROXY_INVALID', message: expect.stringMatching(/^HTTPS_PROXY is not/) });
      expect(String(failure)).not.toContain('secret');
    },
  );
});

describe('the proxy of a registry', () => {
  test('is that of its scheme, in lower letters before upper ones, and ALL_PROXY where that is not set', async () => {
    const env = { HTTPS_PROXY: 'upper:1', https_proxy: 'lower:2', HTTP_PROXY: 'plain:3' };
    expect(await chosen(HTTPS, env)).toBe('http://lower:2 (https_proxy)');
    expect(await chosen(HTTP, env)).toBe('http://plain:3 (HTTP_PROXY)');
    expect(await chosen(HTTP, { ALL_PROXY: 'socks5://s' })).toBe('socks5://s:1080 (ALL_PROXY)');
    expect(await chosen(HTTPS, { HTTP_PROXY: 'plain:3', HTTPS_PROXY: '' })).toBe('direct: default');
  });

  test('is none for this computer, and where NO_PROXY says so', async () => {
    const env = { HTTPS_PROXY: 'p:1', NO_PROXY: '.example.com' };
    expect(await chosen(HTTPS, env)).toBe('direct: environment NO_PROXY');
    for (const host of ['localhost:5000', '127.0.0.9', '[::1]:5000'])
      expect(await chosen(new URL(`https://${host}/`), { HTTPS_PROXY: 'p:1' })).toBe('direct: loopback');
  });

  test('that is set for the registry counts more than both, also where it is none', async () => {
    const env = { HTTPS_PROXY: 'p:1', NO_PROXY: '*' };
    expect(await chosen(HTTPS, env, 'mine:3128')).toBe('http://mine:3128 (settings)');
    expect(await chosen(HTTPS, { HTTPS_PROXY: 'p:1' }, 'direct')).toBe('direct: settings');
    const elsewhere = new URL('https://auth.example.com/token');
    const own = { text: 'mine:3128', apiHost: 'reg.example.com' };
    expect((await chooseProxy(elsewhere, { env: {} }, own)).proxy).toMatchObject({ host: 'mine' });
    expect((await chooseProxy(elsewhere, { env }, own)).proxy).toBeUndefined();
  });

  test('is that of the desktop’s settings where no variable is set', async () => {
    const system = (rules: string) => ({ env: {}, systemProxy: async () => rules });
    const of = async (rules: string) => {
      const { proxy, origin } = await chooseProxy(HTTPS, system(rules));
      return [proxy && proxyText(proxy), origin.kind];
    };
    expect(await of('PROXY corp:3128; DIRECT')).toEqual(['http://corp:3128', 'system']);
    expect(await of('SOCKS5 corp:1080')).toEqual(['socks5://corp:1080', 'system']);
    expect(await of('HTTPS corp:443')).toEqual(['https://corp:443', 'system']);
    expect(await of('DIRECT')).toEqual([undefined, 'default']);
  });

  test('that cannot be understood is an error that names the variable', async () => {
    await expect(chosen(HTTPS, { ALL_PROXY: 'http://:80' })).rejects.toMatchObject({
      code: 'PROXY_INVALID',
      message: expect.stringContaining('ALL_PROXY'),
    });
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['example.com', true],
    ['EXAMPLE.com', true],
    ['.example.com', true],
    ['*.example.com', true],
    ['reg.example.com', true],
    ['.reg.example.com', false],
    ['ample.com', false],
    ['example.com:443', true],
    ['example.com:8443', false],
    ['other, *', true],
    ['10.0.0.0/8', false],
    ['!!, ///, :1, 10.0.0/8, [::', false],
  ])('%s: reg.example.com is in it: %s', (list, isIn) => {
    expect(isInNoProxy(HTTPS, list)).toBe(isIn);
  });

  it.each([
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3:5000', '10.1.2.3:5000', true],
    ['10.1.2.3:5001', '10.1.2.3:5000', false],
    ['[fd00::2]', 'fd00::/8', true],
    ['[fd00::2]', 'fd00:0:0::2', true],
    ['[fd00::2]:5000', '[fd00::2]:5000', true],
    ['[fe00::2]', 'fd00::/8', false],
    ['10.1.2.3', '10.0.0.0/33', false],
    ['10.1.2.3', '.2.3', true],
    ['10.1.2.3', '10.1.2', false],
  ])('host %s, list %s: %s', (host, list, isIn) => {
    expect(isInNoProxy(new URL(`https://${host}/`), list)).toBe(isIn);
  });
});
