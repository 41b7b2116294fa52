import { spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compressionOf, unpackStream } from '../../../../../electron/image/tar/unpack.ts';
import { randomBytes } from '../../../../fixtures/random.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

const CONTENT = Buffer.concat([randomBytes('unpack', 300_000), Buffer.alloc(300_000)]);

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('unpack-program');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder.remove();
});

function packed(program: string): Buffer {
  return spawnSync(program, ['-c'], { input: CONTENT, maxBuffer: 2 ** 24 }).stdout;
}

async function* pieces(bytes: Buffer, size: number, failure?: Error): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
  if (failure) throw failure;
}

async function unpacked(bytes: Buffer, size = 10_000, failure?: Error): Promise<Buffer> {
  const compression = compressionOf(bytes);
  if (!compression) throw new Error('it is not compressed');
  return Buffer.concat(await Array.fromAsync(unpackStream('x.tar', compression, pieces(bytes, size, failure))));
}

/** Puts a program of our own in the place of all others. */
async function onlyProgram(name: string, script: string): Promise<void> {
  const path = join(folder.path, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  vi.stubEnv('PATH', folder.path);
}

describe.each(['xz', 'bzip2'])('data of %s', (program) => {
  it('is unpacked as it comes, also in several streams', async () => {
    const bytes = packed(program);
    expect((await unpacked(bytes)).equals(CONTENT)).toBe(true);
    expect((await unpacked(Buffer.concat([bytes, bytes]))).equals(Buffer.concat([CONTENT, CONTENT]))).toBe(true);
  });

  it('that is damaged or cut off is told in the words of the program', async () => {
    const bytes = packed(program);
    const refused = { code: 'ARCHIVE_INVALID', hint: 'rebuild-image', message: expect.stringContaining(program) };
    await expect(unpacked(bytes.subarray(0, bytes.byteLength - 100))).rejects.toMatchObject(refused);
    await expect(unpacked(Buffer.concat([bytes.subarray(0, 1000), Buffer.alloc(1000)]))).rejects.toMatchObject(refused);
  });

  it('says which program is missing where it is', async () => {
    const bytes = packed(program);
    vi.stubEnv('PATH', folder.path);
    await expect(unpacked(bytes)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      hint: 'install-unpacker',
      message: `x.tar is not a usable archive: it is compressed with ${program}, and the program ${program}, which unpacks it, is not installed.`,
    });
  });
});

it('a failure of the store is told, and not that the data ended early', async () => {
  const failure = new Error('the disk is gone');
  await expect(unpacked(packed('xz').subarray(0, 50_000), 10_000, failure)).rejects.toBe(failure);
});

it('a program that says nothing is told with its status', async () => {
  const bytes = packed('xz');
  await onlyProgram('xz', 'exit 3');
  await expect(unpacked(bytes)).rejects.toMatchObject({ message: expect.stringContaining('xz ended with status 3') });
});

it('the program ends when its reader does', async () => {
  const bytes = packed('xz');
  const pidFile = join(folder.path, 'pid');
  await onlyProgram('xz', `echo $$ > ${pidFile}\necho begun\nexec /bin/cat`);
  const reader = unpackStream('x.tar', 'xz', pieces(bytes, 10));
  await reader.next();
  await reader.return(undefined);
  const pid = Number(await readFile(pidFile, 'utf8'));
  await expect.poll(() => isThere(pid)).toBe(false);
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
