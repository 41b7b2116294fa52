import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PipeWriter } from '../../../../electron/files/pipe-writer.ts';
import { makePrivateFile, makePrivateFolder } from '../../../../electron/files/private.ts';
import { replaceFile } from '../../../../electron/files/replace-file.ts';
import { StagedFile } from '../../../../electron/files/staged-file.ts';
import { readTextIfThere, writeText } from '../../../../electron/files/text-file.ts';
import { makePipe } from '../../../fixtures/make-pipe.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('replace');
});
afterEach(() => folder.remove());

const inFolder = (name: string) => join(folder.path, name);
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

async function stage(path: string, content: string): Promise<void> {
  await using file = await StagedFile.create(path);
  await file.write(Buffer.from(content));
  await file.commit();
}

describe.each([
  ['a small file', async (path: string, content: string) => void (await replaceFile(path, content))],
  ['a large file', stage],
])('%s that takes the place of another', (_, replace) => {
  test('keeps its permissions and its owner', async () => {
    await writeFile(inFolder('a'), 'old');
    await chmod(inFolder('a'), 0o640);
    // Only root may give files away.
    const owner = process.getuid?.() === 0 ? 12_345 : (process.getuid?.() ?? 0);
    await chown(inFolder('a'), owner, process.getgid?.() ?? 0);
    await replace(inFolder('a'), 'new');
    expect(await readFile(inFolder('a'), 'utf8')).toBe('new');
    expect(await stat(inFolder('a'))).toMatchObject({ uid: owner, mode: 0o100640 });
    expect(await readdir(folder.path)).toEqual(['a']);
  });

  test('is made where a link leads that leads nowhere yet', async () => {
    await mkdir(inFolder('elsewhere'));
    await symlink('elsewhere/real', inFolder('second'));
    await symlink('second', inFolder('first'));
    await replace(inFolder('first'), 'new');
    expect(await readFile(inFolder('elsewhere/real'), 'utf8')).toBe('new');
    expect([await readlink(inFolder('first')), await readlink(inFolder('second'))]).toEqual([
      'second',
      'elsewhere/real',
    ]);
  });

  test('does not replace links that lead to each other', async () => {
    await symlink('b', inFolder('a'));
    await symlink('a', inFolder('b'));
    await expect(replace(inFolder('a'), 'new')).rejects.toMatchObject({ code: 'ELOOP' });
    expect((await readdir(folder.path)).toSorted()).toEqual(['a', 'b']);
  });

  test('does not replace a pipe or a folder', async () => {
    makePipe(inFolder('pipe'));
    await mkdir(inFolder('folder'));
    await expect(replace(inFolder('pipe'), 'new')).rejects.toThrow('it is a pipe, not a file');
    await expect(replace(inFolder('folder'), 'new')).rejects.toThrow('it is a folder, not a file');
    expect((await lstat(inFolder('pipe'))).isFIFO()).toBe(true);
    expect((await readdir(folder.path)).toSorted()).toEqual(['folder', 'pipe']);
  });
});

test('one of our own files that others could read is private afterwards', async () => {
  await writeFile(inFolder('a'), 'old');
  await chmod(inFolder('a'), 0o644);
  await replaceFile(inFolder('a'), 'new', { makePrivate: true });
  expect(await modeOf(inFolder('a'))).toBe(0o600);
});

describe('a text', () => {
  test('is not waited for where a pipe, a socket or a folder is', async () => {
    makePipe(inFolder('pipe'));
    await mkdir(inFolder('folder'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(inFolder('socket'), resolve));
    try {
      for (const kind of ['pipe', 'folder', 'socket']) {
        await expect(readTextIfThere(inFolder(kind))).rejects.toThrow(`it is a ${kind}, not a file`);
      }
    } finally {
      server.close();
    }
  });

  test('is empty in /dev/null, and not read from other devices', async () => {
    expect(await readTextIfThere('/dev/null')).toBe('');
    await expect(readTextIfThere('/dev/zero')).rejects.toThrow('it is a device, not a file');
  });
});

describe('what is our own', () => {
  test('is made private whatever the umask is', async () => {
    for (const umask of [0, 0o277]) {
      const before = process.umask(umask);
      try {
        makePrivateFolder(inFolder(`folder-${umask}`));
        makePrivateFile(inFolder(`file-${umask}`));
      } finally {
        process.umask(before);
      }
      expect(await modeOf(inFolder(`folder-${umask}`))).toBe(0o700);
      expect(await modeOf(inFolder(`file-${umask}`))).toBe(0o600);
    }
  });

  test('is mended, and gets no rights that its owner took away', async () => {
    await mkdir(inFolder('folder'));
    await chmod(inFolder('folder'), 0o577);
    await writeFile(inFolder('file'), 'content');
    await chmod(inFolder('file'), 0o666);
    makePrivateFolder(inFolder('folder'));
    makePrivateFile(inFolder('file'));
    expect(await modeOf(inFolder('folder'))).toBe(0o500);
    expect(await modeOf(inFolder('file'))).toBe(0o600);
    expect(await readFile(inFolder('file'), 'utf8')).toBe('content');
  });

  test('is not taken to be a folder that is everybody’s', async () => {
    await mkdir(inFolder('tmp'));
    await chmod(inFolder('tmp'), 0o1777);
    makePrivateFolder(inFolder('tmp'));
    expect((await stat(inFolder('tmp'))).mode & 0o7777).toBe(0o1777);
  });
});

describe('a pipe that is written to', () => {
  test('gets the text where somebody reads it', async () => {
    makePipe(inFolder('pipe'));
    const reader = spawn('cat', [inFolder('pipe')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [, read] = await Promise.all([writeText(inFolder('pipe'), 'digest'), text(reader.stdout)]);
    expect(read).toBe('digest');
  });

  test('is not waited for where nobody does, nor when it is given up', async () => {
    makePipe(inFolder('pipe'));
    await expect(writeText(inFolder('pipe'), 'digest')).rejects.toThrow('nobody reads from the pipe');
    const ending = new AbortController();
    const reader = await open(inFolder('pipe'), constants.O_RDWR);
    try {
      await using pipe = await PipeWriter.open(inFolder('pipe'), ending.signal);
      const writing = pipe.write(Buffer.alloc(4 * 1024 * 1024));
      ending.abort();
      await expect(writing).rejects.toThrow();
    } finally {
      await reader.close();
    }
  });
});
