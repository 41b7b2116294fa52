import { mkdir, open, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteReader } from '../../../../../electron/image/tar/block-reader.ts';
import { resolveMember } from '../../../../../electron/image/tar/resolve-member.ts';
import { indexTar, type TarIndex } from '../../../../../electron/image/tar/tar-index.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import { base256, gnuLong, type NastyMember, nastyTar, paxHeader } from '../../../../fixtures/nasty-tar.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';
import { run } from '../../../../fixtures/tools.ts';

const PATH = '/images/app.tar';

interface CountingReader extends ByteReader {
  bytes: number;
}

/** Reads from memory; every read outside the archive is a failure of the test. */
function reader(archive: Buffer, size = archive.byteLength): CountingReader {
  const self: CountingReader = {
    size,
    bytes: 0,
    read: async (buffer, length, position) => {
      if (position < 0 || length > buffer.byteLength) throw new Error(`read of ${length} at ${position}`);
      const from = Math.min(position, archive.byteLength);
      const count = archive.copy(buffer, 0, from, from + length);
      self.bytes += count;
      return count;
    },
  };
  return self;
}

function index(archive: Buffer): Promise<TarIndex> {
  return indexTar(reader(archive), { path: PATH });
}

async function names(...members: NastyMember[]): Promise<string[]> {
  return [...(await index(nastyTar(members))).members.keys()];
}

async function contentOf(archive: Buffer, name: string): Promise<string | undefined> {
  const member = resolveMember(await index(archive), name, PATH);
  return member && archive.toString('utf8', member.offset, member.offset + member.size);
}

/** What indexing fails with. */
async function fault(archive: Buffer): Promise<PushboatError> {
  const error: unknown = await index(archive).catch((thrown: unknown) => thrown);
  if (error instanceof PushboatError) return error;
  throw new Error('the archive was accepted');
}

