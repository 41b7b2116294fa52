import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { crc32, gunzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compressStream } from '../../../../../electron/image/compress/compress-stream.ts';
import { combineCrc32 } from '../../../../../electron/image/compress/crc32-combine.ts';
import type { BlockResult, BlockTask, CompressionSetting } from '../../../../../electron/image/compress/types.ts';
import { CompressionPool } from '../../../../../electron/image/compress/worker-pool.ts';
import { run } from '../../../../fixtures/tools.ts';

const GZIP: CompressionSetting = { format: 'gzip', level: 6 };
const ZSTD: CompressionSetting = { format: 'zstd', level: 3 };
const MIB = 1024 * 1024;

/** Bytes of which some compress and some do not. */
function mixedBytes(size: number): Buffer {
  const text = Buffer.from(Array.from({ length: 5000 }, (_, index) => `line ${index % 777}\n`).join(''));
  return Buffer.concat([randomBytes(size / 4), Buffer.alloc(size / 2, text), Buffer.alloc(size / 4)]);
}

/** Pieces of odd lengths, as streams bring them. */
function inPieces(bytes: Buffer, length = 70_001): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );
  return Readable.from(pieces, { objectMode: false });
}

/** Has no threads: buffers that are moved to a thread and back are others to whoever counts them. */
class CountingPool extends CompressionPool {
  readonly memory = new Set<ArrayBuffer>();
  blocks = 0;

  override async run({ block }: BlockTask): Promise<BlockResult> {
    this.blocks += 1;
    this.memory.add(block.buffer);
    await setImmediate();
    return { output: block.subarray(0, 1000), crc: 0, buffer: block.buffer };
  }
}

/** Threads take a while to start. */
const pools = new Map<number, CompressionPool>();

afterAll(async () => {
  await Promise.all([...pools.values()].map((pool) => pool[Symbol.asyncDispose]()));
});

function compress(bytes: Buffer, setting: CompressionSetting, threads = 2, pieceLength?: number): Promise<Buffer> {
  const pool = pools.get(threads) ?? new CompressionPool(threads);
  pools.set(threads, pool);
  return buffer(compressStream(inPieces(bytes, pieceLength), { ...setting, pool }));
}

describe('a compressed stream', () => {
  it('is one gzip member that everyone reads', async () => {
    const bytes = mixedBytes(5 * MIB);
    const output = await compress(bytes, GZIP);
    expect(output.length).toBeLessThan(bytes.length / 2);
    expect(gunzipSync(output).equals(bytes)).toBe(true);
    await run('gzip', ['-t'], { input: output });
  });

  it('is a sequence of zstd frames that everyone reads', async () => {
    const bytes = mixedBytes(5 * MIB);
    const output = await compress(bytes, ZSTD);
    expect(output.length).toBeLessThan(bytes.length / 2);
    expect(zstdDecompressSync(output).equals(bytes)).toBe(true);
    await run('zstd', ['-t'], { input: output });
  });

  it.each([1, 12, MIB - 1, MIB, MIB + 1])('holds every byte of %i', async (size) => {
    const bytes = randomBytes(size);
    expect(gunzipSync(await compress(bytes, GZIP)).equals(bytes)).toBe(true);
    expect(zstdDecompressSync(await compress(bytes, ZSTD)).equals(bytes)).toBe(true);
  });

  it.each([GZIP, ZSTD])('of nothing is nothing again ($format)', async (setting) => {
    const output = await compress(Buffer.alloc(0), setting);
    const back = setting.format === 'gzip' ? gunzipSync(output) : zstdDecompressSync(output);
    expect(back.length).toBe(0);
    await run(setting.format, ['-t'], { input: output });
  });

  it.each([GZIP, ZSTD])(
    'has the same bytes with 1, 2 and 4 threads, however its source is cut ($format)',
    async (setting) => {
      const bytes = mixedBytes(5 * MIB + 12);
      const one = await compress(bytes, setting, 1);
      expect((await compress(bytes, setting, 2, 4096)).equals(one)).toBe(true);
      expect((await compress(bytes, setting, 4, 3 * MIB)).equals(one)).toBe(true);
    },
  );

  it('is smaller with a higher level', async () => {
    const bytes = mixedBytes(4 * MIB);
    const [fast, best] = [await compress(bytes, { ...GZIP, level: 1 }), await compress(bytes, { ...GZIP, level: 9 })];
    expect(best.length).toBeLessThan(fast.length);
    expect(gunzipSync(best).equals(bytes)).toBe(true);
  });

  it('stores what is packed already, and compresses what stands next to it', async () => {
    const segment = 64 * 1024;
    const packed = randomBytes(segment);
    const text = Buffer.alloc(segment, 'a line of text\n');
    const bytes = Buffer.concat([text, packed, packed, text, randomBytes(segment / 2), text]);
    const output = await compress(bytes, GZIP);
    expect(gunzipSync(output).equals(bytes)).toBe(true);
    await run('gzip', ['-t'], { input: output });
    // As it stands there: a compressor would have coded its bytes.
    expect(output.includes(packed.subarray(0, 10_000))).toBe(true);
    expect(output.length).toBeLessThan(2.5 * segment + 3000);
  });

  it('does not take text, programs or numbers for packed', async () => {
    const numbers = Buffer.from(new Float64Array(32_768).map((_, index) => Math.sin(index)).buffer);
    const base64 = Buffer.from(randomBytes(200_000).toString('base64'));
    const program = await buffer(createReadStream(process.execPath, { end: 4 * MIB - 1 }));
    for (const bytes of [numbers, base64, program]) {
      expect((await compress(bytes, { ...GZIP, level: 1 })).length).toBeLessThan(0.97 * bytes.length);
    }
  });

  it('goes through the same few blocks, however long its source is', async () => {
    await using pool = new CountingPool(2);
    const source = Readable.from(Array<Buffer>(40).fill(Buffer.alloc(MIB)), { objectMode: false });
    for await (const _ of compressStream(source, { ...GZIP, pool, ahead: 6, recycle: true })) continue;
    expect(pool.blocks).toBe(40);
    // Those that wait or are compressed, those of which the reader has the output, and one that is filled.
    expect(pool.memory.size).toBeLessThanOrEqual(2 + 6 + 3 + 1);
  });

  it('fails as its source fails', async () => {
    await using pool = new CompressionPool(2);
    const source = Readable.from(
      (function* () {
        yield Buffer.alloc(3 * MIB);
        throw new Error('the disk is gone');
      })(),
      { objectMode: false },
    );
    await expect(buffer(compressStream(source, { ...GZIP, pool }))).rejects.toThrow('the disk is gone');
  });

  it('lets its source go when it is left', async () => {
    await using pool = new CompressionPool(2);
    const source = inPieces(mixedBytes(16 * MIB));
    for await (const _block of compressStream(source, { ...GZIP, pool })) break;
    await expect.poll(() => source.destroyed, { timeout: 10_000 }).toBe(true);
  });

  it('ends when its threads are ended', async () => {
    const pool = new CompressionPool(1);
    const output = buffer(compressStream(inPieces(mixedBytes(32 * MIB)), { ...GZIP, pool }));
    const outcome = output.catch((error: unknown) => error);
    await pool[Symbol.asyncDispose]();
    expect(await outcome).toMatchObject({ code: 'CANCELLED' });
  });
});

it('combines checksums of two pieces into that of both', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (first, second) => {
      const whole = crc32(Buffer.concat([first, second]));
      expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(whole);
    }),
  );
});
