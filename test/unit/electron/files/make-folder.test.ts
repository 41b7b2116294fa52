import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../../../../electron/files/make-folder.mjs';
import { makePrivateFolder } from '../../../../electron/files/private.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

test('a folder is made with those on the way to it, once', async () => {
  await using folder = await makeTempDir('make-folder');
  const path = join(folder.path, 'a', 'b', 'c');
  expect([makeFolder(path, 0o700), makeFolder(path, 0o700)]).toEqual([true, false]);
  for (const each of ['a', 'a/b', 'a/b/c']) expect((await stat(join(folder.path, each))).mode & 0o777).toBe(0o700);
});

test('what is in the way is the system’s error', async () => {
  await using folder = await makeTempDir('make-folder');
  await writeFile(join(folder.path, 'file'), '');
  expect(() => makeFolder(join(folder.path, 'file'), 0o700)).toThrow(/EEXIST/);
  expect(() => makeFolder(join(folder.path, 'file', 'below'), 0o700)).toThrow(/ENOTDIR/);
});

// Automounted folders answer so, too; nobody could end what waits for them.
test('a folder that the system does not let be made is an error, and not tried for ever', () => {
  expect(() => makeFolder('/proc/pushboat/data', 0o700)).toThrow(/ENOENT/);
  expect(() => makePrivateFolder('/proc/pushboat/data')).toThrow(/ENOENT/);
});
