import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeAuth } from '../../../../electron/credentials/auth-file.ts';
import { type CredentialOptions, createCredentials } from '../../../../electron/credentials/credentials.ts';
import { askHelper } from '../../../../electron/credentials/helper.ts';
import type { CredentialService, VaultCipher } from '../../../../electron/credentials/types.ts';
import { saveEntry } from '../../../../electron/credentials/write.ts';
import { Problems } from '../../../../shared/emitter.ts';
import type { ErrorData } from '../../../../shared/errors.ts';
import { makePipe } from '../../../fixtures/make-pipe.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let folder: TempDir;
let home: string;
let dataDir: string;
/** What the credentials told while they were asked. */
let problems: string[];

beforeEach(async () => {
  folder = await makeTempDir('credentials');
  home = join(folder.path, 'home');
  dataDir = join(folder.path, 'data');
  problems = [];
});

afterEach(() => folder.remove());

/** Writes the text in hexadecimal: enough to see that what is written is not the password. */
const cipher: VaultCipher = {
  unavailable: async () => undefined,
  encrypt: async (text) => Buffer.from(`sealed:${Buffer.from(text).toString('hex')}`),
  decrypt: async (bytes) => {
    const text = Buffer.from(bytes).toString();
    if (!text.startsWith('sealed:')) throw new Error('wrong key');
    return Buffer.from(text.slice(7), 'hex').toString();
  },
};

function open(options: Partial<CredentialOptions> = {}, env: Record<string, string> = {}): CredentialService {
  const imageStoreAuthFile = join(folder.path, 'ar', 'auth.json');
  const told = new Problems();
  told.subscribe(({ message }) => problems.push(message));
  const onProblem = (problem: ErrorData) => told.add(problem);
  return createCredentials({ dataDir, homeDir: home, env, imageStoreAuthFile, onProblem, ...options });
}

async function write(path: string, value: unknown): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

function auths(username: string, key = 'a.example'): { auths: object } {
  return { auths: { [key]: { auth: encodeAuth(username, 'pw') } } };
}

