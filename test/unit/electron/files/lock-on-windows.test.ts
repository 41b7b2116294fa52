import type * as Fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { withLock } from '../../../../electron/files/lock.mjs';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

/** As Node.js 22.13 to 22.16 on Windows: the disk of a path is 0, that of an open file is its own. */
vi.mock('node:fs', async (load) => {
  const fs = await load<typeof Fs>();
  const lstatSync = ((...args: Parameters<typeof fs.lstatSync>) => {
    const stats = fs.lstatSync(...args);
    return stats && Object.assign(stats, { dev: typeof stats.dev === 'bigint' ? 0n : 0 });
  }) as typeof fs.lstatSync;
  return { ...fs, lstatSync };
});

test('a lock is given back where the system names no disk for a path', async () => {
  await using dir = await makeTempDir();
  await withLock(join(dir.path, 'file'), async () => {
    expect(await readdir(dir.path)).toEqual(['file.lock']);
  });
  expect(await readdir(dir.path)).toEqual([]);
});
