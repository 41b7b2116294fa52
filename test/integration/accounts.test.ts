import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../fixtures/tools.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type CliHome, jsonLines, makeCliHome } from './command-line.ts';

let home: CliHome;
let registry: TestRegistry;

beforeAll(async () => {
  const auth = { kind: 'basic', users: { ann: 'pass:word' } } as const;
  [home, registry] = await Promise.all([makeCliHome(), startRegistry({ storage: 'memory', auth })]);
});
afterAll(async () => {
  await registry.close();
  await home.remove();
});

/** Who skopeo is at a registry or a path in it, by an auth file; undefined when it knows no login. */
async function skopeoUser(path: string, file: string, env: Record<string, string> = {}): Promise<string | undefined> {
  return run('skopeo', ['login', '--get-login', '--authfile', file, path], { env }).then(
    ({ stdout }) => stdout.toString().trim(),
    () => undefined,
  );
}

async function pushboatUsers(references: string[], file: string, env: Record<string, string> = {}) {
  const { stdout } = await home.cli(['resolve', '--json', '--authfile', file, ...references], { env });
  return jsonLines(stdout).map((line) => (line['login'] as { username: string } | null)?.username);
}

const auth = (user: string) => ({ auth: Buffer.from(`${user}:pw`).toString('base64') });

describe('the logins of an auth file', () => {
  test('are for the namespaces that skopeo takes them for', async () => {
    const file = join(home.path, 'auth.json');
    const auths = {
      'a.example': auth('all'),
      'a.example/acme': auth('acme'),
      'a.example/acme/web': auth('web'),
      'b.example/only': auth('only'),
      'https://index.docker.io/v1/': auth('hub'),
    };
    await writeFile(file, JSON.stringify({ auths }));
    const references = [
      'a.example/x',
      'a.example/acme/web',
      'a.example/acme/api',
      'a.example/acmes/web',
      'b.example/x',
    ];
    references.push('b.example/only/web', 'docker.io/library/busybox', 'c.example/x');
    const theirs = await Promise.all(references.map((reference) => skopeoUser(reference, file)));
    expect(await pushboatUsers(references, file)).toEqual(theirs);
    expect(theirs).toEqual(['all', 'web', 'acme', 'all', undefined, 'only', 'hub', undefined]);
  });

  test('come from the credential helper that the file names, for the whole registry, as for skopeo', async () => {
    const bin = join(home.path, 'bin');
    await mkdir(bin);
    const script = `#!/bin/sh\nread server\necho '{"ServerURL":"'$server'","Username":"helped","Secret":"pw"}'\n`;
    await writeFile(join(bin, 'docker-credential-box'), script);
    await chmod(join(bin, 'docker-credential-box'), 0o755);
    const file = join(home.path, 'helpers.json');
    await writeFile(file, JSON.stringify({ auths: {}, credHelpers: { 'a.example': 'box' } }));
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    expect(await skopeoUser('a.example', file, env)).toBe('helped');
    expect(await pushboatUsers(['a.example/x'], file, env)).toEqual(['helped']);
  });

  test('that pushboat keeps for a namespace are found by skopeo there, and nowhere else', async () => {
    const file = join(home.path, 'kept.json');
    const args = ['--authfile', file, '--username', 'ann', '--password-stdin'];
    const { status } = await home.cli(['login', `${registry.host}/acme`, ...args], { input: 'pass:word' });
    expect(status).toBe(0);
    expect(await skopeoUser(`${registry.host}/acme/web`, file)).toBe('ann');
    expect(await skopeoUser(`${registry.host}/other`, file)).toBeUndefined();
    await home.cli(['logout', `${registry.host}/acme`, '--authfile', file]);
    expect(await skopeoUser(`${registry.host}/acme/web`, file)).toBeUndefined();
  });
});
