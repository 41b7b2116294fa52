import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cipher, makeCredentialsScene, write } from './scene.ts';

const scene = makeCredentialsScene();
const { open } = scene;

describe('the vault', () => {
  it('keeps logins encrypted, in a file for its owner only', async () => {
    await open({ cipher }).save('a.example', { username: 'ann', password: 'hunter2' }, 'vault');
    const file = join(scene.dataDir, 'vault.json');
    expect(await readFile(file, 'utf8')).not.toContain('hunter2');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(scene.dataDir)).mode & 0o777).toBe(0o700);
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
    expect(await readdir(scene.dataDir)).toEqual(['vault.json']);
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
    await write(join(scene.dataDir, 'vault.json'), {
      version: 1,
      entries: { 'a.example': { username: 'ann', sealed: 'AAAA' } },
    });
    const credentials = open({ cipher });
    expect(await credentials.find('a.example')).toBeUndefined();
    expect(scene.problems[0]).toContain('cannot be decrypted');
  });

  it('that is damaged is set aside', async () => {
    await write(join(scene.dataDir, 'vault.json'), '{"version": 1, "entr');
    const credentials = open({ cipher });
    expect(await credentials.find('a.example')).toBeUndefined();
    expect(scene.problems[0]).toContain('damaged');
    await credentials.save('a.example', { username: 'ann', password: 'pw' }, 'vault');
    expect((await readdir(scene.dataDir)).sort()).toEqual([
      'vault.json',
      expect.stringMatching(/^vault\.json\.damaged-/),
    ]);
  });
});
