import { generateKeyPairSync } from 'node:crypto';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { signingKey } from '../../../../electron/credentials/signing-key.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

const FILE = 'manifest-signing-key.pem';

it('is made once, for its owner only, and is the same whoever asks first', async () => {
  await using folder = await makeTempDir();
  const dataDir = join(folder.path, 'new', 'data');
  const keys = await Promise.all(Array.from({ length: 5 }, () => signingKey(dataDir)));
  const again = await signingKey(dataDir);
  expect(keys.every((key) => key.equals(again))).toBe(true);
  expect((await stat(join(dataDir, FILE))).mode & 0o777).toBe(0o600);
  expect(await readdir(dataDir)).toEqual([FILE]);
});

it.each([
  ['is damaged', 'nonsense'],
  ['is of another kind', generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })],
])('that %s is named and not replaced', async (_, content) => {
  await using folder = await makeTempDir();
  const path = join(folder.path, FILE);
  await writeFile(path, content);
  await expect(signingKey(folder.path)).rejects.toMatchObject({ code: 'SETTINGS_UNREADABLE', facts: { path } });
});
