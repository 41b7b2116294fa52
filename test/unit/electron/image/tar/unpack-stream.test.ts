import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressionOf, unpackStream } from '../../../../../electron/image/tar/unpack.ts';
import { randomBytes } from '../../../../fixtures/random.ts';

/** A frame that decompressors pass over, as pzstd and zstd:chunked write them. */
function skippable(content: string, kind = 0): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50 + kind, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, Buffer.from(content)]);
}

async function* pieces(bytes: Buffer, sizeOf: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; ) {
    const size = Math.max(1, sizeOf());
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function unpacked(bytes: Buffer, sizeOf: () => number = () => bytes.byteLength): Promise<Buffer> {
  const compression = compressionOf(bytes);
  if (!compression) throw new Error('it is not compressed');
  return Buffer.concat(await Array.fromAsync(unpackStream('x.tar', compression, pieces(bytes, sizeOf))));
}

/** What compressors make of contents of all kinds: one repeated byte, random bytes, none, as large as the buffers are. */
const CONTENTS = [
  Buffer.alloc(256 * 1024),
  randomBytes('unpack', 300_000),
  Buffer.alloc(0),
  Buffer.from('hello '.repeat(1000)),
  randomBytes('one buffer', 256 * 1024),
  Buffer.from('world'),
];

describe('zstd data', () => {
  const frames = CONTENTS.map((content, at) =>
    zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: at % 2 } }),
  );
  const whole = Buffer.concat(CONTENTS);

  it('of several frames is unpacked to its end, wherever the chunks are cut', async () => {
    const packed = Buffer.concat(frames);
    expect((await unpacked(packed)).equals(whole)).toBe(true);
    for (const size of [1000, 4096, 65_536, 100_003, 262_144]) {
      const read = await unpacked(packed, () => size);
      expect(read.equals(whole)).toBe(true);
    }
    const small = Buffer.concat([zstdCompressSync('a'), zstdCompressSync('b'), zstdCompressSync(Buffer.alloc(0))]);
    expect((await unpacked(small, () => 1)).toString()).toBe('ab');
  });

  it('may have frames that are to be passed over, at its start, between and at its end', async () => {
    const packed = Buffer.concat([
      skippable('pzstd', 0),
      ...frames.flatMap((frame, at) => [frame, skippable('x'.repeat(at * 1000), at)]),
    ]);
    expect((await unpacked(packed)).equals(whole)).toBe(true);
    expect((await unpacked(packed, () => 4097)).equals(whole)).toBe(true);
    expect(await unpacked(skippable('nothing else'))).toHaveLength(0);
  });

  it('that is cut off, altered or followed by something else is damaged', async () => {
    const packed = Buffer.concat([skippable('abc'), zstdCompressSync('a'.repeat(500)), zstdCompressSync('b')]);
    for (const end of [6, 10, 14, packed.byteLength - 1]) {
      await expect(unpacked(packed.subarray(0, end))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    }
    await expect(unpacked(Buffer.concat([packed, Buffer.from('not zstd')]))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining('damaged: something that is not a zstd frame follows'),
      hint: 'rebuild-image',
    });
  });

  it('that needs a window beyond 128 MiB is said to need that, and not to be damaged', async () => {
    const withWindow = (log: number) => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 1, 0, 0]);
    expect(await unpacked(withWindow(27))).toHaveLength(0);
    await expect(unpacked(withWindow(28))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringMatching(/a window of 256 MiB, and at most 128 MiB are allowed: .*--long=27/),
      hint: 'pack-otherwise',
    });
  });
});

it('gzip data of several members is unpacked to its end, wherever the chunks are cut', async () => {
  const small = Buffer.concat(['a', '', 'bc'].map((text) => gzipSync(text)));
  for (let size = 1; size <= small.byteLength; size++) {
    expect((await unpacked(small, () => size)).toString()).toBe('abc');
  }
  const large = Buffer.concat(CONTENTS.map((content) => gzipSync(content)));
  expect((await unpacked(large)).equals(Buffer.concat(CONTENTS))).toBe(true);
  expect((await unpacked(large, () => 5000)).equals(Buffer.concat(CONTENTS))).toBe(true);
});