describe('the index of a tar archive', () => {
  it('has where the content of every member is', async () => {
    const archive = nastyTar([
      { name: 'a', content: 'first' },
      { name: 'd/', type: '5' },
      { name: 'd/b', content: 'x' },
    ]);
    const { members, hasEndMark } = await index(archive);
    expect(hasEndMark).toBe(true);
    expect([...members.values()]).toEqual([
      { name: 'a', kind: 'file', offset: 512, size: 5, headerOffset: 0 },
      { name: 'd', kind: 'directory', offset: 1536, size: 0, headerOffset: 1024 },
      { name: 'd/b', kind: 'file', offset: 2048, size: 1, headerOffset: 1536 },
    ]);
    expect(await contentOf(archive, 'd/b')).toBe('x');
  });

  it('takes absolute names as relative ones', async () => {
    const { members } = await index(nastyTar([{ name: '/a//b' }, { name: '/./c' }]));
    expect([...members.keys()]).toEqual(['a/b', 'c']);
  });

  it('takes names as they are meant: plain, of two parts, long in GNU’s and in pax’s way', async () => {
    const long = `${'x'.repeat(150)}/${'y'.repeat(150)}`;
    expect(await names({ name: './a//b/./c' })).toEqual(['a/b/c']);
    expect(await names({ name: 'c', prefix: 'a/b' })).toEqual(['a/b/c']);
    expect(await names({ name: 'c', prefix: 'no part of a GNU name', format: 'gnu' })).toEqual(['c']);
    expect(await names(gnuLong('L', long), { name: 'short' }, { name: 'next' })).toEqual([long, 'next']);
    expect(await names(paxHeader({ path: long }), { name: 'short' }, { name: 'next' })).toEqual([long, 'next']);
    expect(await names(paxHeader({ path: 'café/层' }), { name: '?' })).toEqual(['café/层']);
    expect(await names({ name: 'old', format: 'v7', type: '\0' }, { name: 'dir/', format: 'v7', type: '\0' })).toEqual([
      'old',
      'dir',
    ]);
  });

  it('follows sizes of pax and of base-256', async () => {
    const pax = nastyTar([paxHeader({ size: '3' }), { name: 'a', content: 'abc', sizeField: 0 }, { name: 'b' }]);
    expect(await contentOf(pax, 'a')).toBe('abc');
    const binary = nastyTar([
      { name: 'a', content: 'abc', sizeField: base256(3) },
      { name: 'b', content: 'next' },
    ]);
    expect(await contentOf(binary, 'a')).toBe('abc');
    expect(await contentOf(binary, 'b')).toBe('next');
  });

  it('passes over global headers, labels, devices and types that it does not know', async () => {
    const odd: NastyMember[] = [
      { name: 'global', type: 'g', content: '19 comment=whatever' },
      { name: 'label', type: 'V' },
      { name: 'device', type: '3', sizeField: 77 },
      { name: 'special', type: 'Z', content: 'private' },
      { name: 'a', content: 'after' },
    ];
    expect(await contentOf(nastyTar(odd), 'a')).toBe('after');
  });

  it('lets the last of several members with one name count', async () => {
    const archive = nastyTar([
      { name: 'a', content: 'old' },
      { name: './a', content: 'new' },
    ]);
    expect(await contentOf(archive, 'a')).toBe('new');
  });

  it('accepts padding after the end, and says when there is no end mark', async () => {
    const member = { name: 'a', content: 'x' };
    expect((await index(nastyTar([member], { endBlocks: 40 }))).hasEndMark).toBe(true);
    expect((await index(nastyTar([member], { endBlocks: 1 }))).hasEndMark).toBe(true);
    expect((await index(nastyTar([member], { endBlocks: 0 }))).hasEndMark).toBe(false);
    // The content is whole; only its padding is not.
    expect((await index(nastyTar([member]).subarray(0, 513))).hasEndMark).toBe(false);
  });

  it('reads little of an archive of large members, wherever they are', async () => {
    const large = 50 * 1024 * 1024;
    const archive = nastyTar([
      { name: 'large', content: Buffer.alloc(large) },
      { name: 'index.json', content: '{}' },
    ]);
    const counting = reader(archive);
    const { members } = await indexTar(counting, { path: PATH });
    expect(members.get('index.json')?.offset).toBe(large + 1024);
    expect(counting.bytes).toBeLessThan(64 * 1024);
  });

  it('is the same as what GNU tar and bsd-style pax archives list', async () => {
    await using folder = await makeTempDir('tar');
    const deep = join(folder.path, 'in', 'd'.repeat(120), 'e'.repeat(120));
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, 'file'), 'deep');
    await writeFile(join(folder.path, 'in', 'plain'), 'plain');
    await symlink('plain', join(folder.path, 'in', 'link'));
    for (const format of ['gnu', 'pax', 'posix', 'oldgnu']) {
      const path = join(folder.path, `${format}.tar`);
      await run('tar', ['--create', '--file', path, '--format', format, '--directory', join(folder.path, 'in'), '.']);
      const archive = await readFile(path);
      expect(await contentOf(archive, `${'d'.repeat(120)}/${'e'.repeat(120)}/file`)).toBe('deep');
      expect(await contentOf(archive, 'link')).toBe('plain');
    }
  });
});

describe('a link', () => {
  it('leads to its file: hard ones from the archive’s folder, symbolic ones from their own', async () => {
    const archive = nastyTar([
      { name: 'l1/layer.tar', content: 'layer' },
      { name: 'l2/layer.tar', type: '2', link: '../l1/layer.tar' },
      { name: 'l3/layer.tar', type: '1', link: 'l2/layer.tar' },
      gnuLong('K', `${'./'.repeat(80)}l1/layer.tar`),
      { name: 'l4', type: '2' },
      { name: 'nowhere', type: '2', link: 'gone' },
      { name: 'folder', type: '2', link: 'l1' },
      { name: 'far/folder', type: '2', link: '../folder' },
    ]);
    expect(await contentOf(archive, 'l2/layer.tar')).toBe('layer');
    expect(await contentOf(archive, 'l3/layer.tar')).toBe('layer');
    expect(await contentOf(archive, 'l4')).toBe('layer');
    expect(await contentOf(archive, 'nowhere')).toBeUndefined();
    expect(await contentOf(archive, 'folder')).toBeUndefined();
    expect(await contentOf(archive, 'folder/layer.tar')).toBe('layer');
    expect(await contentOf(archive, 'far/folder/layer.tar')).toBe('layer');
    expect(await contentOf(archive, 'far/folder/other.tar')).toBeUndefined();
  });

  it.each([
    ['to itself', [{ name: 'a', type: '2', link: 'a' }]],
    [
      'to one that leads back',
      [
        { name: 'a', type: '2', link: 'b' },
        { name: 'b', type: '1', link: 'a' },
      ],
    ],
  ])('%s is refused', async (_, members) => {
    await expect(contentOf(nastyTar(members), 'a')).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining('lead in a circle'),
    });
  });

  it.each(['../../etc/passwd', '/etc/passwd', '../..'])('out of the archive, to %s, is refused', async (link) => {
    for (const name of ['d/a', 'd/a/passwd'])
      await expect(contentOf(nastyTar([{ name: 'd/a', type: '2', link }]), name)).rejects.toMatchObject({
        code: 'PATH_ESCAPES',
        message: expect.stringContaining('leads out of the archive'),
      });
  });
});

