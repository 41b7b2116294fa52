import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BlobSpool } from '../../../../../electron/transfers/content/blob-spool.ts';
import { randomBytes } from '../../../../fixtures/random.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('spool');
});
afterEach(async () => {
  await folder.remove();
});

async function* blocks(seed: string): AsyncGenerator<Uint8Array> {
  yield randomBytes(seed, 40_000);
}

async function files(): Promise<string[]> {
  const [own] = await readdir(folder.path);
  return own === undefined ? [] : readdir(join(folder.path, own));
}

it('a spool keeps what was uploaded while there is little, and lets it go when there is much', async () => {
  const spool = new BlobSpool(folder.path, undefined, 100_000);
  const [job, other] = [{}, {}];
  const first = await spool.write(blocks('first'));
  spool.retain(first, job);
  await spool.uploaded(first, job);
  expect(await files()).toHaveLength(1);
  for (const seed of ['second', 'third']) spool.retain(await spool.write(blocks(seed)), job);
  spool.retain(first, other);
  await spool.uploaded(first, job);
  // Somebody else still needs it.
  expect((await buffer(spool.read(first, {}))).equals(randomBytes('first', 40_000))).toBe(true);
  await spool.uploaded(first, other);
  expect(await files()).toHaveLength(2);
  expect(await spool.has(first)).toBe(false);
  await spool.release(job);
  expect(await files()).toEqual([]);
  await spool.close();
});

it('a blob of a spool is read from any offset, also with buffers that go round', async () => {
  const spool = new BlobSpool(folder.path);
  const blob = await spool.write(blocks('a'));
  const bytes = randomBytes('a', 40_000);
  expect((await buffer(spool.read(blob, { offset: 7, length: 90, recycle: true }))).equals(bytes.subarray(7, 97))).toBe(
    true,
  );
  expect((await buffer(spool.read(blob, { offset: 39_000 }))).equals(bytes.subarray(39_000))).toBe(true);
  const stop = new AbortController();
  const stopped = spool.read(blob, { signal: stop.signal });
  stop.abort();
  await expect(buffer(stopped)).rejects.toMatchObject({ code: 'CANCELLED' });
  await spool.close();
});
