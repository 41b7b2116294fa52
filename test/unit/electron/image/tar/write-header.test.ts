import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteReader } from '../../../../../electron/image/tar/block-reader.ts';
import { indexTar } from '../../../../../electron/image/tar/tar-index.ts';
import { tarEnd, tarHeader, tarPadding } from '../../../../../electron/image/tar/write-header.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';
import { run } from '../../../../fixtures/tools.ts';

/** Sees `header` followed by as many zero bytes as `size` leaves. */
function reader(header: Buffer, size: number): ByteReader {
  return {
    size,
    read: async (buffer, length, position) => {
      const count = Math.min(length, size - position);
      buffer.fill(0, 0, count);
      if (position < header.byteLength) header.copy(buffer, 0, position, position + count);
      return count;
    },
  };
}

async function readBack(name: string, size: number) {
  const header = tarHeader(name, size);
  const end = header.byteLength + Math.ceil(size / 512) * 512 + 1024;
  const { members } = await indexTar(reader(header, end), { path: 'x.tar' });
  return [...members.values()].map((member) => ({ name: member.name, size: member.size }));
}

const LONG = `blobs/sha512/${'a'.repeat(128)}`;

describe('a header', () => {
  test.each([
    ['short', 0],
    ['short', 513],
    ['a'.repeat(100), 1],
    [`${'d'.repeat(120)}/${'f'.repeat(90)}`, 1],
    [LONG, 1],
    ['größe/長い名前', 7],
    ['short', 8 * 1024 ** 3 - 1],
    ['short', 8 * 1024 ** 3],
    [LONG, 3 * 1024 ** 4],
  ])('of %s with %d bytes is read back', async (name, size) => {
    expect(await readBack(name, size)).toEqual([{ name, size }]);
  });

  test('of any name and size is read back', async () => {
    const names = fc.stringMatching(/^[a-zäß長]{1,150}(?:\/[a-zäß長]{1,150}){0,3}$/);
    await fc.assert(
      fc.asyncProperty(names, fc.maxSafeNat(), async (name, size) => {
        fc.pre(size < 2 ** 50);
        expect(await readBack(name, size)).toEqual([{ name, size }]);
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  test('is understood by GNU tar, sizes from 8 GiB on included', async () => {
    await using folder = await makeTempDir('tar-header');
    const path = join(folder.path, 'x.tar');
    const content = Buffer.from('content');
    const small = [LONG, 'größe/x'].map((name) => [tarHeader(name, content.byteLength), content, tarPadding(7)]);
    const large = 9 * 1024 ** 3;
    const start = Buffer.concat([...small.flat(), tarHeader('large', large)]);
    await writeFile(path, start);
    const file = await open(path, 'r+');
    // A hole: nothing of the 9 GiB is on the disk.
    await file.write(tarEnd(), 0, 1024, start.byteLength + large);
    await file.close();
    const { stdout } = await run('tar', ['--list', '--verbose', '--quoting-style=literal', '--file', path]);
    const lines = stdout.toString('utf8').trim().split('\n');
    expect(lines.map((line) => line.split(/\s+/).filter((_, at) => at === 2 || at === 5))).toEqual([
      ['7', LONG],
      ['7', 'größe/x'],
      [String(large), 'large'],
    ]);
  });
});
