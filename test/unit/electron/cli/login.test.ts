import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { languageOfLocale } from '../../../../electron/cli/language/language.ts';
import { runCommandLine } from '../../../../electron/cli/program.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';
import { json, refuse, type ScriptedServer, serve } from '../registry/scripted-server.ts';
import { makeIo, makeTerminal } from './terminal.ts';

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

let home: TempDir;
let registry: ScriptedServer;
let env: Record<string, string>;

beforeEach(async () => {
  home = await makeTempDir('login-command');
  registry = await serve(({ headers }, response) => {
    if (headers.authorization === basic('ann:right')) return json(response, 200, {});
    return refuse(response, 401, 'UNAUTHORIZED', 'no', { 'www-authenticate': 'Basic realm="r"' });
  });
  env = { HOME: home.path, PUSHBOAT_DATA_DIR: join(home.path, 'data'), PATH: join(home.path, 'bin') };
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await home.remove();
});

const config = async (...path: string[]): Promise<object> =>
  JSON.parse(await readFile(join(home.path, ...path), 'utf8')) as object;

async function makeHelper(name: string, script: string): Promise<void> {
  await mkdir(join(home.path, 'bin'), { recursive: true });
  const path = join(home.path, 'bin', `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

describe('pushboat login', () => {
  test('without a registry lists the known ones, each with its login', async () => {
    await mkdir(join(home.path, '.docker'));
    const auths = { 'r.example': { auth: Buffer.from('ann:pass word').toString('base64') } };
    await writeFile(join(home.path, '.docker', 'config.json'), JSON.stringify({ auths }));
    const { io, stdout } = makeIo('', env);
    expect(await runCommandLine(['login'], io)).toBe(0);
    expect(stdout()).toMatch(/r\.example +HTTPS +ann \(from .*config\.json\)/);
    expect(stdout()).not.toContain('pass word');
  });

  test('for a path keeps the login for the repositories there, in the containers file', async () => {
    const { io } = makeIo('right', env);
    await runCommandLine(['login', `${registry.host}/acme`, '--username', 'ann', '--password-stdin'], io);
    expect(Object.keys((await config('.config', 'containers', 'auth.json'))['auths' as never])).toEqual([
      `${registry.host}/acme`,
    ]);
    const login = async (repository: string): Promise<unknown> => {
      const { io: asking, stdout } = makeIo('', env);
      await runCommandLine(['resolve', '--json', `${registry.host}/${repository}`], asking);
      return (JSON.parse(stdout()) as { login: unknown }).login;
    };
    expect(await login('acme/web')).toMatchObject({ username: 'ann' });
    expect(await login('other/web')).toBeNull();
  });

  test('with --helper gives the login to that program, which keeps it from now on', async () => {
    const store = join(home.path, 'kept');
    await makeHelper(
      'box',
      `case $1 in store) /bin/cat > ${store};; get) /bin/cat > /dev/null; /bin/cat ${store};; esac`,
    );
    const { io, stdout } = makeIo('right', env);
    const args = ['--username', 'ann', '--password-stdin', '--helper', 'box'];
    await runCommandLine(['login', registry.host, ...args], io);
    expect(stdout()).toMatch(/Signed in to .* as ann; docker-credential-box keeps the login/);
    expect(await config('.docker', 'config.json')).toEqual({ credHelpers: { [registry.host]: 'box' } });
  });

  test('with --helper keeps nothing that the registry refuses', async () => {
    await makeHelper('box', `/bin/cat > /dev/null; echo '{"ServerURL":"x","Username":"ann","Secret":"wrong"}'`);
    const { io } = makeIo('', env);
    await expect(runCommandLine(['login', registry.host, '--helper', 'box'], io)).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
    await expect(config('.docker', 'config.json')).rejects.toThrow(/ENOENT/);
  });

  test.each([
    [['login', '--username', 'ann'], /needs the registry to sign in to/],
    [['login', 'r.example/acme', '--helper', 'box'], /logins of whole registries/],
    [['login', 'r.example', '--helper', 'box', '--remember', 'image-store'], /give one of them/],
  ])('%j is wrong usage', async (args, words) => {
    await expect(runCommandLine(args, makeIo('', env).io)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(words) as string,
    });
  });

  test.each([
    [
      'C.UTF-8',
      /User name: AWS\. Password: what `aws ecr get-login-password` prints/,
      /docker-credential-ecr-login is installed and knows .* Use it\?/,
    ],
    ['zh_CN.UTF-8', /用户名：AWS；密码：/, /已安装 docker-credential-ecr-login，.*要使用它吗？/],
  ])('says at the prompt what the registry wants, and offers its helper (%s)', async (LANG, words, offer) => {
    await makeHelper('ecr-login', 'exit 1');
    const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
    const { io, stderr } = makeTerminal(['n', '', ''], { ...env, LANG });
    const spoken = { ...io, language: await languageOfLocale({ LANG }) };
    await expect(runCommandLine(['login', host], spoken)).rejects.toMatchObject({ code: 'USAGE' });
    expect(stderr()).toMatch(offer);
    expect(stderr()).toMatch(words);
    expect(stderr()).toContain('[AWS]');
  });
});
