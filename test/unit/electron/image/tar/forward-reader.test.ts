import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteReader } from '../../../../../electron/image/tar/block-reader.ts';
import { ForwardReader } from '../../../../../electron/image/tar/forward-reader.ts';
import { indexTar, type TarMember } from '../../../../../electron/image/tar/tar-index.ts';
import { FUZZ, handled, inPieces, mutated } from '../../../../fixtures/fuzz.ts';
import { gnuLong, nastyTar, paxHeader } from '../../../../fixtures/nasty-tar.ts';

const PATH = 'an export';

const GOOD = nastyTar([
  { name: 'a', content: 'x'.repeat(1600) },
  paxHeader({ path: 'long/name', size: '3' }),
  { name: 'b', content: 'abc' },
  gnuLong('L', 'g'.repeat(200)),
  { name: 'c', type: '1', link: 'a' },
  { name: 'd/', type: '5' },
  { name: 'd/e', content: 'y'.repeat(600) },
]);

async function* arriving(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  yield* inPieces(bytes, length);
}

function inMemory(archive: Buffer): ByteReader {
  const read: ByteReader['read'] = async (buffer, length, position) =>
    archive.copy(buffer, 0, Math.min(position, archive.byteLength), position + length);
  return { size: archive.byteLength, read };
}

/** Members in the order in which they come; undefined where the archive is refused. */
function listed(reader: ByteReader): Promise<TarMember[] | undefined> {
  const members: TarMember[] = [];
  const onMember = async (member: TarMember) => {
    members.push(member);
  };
  return handled(async () => {
    await indexTar(reader, { path: PATH, onMember });
    return members;
  });
}

describe('an archive that arrives as a stream', () => {
  it('is listed as it is when it is there as a whole', async () => {
    for (const length of [1, 7, 511, 512, 513, 5000, GOOD.byteLength]) {
      expect(await listed(new ForwardReader(arriving(GOOD, length), PATH))).toEqual(await listed(inMemory(GOOD)));
    }
  });

  it('gives the content of each member while it comes by, and nothing behind it', async () => {
    const reader = new ForwardReader(arriving(GOOD, 100), PATH);
    const contents: string[] = [];
    const onMember = async ({ offset, size }: TarMember) => {
      const buffer = Buffer.alloc(size);
      for (let filled = 0; filled < size; )
        filled += await reader.read(buffer.subarray(filled), size - filled, offset + filled);
      contents.push(buffer.toString());
    };
    await indexTar(reader, { path: PATH, onMember });
    expect(contents).toEqual(['x'.repeat(1600), 'abc', '', '', 'y'.repeat(600)]);
  });

  it('says that it is cut off within a content, although it did not say how long it is', async () => {
    const bytes = GOOD.subarray(0, 1000);
    const reading = indexTar(new ForwardReader(arriving(bytes, 64), PATH), { path: PATH });
    await expect(reading).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining('"a" has 1600 bytes, and the archive ends at byte 1000'),
    });
  });

  it('keeps only a little history: memory does not grow with what comes by', async () => {
    const piece = Buffer.alloc(1024 * 1024);
    async function* endless(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 64; i++) yield piece;
    }
    const reader = new ForwardReader(endless(), PATH);
    expect(await reader.read(Buffer.alloc(1), 1, 60 * piece.byteLength)).toBe(1);
    await expect(reader.read(Buffer.alloc(1), 1, 50 * piece.byteLength)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });

  it('is taken or refused as the same bytes in a file are, whatever they are', async () => {
    const blocks = fc.array(fc.uint8Array({ minLength: 512, maxLength: 512 }), { maxLength: 6 });
    const archive = fc.oneof(
      { weight: 4, arbitrary: mutated(GOOD) },
      blocks.map((list) => Buffer.concat(list)),
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(archive, fc.integer({ min: 1, max: 3000 }), async (bytes, length) => {
        const whole = await listed(inMemory(bytes));
        expect(await listed(new ForwardReader(arriving(bytes, length), PATH))).toEqual(whole);
      }),
      FUZZ,
    );
  });
});
