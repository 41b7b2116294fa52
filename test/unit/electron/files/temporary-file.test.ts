import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder, openTemporaryFile } from '../../../../electron/files/temporary-file.ts';
import { temporaryName } from '../../../../electron/files/temporary-names.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

/** No process has so high a number. */
const NOBODY = '4194305';

test('a temporary folder is for its owner only, and what killed processes have left under its name goes', async () => {
  await using folder = await makeTempDir('temporary');
  const left = temporaryName('pushboat-x').replace(`-${process.pid}-`, `-${NOBODY}-`);
  const others = [temporaryName('pushboat-x'), left.replace('pushboat-x', 'pushboat-y'), 'pushboat-x'];
  for (const name of [left, ...others]) await mkdir(join(folder.path, name));
  await writeFile(join(folder.path, left, 'layer'), 'bytes');
  const made = await makeTemporaryFolder(folder.path, 'pushboat-x');
  expect((await stat(made)).mode & 0o777).toBe(0o700);
  expect((await readdir(folder.path)).map((name) => join(folder.path, name)).toSorted()).toEqual(
    [made, ...others.map((name) => join(folder.path, name))].toSorted(),
  );
});

test('a temporary file has no name, and what it takes is given back', async () => {
  await using folder = await makeTempDir('temporary');
  const { handle, remove } = await openTemporaryFile(folder.path, 'pushboat-x');
  await handle.writeFile('bytes');
  expect(await readdir(folder.path)).toEqual([]);
  await remove();
});

test('a folder for temporary files that is not there is named', async () => {
  await expect(makeTemporaryFolder('/dev/null/tmp', 'pushboat-x')).rejects.toMatchObject({
    code: 'SOURCE_UNREADABLE',
    facts: { path: '/dev/null/tmp', detail: 'not a directory (ENOTDIR)' },
    hint: 'choose-temporary-folder',
  });
});
