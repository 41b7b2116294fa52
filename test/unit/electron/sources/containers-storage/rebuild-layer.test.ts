import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buffersFor } from '../../../../../electron/files/read-buffers.ts';
import { Crc64 } from '../../../../../electron/sources/containers-storage/crc64.ts';
import { rebuildLayer } from '../../../../../electron/sources/containers-storage/rebuild-layer.ts';
import { parseTarSplit } from '../../../../../electron/sources/containers-storage/tar-split.ts';
import type { Digest } from '../../../../../shared/digest.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import { randomBytes } from '../../../../fixtures/random.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { type MadeLayer, type Piece, StoreMaker, tarSplitLines } from './store-maker.ts';

let folder: TempDir;
let maker: StoreMaker;

beforeEach(async () => {
  folder = await makeTempDir('storage');
  maker = new StoreMaker(folder.path);
});
afterEach(() => folder.remove());

const PIECES: Piece[] = [
  Buffer.from('header of etc/a'),
  { name: 'etc/a', content: Buffer.from('content of a') },
  Buffer.from('padding and header of big'),
  { name: 'usr/share/big', content: Buffer.from(randomBytes('big', 1_300_000)) },
  Buffer.alloc(1024),
];

function read(layer: MadeLayer, offset = 0, length = layer.size - offset): Promise<Buffer> {
  const { digest, size, tarSplit, tree } = layer;
  const source = { digest: digest as Digest, size, tarSplit, tree, realRoot: folder.path };
  return buffer(rebuildLayer(source, { offset, length }, buffersFor(false)));
}

describe('a layer of containers-storage', () => {
  test('is rebuilt byte for byte', async () => {
    const layer = await maker.addLayer(PIECES);
    expect((await read(layer)).equals(layer.tar)).toBe(true);
  });

  test('can be read from any offset, and any part of it', async () => {
    const layer = await maker.addLayer(PIECES);
    for (const offset of [0, 1, 15, 20, 27, 60, 700_000, layer.size - 1024, layer.size - 1]) {
      expect((await read(layer, offset)).equals(layer.tar.subarray(offset))).toBe(true);
      const part = layer.tar.subarray(offset, offset + 5000);
      expect((await read(layer, offset, part.byteLength)).equals(part)).toBe(true);
    }
    expect(await read(layer, layer.size)).toHaveLength(0);
  });

  test('does not open files that come before the offset', async () => {
    const layer = await maker.addLayer(PIECES);
    await rm(join(layer.tree, 'etc'), { recursive: true });
    expect((await read(layer, 40)).equals(layer.tar.subarray(40))).toBe(true);
  });

  test('names the file whose content was changed', async () => {
    const layer = await maker.addLayer(PIECES);
    await writeFile(join(layer.tree, 'etc/a'), 'Content of a');
    await expect(read(layer)).rejects.toMatchObject({
      code: 'STORE_INVALID',
      message: expect.stringContaining('etc/a'),
    });
  });

  test('names the file that has another size, is missing, or is no file any more', async () => {
    const layer = await maker.addLayer(PIECES);
    const path = join(layer.tree, 'etc/a');
    const fails = () =>
      expect(read(layer)).rejects.toMatchObject({ code: 'STORE_INVALID', message: expect.stringContaining('etc/a') });
    await writeFile(path, 'longer than it was');
    await fails();
    await rm(path);
    await fails();
    await mkdir(path);
    await fails();
    await rm(path, { recursive: true });
    await symlink('b', path);
    await writeFile(join(layer.tree, 'etc/b'), 'content of a');
    await fails();
  });

  test('follows links within its tree as if the tree were the root, and none out of it', async () => {
    const layer = await maker.addLayer(PIECES);
    await mkdir(join(layer.tree, 'real'));
    await writeFile(join(layer.tree, 'real/a'), 'content of a');
    await rm(join(layer.tree, 'etc'), { recursive: true });
    await symlink('/real', join(layer.tree, 'etc'));
    expect((await read(layer)).equals(layer.tar)).toBe(true);
    await rm(join(layer.tree, 'etc'));
    await mkdir(join(folder.path, 'outside'));
    await writeFile(join(folder.path, 'outside/a'), 'content of a');
    await symlink(join(folder.path, 'outside'), join(layer.tree, 'etc'));
    await expect(read(layer)).rejects.toMatchObject({ code: 'STORE_INVALID' });
    await rm(join(layer.tree, 'etc'));
    await symlink('../../../../outside', join(layer.tree, 'etc'));
    await expect(read(layer)).rejects.toMatchObject({ code: 'PATH_ESCAPES' });
    await rm(join(layer.tree, 'etc'));
    await symlink('etc', join(layer.tree, 'etc'));
    await expect(read(layer)).rejects.toMatchObject({ code: 'STORE_INVALID' });
  });

  test('does not read names that lead out of the tree', async () => {
    const layer = await maker.addLayer(PIECES);
    const lines = tarSplitLines([{ name: '../../../secret', content: Buffer.alloc(layer.size, 1) }]);
    await writeFile(layer.tarSplit, gzipSync(lines.join('\n')));
    await writeFile(join(folder.path, 'secret'), Buffer.alloc(layer.size, 1));
    await expect(read(layer)).rejects.toMatchObject({ code: 'PATH_ESCAPES' });
  });

  test('is refused before its last bytes when it does not have its digest', async () => {
    const layer = await maker.addLayer(PIECES);
    const lines = tarSplitLines([Buffer.from('HEADER of etc/a'), ...PIECES.slice(1)]);
    await writeFile(layer.tarSplit, gzipSync(lines.join('\n')));
    await expect(read(layer)).rejects.toMatchObject({ code: 'STORE_INVALID', facts: { digest: layer.digest } });
  });

  test('is refused when it is longer or shorter than its record says', async () => {
    const layer = await maker.addLayer(PIECES);
    await expect(read({ ...layer, size: layer.size + 1 })).rejects.toMatchObject({ code: 'STORE_INVALID' });
    await expect(read({ ...layer, size: layer.size - 1 })).rejects.toMatchObject({ code: 'STORE_INVALID' });
  });

  test('says that tar-split data is cut off, not compressed, or not tar-split data', async () => {
    const layer = await maker.addLayer(PIECES);
    const good = await readFile(layer.tarSplit);
    for (const bad of [
      good.subarray(0, good.length - 20),
      Buffer.from('plain'),
      gzipSync('{"type":3}'),
      gzipSync('['),
    ]) {
      await writeFile(layer.tarSplit, bad);
      await expect(read(layer)).rejects.toMatchObject({ code: 'STORE_INVALID', facts: { path: layer.tarSplit } });
    }
  });

  test('may have names that are not UTF-8', async () => {
    const name = Buffer.from([0x66, 0xff, 0xe9]);
    const tar = Buffer.from('latin');
    const layer = await maker.addLayer([tar]);
    await writeFile(Buffer.concat([Buffer.from(`${layer.tree}/`), name]), tar);
    const [line = ''] = tarSplitLines([{ name: 'x', content: tar }]);
    const { name: _utf8, ...entry } = JSON.parse(line) as Record<string, unknown>;
    await writeFile(layer.tarSplit, gzipSync(JSON.stringify({ ...entry, name_raw: name.toString('base64') })));
    expect((await read(layer)).equals(tar)).toBe(true);
  });
});