describe('an archive that cannot be used', () => {
  const member = { name: 'a', content: 'x'.repeat(700) };
  it.each([
    ['cut off in a content', nastyTar([member]).subarray(0, 1000), 0, /"a" has 700 bytes.*ends at byte 1000/],
    ['cut off in a header', nastyTar([member, member]).subarray(0, 1536 + 100), 1536, /middle of a header/],
    ['with a wrong checksum', nastyTar([member, { ...member, checksumOff: 1 }]), 1536, /wrong checksum/],
    ['with a size that is no number', nastyTar([{ name: 'a', sizeField: Buffer.from('99999999999\0') }]), 0, /size/],
    ['with a negative size', nastyTar([{ name: 'a', sizeField: Buffer.alloc(12, 0xff) }]), 0, /no valid size/],
    ['with a size beyond all numbers', nastyTar([{ name: 'a', sizeField: base256(2 ** 60) }]), 0, /no valid size/],
    ['with a size beyond its end', nastyTar([{ name: 'a', sizeField: base256(2 ** 50) }]), 0, /ends at byte/],
    [
      'with a sparse file of no size',
      nastyTar([paxHeader({ 'GNU.sparse.major': '1' }), { name: 'a' }]),
      1024,
      /sparse/,
    ],
    ['with a sparse file beyond its size', sparseTar({ size: '9', map: '0,4,6,4' }, 'x'.repeat(8)), 1024, /pieces/],
    ['with a sparse file of pieces out of order', sparseTar({ size: '9', map: '6,1,0,1' }, 'xx'), 1024, /pieces/],
    ['with a sparse file of half a piece', sparseTar({ size: '9', map: '0,1,6' }, 'x'), 1024, /pieces/],
    ['with a sparse file of too few bytes', sparseTar({ size: '900', map: '0,4,6,600' }, 'x'), 1024, /fewer bytes/],
    ['with a sparse file of numbers that are none', sparseTar({ size: '-9', map: '0,1' }, 'x'), 0, /pieces/],
    ['with a list of pieces without end', sparseTar({ realsize: '9', major: '1' }, '99999\n1\n'), 1024, /pieces/],
    ['of several volumes', nastyTar([{ name: 'a', type: 'M' }]), 0, /volume/],
    ['with a hole', Buffer.concat([nastyTar([member], { endBlocks: 1 }), nastyTar([member])]), 2048, /empty block/],
    ['with a malformed pax record', nastyTar([{ name: 'x', type: 'x', content: '99 path=a\n' }]), 0, /malformed/],
    ['with a pax record without =', nastyTar([{ name: 'x', type: 'x', content: '8 patha\n' }]), 0, /malformed/],
    ['with a pax size that is no number', nastyTar([paxHeader({ size: '-1' }), { name: 'a' }]), 0, /no valid size/],
    ['with a huge extension', nastyTar([{ name: 'x', type: 'x', sizeField: 2 ** 21 }]), 0, /longer than any/],
    ['with a name without end', nastyTar([gnuLong('L', 'n'.repeat(5000)), { name: 'a' }]), 5632, /4096/],
  ])('says where it goes wrong: %s', async (_, archive, position, words) => {
    const error = await fault(archive);
    expect(error.code).toBe('ARCHIVE_INVALID');
    expect(error.message).toMatch(words);
    expect(error.message).toContain(PATH);
    expect(error.facts.position).toBe(position);
  });

  it.each(['../a', 'a/../../b', '/../etc/passwd'])('because a member is named %s', async (name) => {
    const error = await fault(nastyTar([{ name: 'ok' }, { name }]));
    expect(error.code).toBe('PATH_ESCAPES');
    expect(error.message).toContain(JSON.stringify(name));
    expect(error.facts.position).toBe(512);
    expect((await fault(nastyTar([paxHeader({ path: name }), { name: 'ok' }]))).code).toBe('PATH_ESCAPES');
  });

  it('because it has more members than the limit', async () => {
    const archive = nastyTar([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    const limits = { maxMembers: 2, maxRatio: 1, maxUnpackedBytes: 1 };
    await expect(indexTar(reader(archive), { path: PATH, limits })).rejects.toThrow(/more than 2 members/);
  });

  it('because the work was cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(indexTar(reader(nastyTar([])), { path: PATH, signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

function sparseTar(records: Record<string, string>, content: string): Buffer {
  const named = Object.fromEntries(Object.entries(records).map(([key, value]) => [`GNU.sparse.${key}`, value]));
  return nastyTar([paxHeader(named), { name: 'a', content }]);
}

describe('any bytes', () => {
  /** Members stay inside the archive, and nothing but a PushboatError is thrown. */
  async function isHandled(archive: Buffer): Promise<void> {
    let found: TarIndex;
    try {
      found = await index(archive);
    } catch (error) {
      if (error instanceof PushboatError) return;
      throw error;
    }
    for (const member of found.members.values()) {
      expect(member.offset + member.size).toBeLessThanOrEqual(archive.byteLength);
      expect(member.name.split('/')).not.toContain('..');
      try {
        resolveMember(found, member.name, PATH);
      } catch (error) {
        expect(error).toBeInstanceOf(PushboatError);
      }
    }
  }

  const member = fc.record(
    {
      name: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('a', 'b/c', '../x', './a', 'a/b/')),
      type: fc.constantFrom('0', '1', '2', '5', 'x', 'g', 'L', 'K', 'S', 'Z', '\0'),
      content: fc.oneof(
        fc.uint8Array({ maxLength: 1100 }),
        fc.constantFrom('9 path=b\n', '8 size=9\n', '11 size=700\n'),
      ),
      link: fc.constantFrom('a', 'b/c', '../a', '/'),
      sizeField: fc.oneof(
        fc.nat(3000),
        fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      ),
      format: fc.constantFrom('posix' as const, 'gnu' as const, 'v7' as const),
    },
    { requiredKeys: ['name', 'type', 'content', 'link'] },
  );

  it('in well-formed headers are indexed or refused', async () => {
    const members = fc.array(member, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(members, fc.nat(3), (list, endBlocks) => isHandled(nastyTar(list, { endBlocks }))),
      { numRuns: 500, seed: 4 },
    );
  });

  it('in a damaged archive are indexed or refused', async () => {
    const good = nastyTar([
      { name: 'a', content: 'x'.repeat(600) },
      paxHeader({ path: 'long/name', size: '3' }),
      { name: 'b', content: 'abc' },
      gnuLong('L', 'g'.repeat(200)),
      { name: 'c', type: '1', link: 'a' },
    ]);
    const changes = fc.array(fc.tuple(fc.nat(good.byteLength - 1), fc.nat(255)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(good.byteLength), (list, end) => {
        const bad = Buffer.from(good);
        for (const [at, byte] of list) bad[at] = byte;
        return isHandled(bad.subarray(0, end));
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  it('of a file that is shorter than it said are refused', async () => {
    const archive = nastyTar([paxHeader({ path: 'x' }), { name: 'a', content: 'abc' }]);
    for (const end of [0, 100, 600, 1100]) {
      const shrunk = indexTar(reader(archive.subarray(0, end), archive.byteLength), { path: PATH });
      await shrunk.then(
        ({ members }) => expect(members.size).toBe(0),
        (error: unknown) => expect(error).toBeInstanceOf(PushboatError),
      );
    }
  });
});

it('a 10 GB archive is indexed in a moment', async () => {
  await using folder = await makeTempDir('huge');
  const path = join(folder.path, 'huge.tar');
  const size = 10 * 1024 ** 3;
  const file = await open(path, 'w+');
  try {
    // The contents are holes of the file system: only headers take room.
    const [head, tail] = [
      nastyTar([{ name: 'huge', sizeField: base256(size) }], { endBlocks: 0 }),
      nastyTar([{ name: 'b' }]),
    ];
    await file.write(head, 0, head.byteLength, 0);
    await file.write(tail, 0, tail.byteLength, 512 + size);
    const read: ByteReader['read'] = async (buffer, length, position) =>
      (await file.read(buffer, 0, length, position)).bytesRead;
    const started = performance.now();
    const { members } = await indexTar({ size: (await file.stat()).size, read }, { path });
    expect(performance.now() - started).toBeLessThan(1000);
    expect([...members.keys()]).toEqual(['huge', 'b']);
  } finally {
    await file.close();
  }
});
