import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../../../electron/cli/program.ts';
import { createCredentials } from '../../../../../electron/credentials/credentials.ts';
import { makeCertificates } from '../../../../fixtures/certificates.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { makeIo, makeTerminal } from '../terminal.ts';

let home: TempDir;

beforeEach(async () => {
  home = await makeTempDir('registry-command');
});
afterEach(() => home.remove());

async function pushboat(...args: string[]): Promise<{ out: string; err: string }> {
  const { io, stdout, stderr } = makeIo('', { HOME: home.path, PUSHBOAT_DATA_DIR: home.path });
  await runCommandLine(args, io);
  return { out: stdout(), err: stderr() };
}

async function shown(host: string): Promise<object> {
  return JSON.parse((await pushboat('registry', 'show', host, '--json')).out) as object;
}

describe('pushboat registry', () => {
  test('sets what the window can set, one field at a time, and takes it back', async () => {
    await pushboat('registry', 'set', 'r.example', '--parallel', '3', '--chunk-size', '16MiB');
    await pushboat('registry', 'set', 'r.example', '--tls-verify=false', '--retry-for', '2m');
    expect(await shown('r.example')).toMatchObject({
      type: 'registry',
      registry: 'r.example',
      verify: false,
      set: { maxUploads: 3, chunkSize: 16_777_216, tls: 'no-verify', retryForSeconds: 120 },
    });
    await pushboat('registry', 'set', 'r.example', '--parallel=default', '--retry-for=default', '--plain-http');
    expect(await shown('r.example')).toMatchObject({ set: { chunkSize: 16_777_216, tls: 'plain-http' } });
    expect(await shown('r.example')).not.toHaveProperty('set.maxUploads');
    expect(await shown('r.example')).not.toHaveProperty('set.retryForSeconds');
    await pushboat('registry', 'set', 'r.example', '--requests=8', '--proxy', 'direct');
    expect(await shown('r.example')).toMatchObject({ set: { maxRequests: 8, proxy: 'direct' } });
    expect((await pushboat('registry', 'remove', 'r.example')).out).toMatch(/Forgot what was set for r\.example/);
    expect(await shown('r.example')).toMatchObject({ verify: true, set: {} });
    expect((await pushboat('registry', 'remove', 'r.example')).out).toMatch(/Nothing was set/);
  });

  test('lists registries that have settings or a login', async () => {
    await writeFile(join(home.path, 'auth.json'), JSON.stringify({ auths: { 'q.example': { auth: btoa('ann:pw') } } }));
    await pushboat('registry', 'set', 'r.example:5000', '--plain-http');
    const { io, stdout } = makeIo('', {
      HOME: home.path,
      PUSHBOAT_DATA_DIR: home.path,
      REGISTRY_AUTH_FILE: join(home.path, 'auth.json'),
    });
    await runCommandLine(['registry', 'list'], io);
    const lines = stdout().trim().split('\n');
    expect(lines[1]).toMatch(/^q\.example +HTTPS +ann \(from .*auth\.json\)$/);
    expect(lines[2]).toMatch(/^r\.example:5000 +plain HTTP +none$/);
  });

  test('shows how a registry is reached, and where each part is said', async () => {
    await pushboat('registry', 'set', 'r.example', '--proxy', 'socks5://ann@proxy.example');
    const { out } = await pushboat('registry', 'show', 'r.example');
    expect(out).toMatch(/Proxy: +socks5:\/\/proxy\.example:1080 as ann \(the settings of this registry\)/);
    expect(out).toMatch(/TLS: +verified \(the default\)/);
    await pushboat('registry', 'set', 'r.example', '--proxy', 'default');
    expect(await shown('r.example')).toMatchObject({ proxy: { kind: 'direct' }, tls: { kind: 'verified' }, set: {} });
  });

  test('keeps the password of a proxy as a login, from standard input or as it was asked for, and shows it nowhere', async () => {
    const env = { HOME: home.path, PUSHBOAT_DATA_DIR: home.path };
    const piped = makeIo('s3cret\n', env);
    const proxy = ['registry', 'set', 'r.example', '--proxy', 'http://ann@proxy.example:3128'];
    await runCommandLine([...proxy, '--proxy-password-stdin'], piped.io);
    const terminal = makeTerminal(['0ther'], env);
    await runCommandLine(['registry', 'set', 'q.example', '--proxy', 'socks5://bob@proxy.example'], terminal.io);
    expect(terminal.stderr()).toContain('Password of bob at the proxy proxy.example:1080');
    // It is known now.
    const again = makeTerminal([], env);
    await runCommandLine(['registry', 'set', 'q.example', '--proxy', 'socks5://bob@proxy.example'], again.io);
    expect(again.stderr()).toBe('');
    const settings = await readFile(join(home.path, 'settings.json'), 'utf8');
    const told = [piped, terminal].map(({ stdout, stderr }) => stdout() + stderr()).join('');
    expect(settings + told).not.toMatch(/s3cret|0ther/);
    expect(await shown('r.example')).toMatchObject({ set: { proxy: 'http://ann@proxy.example:3128' } });
    const credentials = createCredentials({ dataDir: home.path, env, homeDir: home.path });
    // What a command gets by --creds is the registry's, and no proxy's.
    credentials.give({ username: 'ann', password: 'the registry’s', origin: { kind: 'command-line' } });
    const logins = await Promise.all(
      ['proxy.example:3128', 'proxy.example:1080'].map((at) => credentials.findKept(at)),
    );
    expect(logins).toMatchObject([
      { username: 'ann', password: 's3cret' },
      { username: 'bob', password: '0ther' },
    ]);
  });

  test.each([
    [['set', 'r.example', '--client-cert', 'a.pem'], /belong together/],
    [['set', 'r.example', '--proxy', 'http://ann:s3cret@proxy.example'], /settings keep no passwords/],
    [['set', 'r.example'], /needs at least one option/],
    [['set', 'r.example', '--proxy-password-stdin'], /needs a proxy with a user name/],
    [['set', 'r.example', '--proxy', 'ann@proxy.example', '--proxy-password-stdin'], /gave no password/],
    [['set', 'r.example', '--retry-for', '48h'], /a day \(24h\) at most/],
    [['set', 'r.example', '--requests', '0'], /number from 1 to 256/],
    [['set', 'r.example', '--plain-http', '--tls-verify'], /contradict each other/],
    [['set', 'r.example', '--parallel', '0'], /number from 1 to 64/],
    [['set', 'r.example', '--chunk-size', 'big'], /a size such as 16M/],
    [['trust', 'r.example', '--fingerprint', 'AA:BB'], /Not a SHA-256 fingerprint/],
  ])('refuses %j', async (args, words) => {
    await expect(pushboat('registry', ...args)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(words) as string,
    });
  });

  test('refuses a proxy without a host, and sets nothing', async () => {
    for (const proxy of ['http://', 'http://:3128', 'ftp://proxy.example', ''])
      await expect(pushboat('registry', 'set', 'r.example', '--proxy', proxy)).rejects.toMatchObject({
        code: 'PROXY_INVALID',
      });
    expect(await shown('r.example')).toMatchObject({ set: {} });
  });

  test('names a client certificate or key that cannot be used, and sets nothing', async () => {
    const { selfSigned, ca } = await makeCertificates();
    const [cert, key] = [join(home.path, 'me.pem'), join(home.path, 'key.pem')];
    await writeFile(cert, selfSigned.cert);
    for (const [content, path] of [
      [undefined, key],
      [ca.key, key],
    ] as const) {
      if (content !== undefined) await writeFile(key, content);
      const set = pushboat('registry', 'set', 'r.example', '--client-cert', cert, '--client-key', key);
      await expect(set).rejects.toMatchObject({ code: 'SETTINGS_UNREADABLE', facts: { path } });
    }
    expect(await shown('r.example')).toMatchObject({ set: {} });
  });

  test('names a CA file that holds no certificate, and sets nothing', async () => {
    const path = join(home.path, 'ca.pem');
    await writeFile(path, 'nothing');
    await expect(pushboat('registry', 'set', 'r.example', '--ca-file', path)).rejects.toMatchObject({
      code: 'SETTINGS_UNREADABLE',
      facts: { path },
    });
    expect(await shown('r.example')).toMatchObject({ set: {} });
  });

  test('trusts the certificate that is named; without a person it only says which one the registry shows', async () => {
    const { selfSigned } = await makeCertificates();
    const server = createServer(selfSigned).listen(0, '127.0.0.1');
    await using _closed = { [Symbol.asyncDispose]: async () => void server.close() };
    await new Promise((resolve) => server.once('listening', resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { io, stderr } = makeIo('', { HOME: home.path, PUSHBOAT_DATA_DIR: home.path });
    await expect(runCommandLine(['registry', 'trust', host], io)).rejects.toMatchObject({ code: 'USAGE' });
    const fingerprint = /SHA-256: +([0-9A-F:]{95})/.exec(stderr())?.[1] ?? '';
    expect(await shown(host)).toMatchObject({ set: {} });
    await pushboat('registry', 'trust', host, '--fingerprint', fingerprint);
    expect(await shown(host)).toMatchObject({ set: { tls: 'pinned', fingerprint256: fingerprint } });
  });
});
