import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeAuth } from '../../../../electron/credentials/auth-file.ts';
import { auths, cipher, makeCredentialsScene, write } from './scene.ts';

const scene = makeCredentialsScene();
const { docker, open } = scene;

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
      expect(scene.problems).toEqual([]);
      expect(await service.find('a.example')).toBeUndefined();
      expect(scene.problems).toEqual([
        expect.stringMatching(/config\.json cannot be used: the auth of https:\/\/a\.example/),
      ]);
      expect(scene.problems.join()).not.toContain(auth);
    },
  );

  it('is looked for in one place after the other, and says where it came from', async () => {
    const runtime = join(scene.folder.path, 'run');
    const places = [
      await write(join(scene.folder.path, 'ar', 'auth.json'), {
        registries: { 'a.example': { username: 'store', password: 'pw' } },
      }),
      await write(join(scene.home, '.dockercfg'), { 'a.example': { auth: encodeAuth('dockercfg', 'pw') } }),
      await write(docker(), auths('docker')),
      await write(join(scene.home, '.config', 'containers', 'auth.json'), auths('containers')),
      await write(join(runtime, 'containers', 'auth.json'), auths('runtime')),
      await write(join(scene.folder.path, 'env.json'), auths('env')),
    ];
    const names = ['store', 'dockercfg', 'docker', 'containers', 'runtime', 'env'];
    const env = { XDG_RUNTIME_DIR: runtime, REGISTRY_AUTH_FILE: join(scene.folder.path, 'env.json') };
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
    const authFile = await write(join(scene.folder.path, 'named.json'), auths('named', 'b.example'));
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
    expect(scene.problems).toEqual([]);
  });

  it('is found in $DOCKER_CONFIG', async () => {
    await write(join(scene.folder.path, 'dc', 'config.json'), auths('moved'));
    await write(docker(), auths('docker'));
    expect(await open({}, { DOCKER_CONFIG: join(scene.folder.path, 'dc') }).find('a.example')).toMatchObject({
      username: 'moved',
    });
  });
});

describe('a file that cannot be used', () => {
  it('is a warning, said once, and the next file is asked', async () => {
    await write(join(scene.home, '.config', 'containers', 'auth.json'), '{"auths": {"a.example": {"auth": "c2Vj');
    await write(docker(), auths('docker'));
    const credentials = open();
    expect(await credentials.find('a.example')).toMatchObject({ username: 'docker' });
    await credentials.find('a.example');
    expect(scene.problems).toHaveLength(1);
    expect(scene.problems[0]).toContain('auth.json');
  });

  it('is a failure when it was named', async () => {
    const authFile = await write(join(scene.folder.path, 'named.json'), 'nonsense');
    await expect(open({ authFile }).find('a.example')).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE' });
    await expect(open({ authFile: join(scene.folder.path, 'nowhere') }).find('a.example')).rejects.toThrow(
      /does not exist/,
    );
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
    expect(scene.problems).toEqual([expect.stringMatching(/DOCKER_AUTH_CONFIG stays: unset the variable/)]);
  });

  it('that is no JSON is told without its content, and the files are asked', async () => {
    await write(docker(), auths('docker'));
    expect(await open({}, { DOCKER_AUTH_CONFIG: '{"auths": s3cret}' }).find('a.example')).toMatchObject({
      username: 'docker',
    });
    expect(scene.problems[0]).toMatch(/The logins in DOCKER_AUTH_CONFIG cannot be used: it is not valid JSON/);
    expect(scene.problems[0]).not.toContain('s3cret');
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

describe('HttpHeaders of Docker’s config.json', () => {
  it('are those that can be sent; of others it is told, without their values', async () => {
    await write(docker(), { HttpHeaders: { 'X-Team': 'blue', Authorization: 's3cret', 'bad name': 'x' } });
    expect(await open().httpHeaders()).toEqual({ 'X-Team': 'blue' });
    expect(scene.problems.join('\n')).toMatch(/"Authorization" of HttpHeaders[^]*"bad name"/);
    expect(scene.problems.join('\n')).not.toContain('s3cret');
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
    await write(join(scene.folder.path, 'ar', 'auth.json'), {
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
