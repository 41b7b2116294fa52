import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { encodeAuth } from '../../../../electron/credentials/auth-file.ts';
import { askHelper } from '../../../../electron/credentials/helper.ts';
import { auths, makeCredentialsScene, write } from './scene.ts';

const scene = makeCredentialsScene();
const { docker, makeHelper, open } = scene;

describe('a credential helper', () => {
  it('is asked on its standard input, and never by arguments', async () => {
    const seen = join(scene.folder.path, 'seen');
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
    expect(scene.problems).toEqual([]);
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
    expect(scene.problems).toEqual([expect.stringMatching(warning)]);
  });

  it('that fails is asked once by all the questions of a push, and told once', async () => {
    const calls = join(scene.folder.path, 'calls');
    const env = await makeHelper('counted', `echo one >>'${calls}'; echo the keychain is locked; exit 1`);
    await write(docker(), { credsStore: 'counted' });
    const credentials = open({}, env);
    await Promise.all([credentials.find('a.example', 'a/b'), credentials.find('a.example')]);
    expect(await credentials.find('a.example', 'a/b')).toBeUndefined();
    expect(await readFile(calls, 'utf8')).toBe('one\n');
    expect(scene.problems).toHaveLength(1);
  });

  it('whose interpreter is missing is not said to be missing itself', async () => {
    const env = await makeHelper('script', '');
    await write(join(scene.folder.path, 'bin', 'docker-credential-script'), '#!/nowhere/python\n');
    await write(docker(), { credsStore: 'script', ...auths('docker') });
    expect(await open({}, env).find('a.example')).toMatchObject({ username: 'docker' });
    expect(scene.problems).toEqual([
      expect.stringMatching(/docker-credential-script cannot be used: the program is there/),
    ]);
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
    const pids = join(scene.folder.path, 'pids');
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
    const seen = join(scene.folder.path, 'seen');
    const env = await makeHelper('own', `cat >>'${seen}'; echo >>'${seen}'; echo 'credentials not found'; exit 1`);
    const credHelpers = { 'a.example/team': 'own', example: 'own', 'b.example': 'own', 'c.example': '' };
    await write(docker(), { credHelpers, auths: auths('ann', 'c.example').auths, credsStore: 'missing' });
    const service = open({}, env);
    await service.find('b.example', 'team/app');
    expect(await service.find('c.example')).toMatchObject({ username: 'ann' });
    expect(scene.problems).toEqual([]);
    await service.find('a.example', 'team/app');
    expect(scene.problems).toEqual([expect.stringContaining('docker-credential-missing')]);
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
    expect(scene.problems).toEqual([]);
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
    const kept = join(scene.folder.path, 'kept');
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
    await write(join(scene.folder.path, 'bin', 'docker-credential-broken'), 'not executable');
    const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
    const PATH = join(scene.folder.path, 'bin');
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
    const store = join(scene.folder.path, 'kept');
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
    expect(scene.problems[0]).toMatch(
      /docker-credential-liar cannot be used: its answer has a secret and no user name/,
    );
  });
});
