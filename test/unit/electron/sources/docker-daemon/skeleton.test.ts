import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_ARCHIVE_LIMITS } from '../../../../../electron/image/tar/limits.ts';
import { type Hole, keptBytesOn, writeSkeleton } from '../../../../../electron/sources/docker-daemon/skeleton.ts';
import { FUZZ, handled, inPieces, mutated } from '../../../../fixtures/fuzz.ts';
import { gnuLong, nastyTar, paxHeader } from '../../../../fixtures/nasty-tar.ts';
import { randomBytes } from '../../../../fixtures/random.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

let folder: TempDir;
let turn = 0;
beforeAll(async () => {
  folder = await makeTempDir('skeleton');
});
afterAll(() => folder.remove());

async function* arriving(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  yield* inPieces(bytes, length);
}

async function skeletonOf(
  archive: Buffer,
  keptBytes: number,
  length = 4000,
): Promise<{ bytes: Buffer; holes: Hole[]; disk: number }> {
  const path = join(folder.path, `${(turn += 1)}`);
  const options = {
    described: 'a save',
    signal: new AbortController().signal,
    limits: DEFAULT_ARCHIVE_LIMITS,
    keptBytes,
  };
  try {
    const holes = await writeSkeleton(arriving(archive, length), path, options);
    return { bytes: await readFile(path), holes, disk: (await stat(path)).blocks * 512 };
  } finally {
    await rm(path, { force: true });
  }
}

const LAYER = randomBytes('layer', 300_000);
const ARCHIVE = nastyTar([
  { name: 'one/layer.tar', content: LAYER },
  paxHeader({ path: `${'deep/'.repeat(40)}layer.tar` }),
  { name: 'two', content: LAYER },
  gnuLong('L', `blobs/sha256/${'c'.repeat(64)}`),
  { name: 'three', content: Buffer.concat([Buffer.from('1f8b08', 'hex'), LAYER]) },
  { name: 'packed.tar.gz', content: Buffer.concat([Buffer.from('1f8b08', 'hex'), LAYER]) },
  { name: 'config.json', content: ` {"config":"${'x'.repeat(5000)}"}` },
  { name: 'link', type: '2', link: 'one/layer.tar' },
]);

/** The archive with zeros where contents were left out, but for the first bytes of each. */
function withHoles(archive: Buffer, holes: readonly Hole[]): Buffer {
  const bytes = Buffer.from(archive);
  for (const { offset, size } of holes) bytes.fill(0, offset + Math.min(6, size), offset + size);
  return bytes;
}

describe('the skeleton of a save', () => {
  test('is the archive with holes for large contents; documents stay, and what only its content can name', async () => {
    const { bytes, holes, disk } = await skeletonOf(ARCHIVE, 1000);
    expect(holes.map(({ key, size }) => [key, size])).toEqual([
      ['0 one/layer.tar', 300_000],
      [`0 ${'deep/'.repeat(40)}layer.tar`, 300_000],
      [`0 blobs/sha256/${'c'.repeat(64)}`, 300_003],
    ]);
    expect(bytes.equals(withHoles(ARCHIVE, holes))).toBe(true);
    expect(disk).toBeLessThan(400_000);
  });

  test('is the whole archive where that is small', async () => {
    const { bytes, holes } = await skeletonOf(ARCHIVE, 10_000_000, 777);
    expect(holes).toEqual([]);
    expect(bytes.equals(ARCHIVE)).toBe(true);
  });

  test('tells members of one name apart', async () => {
    const twice = nastyTar([
      { name: 'layer.tar', content: LAYER },
      { name: 'layer.tar', content: LAYER },
    ]);
    expect((await skeletonOf(twice, 0)).holes.map(({ key }) => key)).toEqual(['0 layer.tar', '1 layer.tar']);
  });

  test('of what has no end is refused', async () => {
    async function* endless(): AsyncGenerator<Buffer> {
      yield nastyTar([{ name: 'a', content: 'x' }]);
      for (;;) yield Buffer.alloc(1024 * 1024);
    }
    const { signal } = new AbortController();
    const options = { described: 'the save', signal, limits: DEFAULT_ARCHIVE_LIMITS, keptBytes: 1024 };
    const writing = writeSkeleton(endless(), join(folder.path, 'endless'), options);
    await expect(writing).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', message: 'the save does not end.' });
  });

  test('of any bytes is like them, or is refused', async () => {
    const small = nastyTar([
      { name: 'a', content: randomBytes('a', 3000) },
      paxHeader({ path: 'p/layer.tar' }),
      { name: 'b', content: randomBytes('b', 2000) },
      { name: 'c.json', content: '{"a":1}' },
    ]);
    await fc.assert(
      fc.asyncProperty(mutated(small), fc.integer({ min: 1, max: 3000 }), fc.nat(4000), async (bytes, length, kept) => {
        const skeleton = await handled(() => skeletonOf(bytes, kept, length));
        if (!skeleton) return;
        const { holes } = skeleton;
        expect(skeleton.bytes.byteLength).toBe(bytes.byteLength);
        const end = holes.reduce((last, { offset, size }) => Math.max(last, offset + size), 0);
        expect(end).toBeLessThanOrEqual(bytes.byteLength);
        // What follows the end mark is nobody's.
        const tail = Math.max(end, 0);
        expect(skeleton.bytes.subarray(0, tail).equals(withHoles(bytes, holes).subarray(0, tail))).toBe(true);
      }),
      { ...FUZZ, numRuns: 200 },
    );
  });
});

test('half of a disk that is free is taken, at least 32 MiB, and of memory no more than that', () => {
  const GIB = 1024 ** 3;
  expect(keptBytesOn({ type: 0xef53, bavail: 10 * 1024, bsize: 1024 ** 2 })).toBe(5 * GIB);
  expect(keptBytesOn({ type: 0xef53, bavail: 8, bsize: 1024 ** 2 })).toBe(32 * 1024 ** 2);
  expect(keptBytesOn({ type: 0x01021994, bavail: 10 * 1024, bsize: 1024 ** 2 })).toBe(32 * 1024 ** 2);
});