/** A credential helper in a folder of its own, as a shell script. */
async function makeHelper(name: string, script: string): Promise<Record<string, string>> {
  const bin = join(folder.path, 'bin');
  const path = await write(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
}

const docker = () => join(home, '.docker', 'config.json');

describe('a login', () => {
  it.each(['s3cret', Buffer.from('s3cret').toString('base64'), '!!'])(
    'that cannot be decoded (%s) is told for its registry alone, without what it holds',
    async (auth) => {
      await write(docker(), {
        auths: { 'https://a.example/v1/': { auth }, 'b.example': {}, 'c.example': { auth: '' } },
      });
      const service = open();
      for (const registry of ['b.example', 'c.example', 'd.example'])
        expect(await service.find(registry)).toBeUndefined();
      expect(problems).toEqual([]);
      expect(await service.find('a.example')).toBeUndefined();
      expect(problems).toEqual([
        expect.stringMatching(/config\.json cannot be used: the auth of https:\/\/a\.example/),
      ]);
      expect(problems.join()).not.toContain(auth);
    },
  );

  it('is looked for in one place after the other, and says where it came from', async () => {
    const runtime = join(folder.path, 'run');
    const places = [
      await write(join(folder.path, 'ar', 'auth.json'), {
        registries: { 'a.example': { username: 'store', password: 'pw' } },
      }),
      await write(join(home, '.dockercfg'), { 'a.example': { auth: encodeAuth('dockercfg', 'pw') } }),
      await write(docker(), auths('docker')),
      await write(join(home, '.config', 'containers', 'auth.json'), auths('containers')),
      await write(join(runtime, 'containers', 'auth.json'), auths('runtime')),
      await write(join(folder.path, 'env.json'), auths('env')),
    ];
    const names = ['store', 'dockercfg', 'docker', 'containers', 'runtime', 'env'];
    const env = { XDG_RUNTIME_DIR: runtime, REGISTRY_AUTH_FILE: join(folder.path, 'env.json') };
    for (let i = places.length - 1; i >= 0; i--) {
      const login = await open({}, env).find('a.example', 'x/y');
      expect(login).toMatchObject({
        username: names[i],
        password: 'pw',
        origin: { kind: 'file', path: places[i], key: 'a.example' },
      });
      await rename(places[i] ?? '', `${places[i]}.off`);
    }
    expect(await open({}, env).find('a.example')).toBeUndefined();
  });

  it('that is given or of the session comes before all files', async () => {
    await write(docker(), auths('docker'));
    const credentials = open();
    await credentials.save('a.example', { username: 'session', password: 'pw' }, 'session');
    expect(await credentials.find('a.example')).toMatchObject({ username: 'session', origin: { kind: 'session' } });
    const given = { username: 'given', password: 'pw', origin: { kind: 'command-line' } } as const;
    credentials.give(given);
    expect(await credentials.find('a.example')).toBe(given);
  });

  it('of a named file comes before the vault, and no other file is read', async () => {
    await write(docker(), auths('docker'));
    const authFile = await write(join(folder.path, 'named.json'), auths('named', 'b.example'));
    const credentials = open({ authFile, cipher });
    await credentials.save('b.example', { username: 'vault', password: 'pw' }, 'vault');
    expect(await credentials.find('b.example')).toMatchObject({ username: 'named' });
    expect(await credentials.find('a.example')).toBeUndefined();
  });

  it('for Docker Hub is found under each of its keys', async () => {
    for (const key of ['https://index.docker.io/v1/', 'docker.io', 'registry-1.docker.io']) {
      await write(docker(), auths('hub', key));
      expect(await open().find('docker.io', 'library/alpine')).toMatchObject({ username: 'hub', origin: { key } });
    }
  });

  it.each(['utf8', 'utf16le'] as const)('is read behind a byte order mark (%s)', async (encoding) => {
    await mkdir(dirname(docker()), { recursive: true });
    await writeFile(docker(), Buffer.from(`\ufeff${JSON.stringify(auths('ann'))}`, encoding));
    const service = open();
    expect(await service.find('a.example')).toMatchObject({ username: 'ann', password: 'pw' });
    await service.save('b.example', { username: 'bob', password: 'pw' }, 'docker-file');
    expect(await open().find('a.example')).toMatchObject({ username: 'ann' });
    expect(problems).toEqual([]);
  });

  it('is found in $DOCKER_CONFIG', async () => {
    await write(join(folder.path, 'dc', 'config.json'), auths('moved'));
    await write(docker(), auths('docker'));
    expect(await open({}, { DOCKER_CONFIG: join(folder.path, 'dc') }).find('a.example')).toMatchObject({
      username: 'moved',
    });
  });
});

describe('a file that cannot be used', () => {
  it('is a warning, said once, and the next file is asked', async () => {
    await write(join(home, '.config', 'containers', 'auth.json'), '{"auths": {"a.example": {"auth": "c2Vj');
    await write(docker(), auths('docker'));
    const credentials = open();
    expect(await credentials.find('a.example')).toMatchObject({ username: 'docker' });
    await credentials.find('a.example');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('auth.json');
  });

  it('is a failure when it was named', async () => {
    const authFile = await write(join(folder.path, 'named.json'), 'nonsense');
    await expect(open({ authFile }).find('a.example')).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE' });
    await expect(open({ authFile: join(folder.path, 'nowhere') }).find('a.example')).rejects.toThrow(/does not exist/);
  });
});

describe('a credential helper', () => {
  it('is asked on its standard input, and never by arguments', async () => {
    const seen = join(folder.path, 'seen');
    const env = await makeHelper(
      'test',
      `echo "$@" > ${seen}; cat >> ${seen}; echo '{"ServerURL":"x","Username":"helped","Secret":"s3"}'`,
    );
    await write(docker(), { credHelpers: { 'a.example': 'test' }, ...auths('docker') });
    expect(await open({}, env).find('a.example')).toMatchObject({
      username: 'helped',
      password: 's3',
      origin: { path: docker(), key: 'docker-credential-test' },
    });
    expect((await readFile(seen, 'utf8')).split('\n')).toEqual(['get', 'a.example']);
  });

  it('for all registries is asked for Docker Hub by its own key, and may give a token', async () => {
    const env = await makeHelper(
      'all',
      `read server; [ "$server" = https://index.docker.io/v1/ ] && echo '{"Username":"<token>","Secret":"t0"}' || { echo "credentials not found in native keychain"; exit 1; }`,
    );
    await write(docker(), { credsStore: 'all', ...auths('docker') });
    const credentials = open({}, env);
    expect(await credentials.find('docker.io', 'a/b')).toMatchObject({ username: '<token>', identityToken: 't0' });
    expect(await credentials.find('a.example')).toMatchObject({ username: 'docker' });
    expect(problems).toEqual([]);
  });

  it.each([
    ['is missing', 'nowhere', /docker-credential-nowhere.*not installed/],
    ['fails', 'broken', /the keychain is locked/],
    ['fails and says why on stderr', 'mute', /cannot be used: error: the AWS token has expired\. /],
    ['answers nonsense', 'odd', /its answer is not valid/],
    ['has a name that is a path', '../../bin/x', /its name is not valid/],
  ])('that %s is a warning, and the file is asked', async (_how, name, warning) => {
    await makeHelper('broken', 'echo the keychain is locked; exit 1');
    await makeHelper('mute', 'echo loading >&2; echo error: the AWS token has expired. >&2; exit 1');
    const env = await makeHelper('odd', 'echo hello');
    await write(docker(), { credsStore: name, ...auths('docker') });
    const credentials = open({}, env);
    expect(await credentials.find('a.example')).toMatchObject({ username: 'docker' });
    expect(problems).toEqual([expect.stringMatching(warning)]);
  });

  it('that fails is asked once by all the questions of a push, and told once', async () => {
    const calls = join(folder.path, 'calls');
    const env = await makeHelper('counted', `echo one >>'${calls}'; echo the keychain is locked; exit 1`);
    await write(docker(), { credsStore: 'counted' });
    const credentials = open({}, env);
    await Promise.all([credentials.find('a.example', 'a/b'), credentials.find('a.example')]);
    expect(await credentials.find('a.example', 'a/b')).toBeUndefined();
    expect(await readFile(calls, 'utf8')).toBe('one\n');
    expect(problems).toHaveLength(1);
  });

  it('whose interpreter is missing is not said to be missing itself', async () => {
    const env = await makeHelper('script', '');
    await write(join(folder.path, 'bin', 'docker-credential-script'), '#!/nowhere/python\n');
    await write(docker(), { credsStore: 'script', ...auths('docker') });
    expect(await open({}, env).find('a.example')).toMatchObject({ username: 'docker' });
    expect(problems).toEqual([expect.stringMatching(/docker-credential-script cannot be used: the program is there/)]);
  });

  it('may write what it likes behind its answer, and leave something running that holds its output', async () => {
    const env = await makeHelper(
      'chatty',
      `cat >/dev/null; echo '{"Username":"ann","Secret":"a}b\\"{c"}'; echo 'WARN: {"update": 1}'; sleep 30 &`,
    );
    await write(docker(), { credsStore: 'chatty' });
    const started = performance.now();
    expect(await open({}, env).find('a.example')).toMatchObject({ username: 'ann', password: 'a}b"{c' });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('that does not answer is killed with all that it has started', async () => {
    const pids = join(folder.path, 'pids');
    const env = await makeHelper('silent', `sleep 60 & echo "$$ $!" >'${pids}'; wait`);
    await expect(askHelper('silent', 'a.example', env, 1_000)).rejects.toMatchObject({
      code: 'CREDENTIALS_UNREADABLE',
      message: expect.stringContaining('did not answer within 1 s'),
    });
    const isAlive = (pid: string): boolean => {
      const state = /\) (\w)/.exec(
        existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '',
      )?.[1];
      return state !== undefined && state !== 'Z';
    };
    const started = (await readFile(pids, 'utf8')).trim().split(' ');
    expect(started).toHaveLength(2);
    await vi.waitFor(() => expect(started.filter(isAlive)).toEqual([]));
  });

  it('is for whole hosts, and none where its name is empty', async () => {
    const seen = join(folder.path, 'seen');
    const env = await makeHelper('own', `cat >>'${seen}'; echo >>'${seen}'; echo 'credentials not found'; exit 1`);
    const credHelpers = { 'a.example/team': 'own', example: 'own', 'b.example': 'own', 'c.example': '' };
    await write(docker(), { credHelpers, auths: auths('ann', 'c.example').auths, credsStore: 'missing' });
    const service = open({}, env);
    await service.find('b.example', 'team/app');
    expect(await service.find('c.example')).toMatchObject({ username: 'ann' });
    expect(problems).toEqual([]);
    await service.find('a.example', 'team/app');
    expect(problems).toEqual([expect.stringContaining('docker-credential-missing')]);
    expect((await readFile(seen, 'utf8')).trim()).toBe('b.example');
  });

  it('may say on stderr that it has nothing, and name its fields in any case', async () => {
    const env = await makeHelper(
      'lower',
      `read s; [ "$s" = a.example ] && echo '{"username":"ann","secret":"pw"}' || { echo 'credentials not found' >&2; exit 1; }`,
    );
    await write(docker(), { credsStore: 'lower' });
    expect(await open({}, env).find('a.example')).toMatchObject({ username: 'ann', password: 'pw' });
    expect(await open({}, env).find('b.example')).toBeUndefined();
    expect(problems).toEqual([]);
  });

  it('is asked for Docker Hub by Docker’s key and by Podman’s', async () => {
    const env = await makeHelper(
      'podman',
      `read s; [ "$s" = docker.io ] && echo '{"Username":"ann","Secret":"pw"}' || { echo 'credentials not found'; exit 1; }`,
    );
    await write(docker(), { credsStore: 'podman' });
    expect(await open({}, env).find('docker.io')).toMatchObject({ username: 'ann' });
  });

  it('keeps what is saved where Docker’s file names one', async () => {
    const kept = join(folder.path, 'kept');
    const env = await makeHelper(
      'test',
      `case "$1" in store) cat > ${kept};; get) cat ${kept};; erase) rm ${kept};; esac`,
    );
    await write(docker(), { credsStore: 'test' });
    const credentials = open({}, env);
    await credentials.save('a.example', { username: 'ann', password: 'pw' }, 'docker-file');
    expect(await readFile(docker(), 'utf8')).not.toContain(encodeAuth('ann', 'pw'));
    expect(await credentials.find('a.example')).toMatchObject({ username: 'ann', password: 'pw' });
    expect(await credentials.remove('a.example')).toMatchObject([{ username: 'ann' }]);
    expect(await credentials.remove('a.example')).toEqual([]);
  });
});

it('a helper that makes its logins itself is told as that, with what else can be done', async () => {
  const env = await makeHelper('ecr-login', 'echo "not implemented"; exit 1');
  await write(docker(), { credsStore: 'ecr-login' });
  const credentials = open({}, env);
  const saving = credentials.save('a.example', { username: 'ann', password: 'pw' }, 'docker-file');
  await expect(saving).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE', hint: 'keep-elsewhere' });
  expect(await readFile(docker(), 'utf8')).not.toContain('a.example');
  await credentials.save('a.example', { username: 'ann', password: 'pw' }, 'containers-file');
  expect(await credentials.find('a.example')).toMatchObject({ username: 'ann', password: 'pw' });
});

describe('an installed credential helper', () => {
  it('is offered, those of the provider as such, and no more when it keeps the logins already', async () => {
    const env = await makeHelper('ecr-login', 'exit 0');
    await makeHelper('pass', 'exit 0');
    await write(join(folder.path, 'bin', 'docker-credential-broken'), 'not executable');
    const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
    const PATH = join(folder.path, 'bin');
    expect((await open({}, { ...env, PATH }).rememberOptions(host)).helpers).toEqual([
      { name: 'ecr-login', isProvider: true },
      { name: 'pass', isProvider: false },
    ]);
    // Another provider's registry has no use for it.
    expect((await open({}, { PATH }).rememberOptions('ghcr.io')).helpers).toEqual([
      { name: 'pass', isProvider: false },
    ]);
    await write(docker(), { credHelpers: { [host]: 'ecr-login' } });
    expect((await open({}, { PATH }).rememberOptions(host)).helpers).toEqual([{ name: 'pass', isProvider: false }]);
  });

  it('keeps the logins of one registry when it is chosen; what else Docker’s file holds stays', async () => {
    const store = join(folder.path, 'kept');
    const env = await makeHelper('box', `case $1 in store) cat > ${store};; get) cat > /dev/null; cat ${store};; esac`);
    await write(docker(), { auths: { 'a.example': { auth: 'x' }, 'b.example': { auth: encodeAuth('bob', 'pw') } } });
    const credentials = open({}, env);
    await credentials.useHelper('a.example', 'box', { username: 'ann', password: 'boxed' });
    expect(JSON.parse(await readFile(docker(), 'utf8'))).toEqual({
      auths: { 'b.example': { auth: encodeAuth('bob', 'pw') } },
      credHelpers: { 'a.example': 'box' },
    });
    expect(await credentials.find('a.example')).toMatchObject({
      username: 'ann',
      password: 'boxed',
      origin: { key: 'docker-credential-box' },
    });
  });

  it.each([
    ['has nothing afterwards', 'echo "credentials not found"; exit 1', /it has no login for a\.example/],
    ['gives another one', `echo '{"Username":"ann","Secret":"old"}'`, /and then gives another one/],
  ])('that says it has stored a login and %s changes nothing in Docker’s file', async (_, get, words) => {
    const env = await makeHelper('liar', `cat > /dev/null; case $1 in get) ${get};; esac`);
    const file = await write(docker(), auths('ann'));
    const before = await readFile(file, 'utf8');
    const using = open({}, env).useHelper('a.example', 'liar', { username: 'ann', password: 'new' });
    await expect(using).rejects.toThrow(words);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('that has nothing for the registry is not taken for one that has', async () => {
    const env = await makeHelper('empty', 'echo "credentials not found in native keychain"; exit 1');
    await expect(open({}, env).askHelper('a.example', 'empty')).rejects.toThrow(/it has no login for a\.example/);
  });

  it('that gives a secret without a user name is left out, and said', async () => {
    const env = await makeHelper('liar', `echo '{"ServerURL":"a.example","Username":"","Secret":"s"}'`);
    await write(docker(), { credsStore: 'liar' });
    expect(await open({}, env).find('a.example')).toBeUndefined();
    expect(problems[0]).toMatch(/docker-credential-liar cannot be used: its answer has a secret and no user name/);
  });
});

describe('the variable DOCKER_AUTH_CONFIG', () => {
  it('comes before all files, names no helpers, and is not a place to sign out from', async () => {
    await write(docker(), auths('docker'));
    const content = JSON.stringify({ ...auths('variable'), credsStore: 'none-such' });
    const credentials = open({}, { DOCKER_AUTH_CONFIG: content });
    expect(await credentials.find('a.example')).toMatchObject({
      username: 'variable',
      origin: { kind: 'environment' },
    });
    expect((await credentials.remove('a.example')).map(({ username }) => username)).toEqual(['docker']);
    expect(await credentials.find('a.example')).toMatchObject({ username: 'variable' });
    expect(problems).toEqual([expect.stringMatching(/DOCKER_AUTH_CONFIG stays: unset the variable/)]);
  });

  it('that is no JSON is told without its content, and the files are asked', async () => {
    await write(docker(), auths('docker'));
    expect(await open({}, { DOCKER_AUTH_CONFIG: '{"auths": s3cret}' }).find('a.example')).toMatchObject({
      username: 'docker',
    });
    expect(problems[0]).toMatch(/The logins in DOCKER_AUTH_CONFIG cannot be used: it is not valid JSON/);
    expect(problems[0]).not.toContain('s3cret');
  });
});

describe('several accounts of one registry', () => {
  it.each(['session', 'vault', 'containers-file'] as const)('each have their namespace (%s)', async (where) => {
    const credentials = open({ cipher });
    await credentials.save('a.example', { username: 'all', password: 'pw' }, where);
    const info = await credentials.save('a.example/acme', { username: 'acme', password: 'pw2' }, where);
    expect(info).toMatchObject({ registry: 'a.example', namespace: 'acme' });
    const userFor = async (repository?: string) => (await credentials.find('a.example', repository))?.username;
    expect([await userFor(), await userFor('web'), await userFor('acme/web'), await userFor('acmeweb')]).toEqual([
      'all',
      'all',
      'acme',
      'all',
    ]);
    await credentials.remove('a.example/acme');
    expect(await userFor('acme/web')).toBe('all');
  });

  it.each(['docker-file', 'image-store'] as const)(
    'are not kept where a tool would use them for all (%s)',
    async (where) => {
      await expect(open().save('a.example/acme', { username: 'ann', password: 'pw' }, where)).rejects.toThrow(
        /keeps one login for all of a\.example/,
      );
    },
  );
});

describe('the auth file of the image store', () => {
  it('is written for its owner only, and keeps the other entries', async () => {
    const path = await write(join(folder.path, 'ar', 'auth.json'), {
      registries: { 'b.example': { username: 'bob', password: 'pw' } },
      other: 1,
    });
    await chmod(path, 0o644);
    const credentials = open();
    expect((await credentials.rememberOptions()).available).toContain('image-store');
    await credentials.save('a.example', { username: 'ann', password: 'pw' }, 'image-store');
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      registries: { 'a.example': { auth: encodeAuth('ann', 'pw') }, 'b.example': { username: 'bob', password: 'pw' } },
      other: 1,
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await open().find('a.example')).toMatchObject({ username: 'ann', origin: { path } });
  });
});

describe('HttpHeaders of Docker’s config.json', () => {
  it('are those that can be sent; of others it is told, without their values', async () => {
    await write(docker(), { HttpHeaders: { 'X-Team': 'blue', Authorization: 's3cret', 'bad name': 'x' } });
    expect(await open().httpHeaders()).toEqual({ 'X-Team': 'blue' });
    expect(problems.join('\n')).toMatch(/"Authorization" of HttpHeaders[^]*"bad name"/);
    expect(problems.join('\n')).not.toContain('s3cret');
  });
});

describe('the vault', () => {
  it('keeps logins encrypted, in a file for its owner only', async () => {
    await open({ cipher }).save('a.example', { username: 'ann', password: 'hunter2' }, 'vault');
    const file = join(dataDir, 'vault.json');
    expect(await readFile(file, 'utf8')).not.toContain('hunter2');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    const credentials = open({ cipher });
    expect(await credentials.find('a.example')).toEqual({
      username: 'ann',
      password: 'hunter2',
      origin: { kind: 'vault' },
    });
    expect(await credentials.list()).toEqual([{ registry: 'a.example', username: 'ann', origin: { kind: 'vault' } }]);
    expect(await credentials.remove('a.example')).toEqual([
      { registry: 'a.example', username: 'ann', origin: { kind: 'vault' } },
    ]);
    expect(await credentials.find('a.example')).toBeUndefined();
    expect(await readdir(dataDir)).toEqual(['vault.json']);
  });

  it('that cannot be used says why, and is not offered', async () => {
    const credentials = open({ cipher: { ...cipher, unavailable: async () => 'There is no keyring.' } });
    expect(await credentials.rememberOptions()).toEqual({
      available: ['session', 'docker-file', 'containers-file'],
      vaultUnavailable: 'There is no keyring.',
    });
    await expect(credentials.save('a.example', { username: 'ann', password: 'pw' }, 'vault')).rejects.toMatchObject({
      code: 'VAULT_UNAVAILABLE',
      facts: { detail: 'There is no keyring.' },
    });
    expect((await open().rememberOptions()).vaultUnavailable).toBeDefined();
    expect((await open({ cipher }).rememberOptions()).available[0]).toBe('vault');
  });

  it('with another key warns and is left out', async () => {
    await write(join(dataDir, 'vault.json'), {
      version: 1,
      entries: { 'a.example': { username: 'ann', sealed: 'AAAA' } },
    });
    const credentials = open({ cipher });
    expect(await credentials.find('a.example')).toBeUndefined();
    expect(problems[0]).toContain('cannot be decrypted');
  });

  it('that is damaged is set aside', async () => {
    await write(join(dataDir, 'vault.json'), '{"version": 1, "entr');
    const credentials = open({ cipher });
    expect(await credentials.find('a.example')).toBeUndefined();
    expect(problems[0]).toContain('damaged');
    await credentials.save('a.example', { username: 'ann', password: 'pw' }, 'vault');
    expect((await readdir(dataDir)).sort()).toEqual(['vault.json', expect.stringMatching(/^vault\.json\.damaged-/)]);
  });
});

describe('an auth file that is written', () => {
  it('keeps all that other tools put there, their indentation, and its permissions', async () => {
    const before = { auths: { 'b.example': { auth: 'x' } }, HttpHeaders: { a: 'b' }, credHelpers: {} };
    await write(docker(), JSON.stringify(before, null, 4));
    await chmod(docker(), 0o640);
    await open().save('a.example', { username: 'ann', password: 'pw' }, 'docker-file');
    const text = await readFile(docker(), 'utf8');
    expect(JSON.parse(text)).toEqual({
      ...before,
      auths: { ...before.auths, 'a.example': { auth: encodeAuth('ann', 'pw') } },
    });
    expect(text).toContain('\n    "auths"');
    expect((await stat(docker())).mode & 0o777).toBe(0o640);
    expect(await readdir(dirname(docker()))).toEqual(['config.json']);
  });

  it('is for its owner only when it is new, also where a link leads', async () => {
    await mkdir(dirname(docker()), { recursive: true });
    await symlink('../elsewhere.json', docker());
    await open().save('a.example', { username: 'ann', password: 'pw' }, 'docker-file');
    expect((await lstat(docker())).isSymbolicLink()).toBe(true);
    expect((await stat(join(home, 'elsewhere.json'))).mode & 0o777).toBe(0o600);
    expect(await open().find('a.example')).toMatchObject({ username: 'ann', password: 'pw' });
  });

  it('is no pipe and no folder: they stay, and it is said what they are', async () => {
    for (const [kind, make] of [
      ['pipe', () => makePipe(docker())],
      ['folder', () => mkdir(docker())],
    ] as const) {
      await mkdir(dirname(docker()), { recursive: true });
      await make();
      const saved = open().save('a.example', { username: 'ann', password: 'pw' }, 'docker-file');
      await expect(saved).rejects.toMatchObject({
        code: 'CREDENTIALS_UNREADABLE',
        message: expect.stringContaining(`${docker()} cannot be used: it is a ${kind}, not a file`) as string,
      });
      expect(await readdir(dirname(docker()))).toEqual(['config.json']);
      await rm(docker(), { recursive: true });
    }
  });

  it('has Docker’s own key for Docker Hub once', async () => {
    await write(docker(), auths('old', 'docker.io'));
    await open().save('docker.io', { username: 'ann', password: 'pw' }, 'docker-file');
    expect(Object.keys(JSON.parse(await readFile(docker(), 'utf8')).auths)).toEqual(['https://index.docker.io/v1/']);
  });

  it('of containers is where podman looks', async () => {
    const runtime = join(folder.path, 'run');
    const info = await open({}, { XDG_RUNTIME_DIR: runtime }).save(
      'a.example',
      { username: 'ann', password: 'pw' },
      'containers-file',
    );
    expect(info.origin.path).toBe(join(runtime, 'containers', 'auth.json'));
    expect((await open().save('a.example', { username: 'ann', password: 'pw' }, 'containers-file')).origin.path).toBe(
      join(home, '.config', 'containers', 'auth.json'),
    );
  });

  it('loses no login when many are written at once, also by programs that know no lock', async () => {
    const ours = Array.from({ length: 8 }, (_, i) => `r${i}.example`);
    const theirs: string[] = [];
    await write(docker(), { auths: {} });
    // Another program that reads, changes and renames in one go, in the middle of ours; less often than ours try again.
    const change = () => {
      if (theirs.length === 40) return;
      const file = JSON.parse(readFileSync(docker(), 'utf8'));
      const name = `s${theirs.length}.example`;
      theirs.push(name);
      writeFileSync(`${docker()}.x`, JSON.stringify({ ...file, auths: { ...file.auths, [name]: {} } }));
      renameSync(`${docker()}.x`, docker());
    };
    change();
    const stranger = setInterval(change, 3);
    await Promise.all(
      ours.map((name) => saveEntry({ path: docker(), format: 'docker' }, name, { username: name, password: 'pw' })),
    ).finally(() => {
      clearInterval(stranger);
    });
    expect(Object.keys(JSON.parse(await readFile(docker(), 'utf8')).auths).sort()).toEqual([...ours, ...theirs].sort());
  });

  it('that is a link stays one', async () => {
    const real = await write(join(folder.path, 'dotfiles', 'config.json'), {});
    await mkdir(dirname(docker()), { recursive: true });
    await symlink(real, docker());
    await open().save('a.example', { username: 'ann', password: 'pw' }, 'docker-file');
    expect(JSON.parse(await readFile(real, 'utf8')).auths).toHaveProperty(['a.example']);
  });

  it('that is damaged is not overwritten', async () => {
    await write(docker(), '{"auths": ');
    await expect(open().save('a.example', { username: 'ann', password: 'pw' }, 'docker-file')).rejects.toMatchObject({
      code: 'CREDENTIALS_UNREADABLE',
    });
    expect(await readFile(docker(), 'utf8')).toBe('{"auths": ');
  });

  it('does not let an older login of an earlier file hide the new one', async () => {
    await write(join(home, '.config', 'containers', 'auth.json'), auths('old'));
    const credentials = open();
    await credentials.save('a.example', { username: 'new', password: 'new-pw' }, 'docker-file');
    expect(await credentials.find('a.example')).toMatchObject({ username: 'new' });
    expect(problems[0]).toContain('An older login for a.example');
  });
});

describe('signing out', () => {
  it('removes the login everywhere, and says from where', async () => {
    await write(docker(), {
      auths: {
        'https://a.example/v2/': { auth: encodeAuth('ann', 'pw') },
        'b.example': { auth: encodeAuth('bob', 'pw') },
      },
    });
    await write(join(folder.path, 'ar', 'auth.json'), {
      registries: { 'a.example': { username: 'store', password: 'pw' } },
    });
    const credentials = open({ cipher });
    await credentials.save('a.example', { username: 'sealed', password: 'pw' }, 'vault');
    await credentials.save('a.example', { username: 'now', password: 'pw' }, 'session');
    const removed = await credentials.remove('A.example');
    expect(removed.map(({ username, origin }) => [username, origin.kind])).toEqual([
      ['now', 'session'],
      ['sealed', 'vault'],
      ['ann', 'file'],
      ['store', 'file'],
    ]);
    expect(await credentials.find('a.example')).toBeUndefined();
    expect(await credentials.find('b.example')).toMatchObject({ username: 'bob' });
    expect(await credentials.remove('a.example')).toEqual([]);
  });
});
