import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KIB, MIB } from '../../shared/units.ts';
import { randomBlocks, randomBytes } from '../../test/fixtures/random.ts';

/** What is in an image's files, by part of the bytes. Together gzip makes about half of them. */
const KINDS = [
  { name: 'text', part: 0.6 },
  { name: 'program', part: 0.25 },
  // Archives, pictures and fonts, which do not compress.
  { name: 'packed', part: 0.15 },
] as const;

/** Sizes of files in turn: many small ones and few large, as in a file system of an operating system and an application. */
const FILE_SIZES = [4, 12, 1, 40, 300, 8, 2048, 24, 100, 3].map((size) => size * KIB);
const FILES_IN_FOLDER = 200;
/** Pieces of the pools from which files are put together. Deflate looks back 32 KiB, so a pool of some MiB is not seen to repeat. */
const POOL = 8 * MIB;
/** How far back repetitions lie. */
const RECENT = 16 * KIB;

/**
 * Writes files of `size` bytes in all into a folder: most of it text, the rest as programs and packed data are. The same for the same seed.
 */
export async function writeRealisticFiles(folder: string, seed: string, size: number): Promise<void> {
  const pools = { text: textPool(seed), program: programPool(seed) };
  let left = size;
  for (let index = 0; left > 0; index += 1) {
    const length = Math.min(left, FILE_SIZES[index % FILE_SIZES.length] ?? KIB);
    const directory = join(folder, `${Math.floor(index / FILES_IN_FOLDER)}`);
    if (index % FILES_IN_FOLDER === 0) await mkdir(directory, { recursive: true });
    const kind = kindOf(index);
    const name = `${seed} ${index}`;
    const blocks = kind === 'packed' ? randomBlocks(name, length) : piecesOf(pools[kind], name, length);
    await pipeline(Readable.from(blocks), createWriteStream(join(directory, `${index}.${kind}`)));
    left -= length;
  }
}

/** Kinds go round so that each size of file occurs with each of them. */
function kindOf(index: number): (typeof KINDS)[number]['name'] {
  const turn = ((Math.floor(index / FILE_SIZES.length) * 7) % 20) / 20;
  let sum = 0;
  return KINDS.find(({ part }) => turn < (sum += part) - 1e-9)?.name ?? 'packed';
}

/** Pieces of a pool, one after the other, each from another place. */
function* piecesOf(pool: Buffer, seed: string, length: number): Generator<Buffer> {
  const places = randomBytes(seed, 4 * Math.ceil(length / KIB + 1));
  for (let done = 0, turn = 0; done < length; turn += 1) {
    const size = Math.min(length - done, 16 * KIB);
    const start = (places.readUInt32LE((4 * turn) % (places.byteLength - 4)) % (POOL - size)) >>> 0;
    yield pool.subarray(start, start + size);
    done += size;
  }
}

/** Words of a vocabulary of 4,096, common ones often, in lines; and phrases that were there shortly before, as in programs and documents. */
function textPool(seed: string): Buffer {
  const numbers = numbersOf(`${seed} text`);
  const words = Array.from({ length: 4096 }, () => word(numbers));
  const pool = Buffer.alloc(POOL);
  for (let size = 0; size < POOL; ) {
    if (size > RECENT && numbers() % 10 === 0) {
      size = repeated(pool, size, 12 + (numbers() % 80), numbers);
      continue;
    }
    // The square makes the first words common.
    const chance = numbers() / 2 ** 32;
    size += pool.write(
      `${words[Math.floor(chance * chance * words.length)]}${numbers() % 10 === 0 ? '\n' : ' '}`,
      size,
    );
  }
  return pool;
}

/** Appends a piece of what came shortly before. Returns the new end. */
function repeated(pool: Buffer, end: number, length: number, numbers: () => number): number {
  const start = end - RECENT + (numbers() % (RECENT - length));
  pool.copy(pool, end, start, start + length);
  return Math.min(POOL, end + length);
}

function word(numbers: () => number): string {
  const length = 2 + (numbers() % 9);
  return Array.from({ length }, () => 'etaoinshrdlucmfwypvbgkqjxz'.charAt(Math.floor((numbers() % 676) / 26))).join('');
}

/** Records of eight bytes as in machine code: a few patterns with operands of little variety, and sequences of them that recur. */
function programPool(seed: string): Buffer {
  const numbers = numbersOf(`${seed} program`);
  const pool = Buffer.alloc(POOL);
  const patterns = Array.from({ length: 256 }, () => numbers());
  for (let at = 0; at < POOL; at += 8) {
    if (at > RECENT && numbers() % 12 === 0) {
      at = repeated(pool, at, 8 * (2 + (numbers() % 6)), numbers) - 8;
      continue;
    }
    pool.writeUInt32LE(patterns[(numbers() >>> (numbers() % 8)) & 0xff] ?? 0, at);
    pool.writeUInt32LE(numbers() & 0x3ff, at + 4);
  }
  return pool;
}

/** Unsigned numbers of 32 bits (xorshift), the same for the same seed. */
function numbersOf(seed: string): () => number {
  let state = randomBytes(seed, 4).readUInt32LE() || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
