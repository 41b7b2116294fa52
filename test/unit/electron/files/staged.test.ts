import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StagedFile } from '../../../../electron/files/staged-file.ts';
import { StagedFolder } from '../../../../electron/files/staged-folder.ts';
import { isTemporaryName, temporaryName } from '../../../../electron/files/temporary-names.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('staged');
});
afterEach(() => folder.remove());

const inFolder = (name: string) => join(folder.path, name);

/** A name as a process that has ended made it. */
function abandonedName(prefix: string): string {
  const { pid } = spawnSync(process.execPath, ['--version']);
  return temporaryName(prefix).replace(`-${process.pid}-`, `-${pid}-`);
}

describe('a staged file', () => {
  test('takes the place of another when it is committed, not before', async () => {
    await writeFile(inFolder('a'), 'old');
    await using file = await StagedFile.create(inFolder('a'));
    await file.write(Buffer.from('0000 new'));
    await file.rewrite(Buffer.from('size'), 0);
    expect(file.position).toBe(8);
    expect(await readFile(inFolder('a'), 'utf8')).toBe('old');
    await file.commit();
    expect(await readFile(inFolder('a'), 'utf8')).toBe('size new');
    expect(await readdir(folder.path)).toEqual(['a']);
  });

  test('leaves a link and replaces what it leads to', async () => {
    await writeFile(inFolder('real'), 'old');
    await symlink('real', inFolder('link'));
    await using file = await StagedFile.create(inFolder('link'));
    await file.write(Buffer.from('new'));
    await file.commit();
    expect(await readlink(inFolder('link'))).toBe('real');
    expect(await readFile(inFolder('real'), 'utf8')).toBe('new');
  });

  test('is gone when it is not committed', async () => {
    const file = await StagedFile.create(inFolder('a'));
    await file.write(Buffer.from('half'));
    await file[Symbol.asyncDispose]();
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('takes away what a killed process left next to the same place, and nothing else', async () => {
    const kept = [abandonedName('.b'), temporaryName('.a'), '.a.pushboat-1.tmp'];
    for (const name of [abandonedName('.a'), ...kept]) await writeFile(inFolder(name), 'half');
    await using _file = await StagedFile.create(inFolder('a'));
    await _file.commit();
    expect((await readdir(folder.path)).toSorted()).toEqual(['a', ...kept].toSorted());
  });
});

describe('a staged folder', () => {
  test('moves files when told to', async () => {
    await using staged = await StagedFolder.create(inFolder('x/y'));
    await staged.write('one', [Buffer.from('1')]);
    expect((await readdir(inFolder('x/y'))).every(isTemporaryName)).toBe(true);
    await staged.move('one', 'two');
    staged.replaceNow('three', '3');
    await staged[Symbol.asyncDispose]();
    expect((await readdir(inFolder('x/y'))).toSorted()).toEqual(['three', 'two']);
  });

  test('removes the folders that it made, and none that was there or is used', async () => {
    await mkdir(inFolder('x'));
    await (await StagedFolder.create(inFolder('x/y/z')))[Symbol.asyncDispose]();
    expect(await readdir(inFolder('x'))).toEqual([]);
    const staged = await StagedFolder.create(inFolder('x/y/z'));
    await writeFile(inFolder('x/y/other'), '');
    await staged[Symbol.asyncDispose]();
    expect(await readdir(inFolder('x/y'))).toEqual(['other']);
  });

  test('keeps no half of a file whose content fails', async () => {
    await using staged = await StagedFolder.create(inFolder('x'));
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      await Promise.resolve();
      throw new Error('broken');
    }
    await expect(staged.write('one', broken())).rejects.toThrow('broken');
    await staged.write('one', [Buffer.from('whole')]);
    await staged.move('one', 'one');
    expect(await readFile(inFolder('x/one'), 'utf8')).toBe('whole');
  });

  test('takes away what a killed process left', async () => {
    await mkdir(inFolder(abandonedName('')), { recursive: true });
    await writeFile(inFolder('mine'), '');
    await (await StagedFolder.create(folder.path))[Symbol.asyncDispose]();
    expect(await readdir(folder.path)).toEqual(['mine']);
  });
});