test('the CRC is that of Go’s hash/crc64 with the ISO table, however the bytes are cut', () => {
  const table = Array.from({ length: 256 }, (_, byte) => {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xd800000000000000n : crc >> 1n;
    return crc;
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
      let crc = 0xffffffffffffffffn;
      for (const byte of bytes) crc = (table[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n) ^ (crc >> 8n);
      const expected = Buffer.alloc(8);
      expected.writeBigUInt64BE(crc ^ 0xffffffffffffffffn);
      const sum = new Crc64();
      sum.update(bytes.subarray(0, cut));
      sum.update(bytes.subarray(cut));
      expect(sum.base64()).toBe(expected.toString('base64'));
    }),
  );
});

test('any bytes as tar-split data give entries or STORE_INVALID, never anything else', async () => {
  const line = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record({
        type: fc.constantFrom(1, 2, 3, '1'),
        name: fc.oneof(fc.string(), fc.nat()),
        name_raw: fc.option(fc.base64String(), { nil: undefined }),
        size: fc.oneof(fc.integer(), fc.double()),
        payload: fc.oneof(fc.base64String(), fc.string()),
      })
      .map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), async (lines, step) => {
      const bytes = Buffer.from(lines.join('\n'));
      const chunks = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) =>
        bytes.subarray(i * step, (i + 1) * step),
      );
      try {
        for await (const batch of parseTarSplit(chunks, 'x.tar-split.gz')) {
          for (const entry of batch) if (entry.kind === 'file') expect(entry.size).toBeGreaterThan(0);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(PushboatError);
        expect(error).toMatchObject({ code: 'STORE_INVALID' });
      }
    }),
    { numRuns: 300, seed: 20_261_122 },
  );
});
