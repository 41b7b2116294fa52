import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeAuth } from '../../../../electron/credentials/auth-file.ts';
import { saveEntry } from '../../../../electron/credentials/write.ts';
import { makePipe } from '../../../fixtures/make-pipe.ts';
import { auths, makeCredentialsScene, write } from './scene.ts';

const scene = makeCredentialsScene();
const { docker, open } = scene;

describe('the auth file of the image store', () => {
  it('is written for its owner only, and keeps the other entries', async () => {
    const path = await write(join(scene.folder.path, 'ar', 'auth.json'), {
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
    expect((await stat(join(scene.home, 'elsewhere.json'))).mode & 0o777).toBe(0o600);
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
    const runtime = join(scene.folder.path, 'run');
    const info = await open({}, { XDG_RUNTIME_DIR: runtime }).save(
      'a.example',
      { username: 'ann', password: 'pw' },
      'containers-file',
    );
    expect(info.origin.path).toBe(join(runtime, 'containers', 'auth.json'));
    expect((await open().save('a.example', { username: 'ann', password: 'pw' }, 'containers-file')).origin.path).toBe(
      join(scene.home, '.config', 'containers', 'auth.json'),
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
    const real = await write(join(scene.folder.path, 'dotfiles', 'config.json'), {});
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
    await write(join(scene.home, '.config', 'containers', 'auth.json'), auths('old'));
    const credentials = open();
    await credentials.save('a.example', { username: 'new', password: 'new-pw' }, 'docker-file');
    expect(await credentials.find('a.example')).toMatchObject({ username: 'new' });
    expect(scene.problems[0]).toContain('An older login for a.example');
  });
});
