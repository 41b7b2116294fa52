import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArguments } from '../../../../../electron/cli/push/image-arguments.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { makeIo } from '../terminal.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('image-arguments');
});
afterEach(() => folder.remove());

const touch = (...names: string[]) => Promise.all(names.map((name) => writeFile(join(folder.path, name), '')));
const read = (words: string[], options = {}) => readArguments(words, options, makeIo().io);

describe('the words of push', () => {
  it('are an image and a destination, or with --to images', async () => {
    expect(await read(['a', 'r.example/b'])).toEqual({ kind: 'one', image: 'a', destination: 'r.example/b' });
    expect(await read(['a', 'b', 'c'], { to: 'r.example' })).toEqual({
      kind: 'many',
      images: ['a', 'b', 'c'].map((image) => ({ image, targets: [] })),
    });
    await expect(read(['a', 'b', 'c'])).rejects.toThrow(/--to REGISTRY\/PATH/);
  });

  it('may be patterns that the shell has left as they are', async () => {
    await touch('b.tar', 'a.tar', 'c.txt', 'odd[1].tar');
    const pattern = join(folder.path, '?.tar');
    const files = ['a.tar', 'b.tar'].map((name) => join(folder.path, name));
    expect(await read([pattern], { to: 'r.example' })).toEqual({
      kind: 'many',
      images: files.map((image) => ({ image, targets: [] })),
    });
    expect(await read([`docker-archive:${pattern}`])).toMatchObject({
      images: files.map((path) => ({ image: `docker-archive:${path}` })),
    });
    const named = join(folder.path, 'odd[1].tar');
    expect(await read([named, 'r.example/x'])).toMatchObject({ kind: 'one', image: named });
    for (const literal of [
      `${named}:web`,
      `oci-archive:${named}@sha256:1`,
      'containers-storage:[vfs@/var/x+/run/x]web:1',
    ]) {
      expect(await read([literal, 'r.example/x'])).toMatchObject({ kind: 'one', image: literal });
    }
    await expect(read([pattern, 'r.example/x'])).rejects.toThrow(/fits 2 files.*--to/);
    await expect(read([join(folder.path, '*.zip')])).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });
});

describe('a list of images', () => {
  const list = async (text: string | Uint8Array) => {
    const path = join(folder.path, 'list');
    await writeFile(path, text);
    return read([], { from: path });
  };

  it('has lines of an image and its targets, comments, and names with spaces in quotation marks', async () => {
    expect(
      await list('# all\n\nweb:1 r.example/web:1 s.example/web:1\r\n  "my image.tar"\tr.example/my:1\nalone\n'),
    ).toEqual({
      kind: 'many',
      images: [
        { image: 'web:1', targets: ['r.example/web:1', 's.example/web:1'] },
        { image: 'my image.tar', targets: ['r.example/my:1'] },
        { image: 'alone', targets: [] },
      ],
    });
  });

  it('may be JSON', async () => {
    expect(
      await list('["alone", {"image": "web:1", "target": "r.example/web:1"}, {"image": "x", "targets": ["y"]}]'),
    ).toEqual({
      kind: 'many',
      images: [
        { image: 'alone', targets: [] },
        { image: 'web:1', targets: ['r.example/web:1'] },
        { image: 'x', targets: ['y'] },
      ],
    });
  });

  it('that is a table, or YAML, is told with what it should be', async () => {
    const table =
      'REPOSITORY   TAG       IMAGE ID       CREATED       SIZE\nweb          1         0ab          2 days ago    1MB\n';
    await expect(list(table)).rejects.toThrow(/is a table for people: .*docker images --format "{{.Repository}}/);
    const yaml = join(folder.path, 'images.yaml');
    await writeFile(yaml, '- web:1\n');
    await expect(read([], { from: yaml })).rejects.toThrow(/images\.yaml is YAML/);
  });

  it('may have single quotes, comments behind a line, and objects in lines', async () => {
    const images = [
      { image: 'my image.tar', targets: ['r.example/my:1'] },
      { image: 'web:1', targets: [] },
    ];
    expect(await list(`'my image.tar' r.example/my:1 # mine\n\nweb:1 #all\n`)).toEqual({ kind: 'many', images });
    expect(await list('{"image": "my image.tar", "target": "r.example/my:1"}\r\n{"image": "web:1"}\n')).toEqual({
      kind: 'many',
      images,
    });
  });

  it('may be in UTF-16, as Windows PowerShell writes it', async () => {
    const bytes = Buffer.from('\ufeffweb:1 r.example/web:1\r\n', 'utf16le');
    const images = [{ image: 'web:1', targets: ['r.example/web:1'] }];
    expect(await list(bytes)).toEqual({ kind: 'many', images });
    expect(await readArguments([], { from: '-' }, makeIo(bytes).io)).toEqual({ kind: 'many', images });
  });

  it('of all that docker has leaves out what has no name, and says so', async () => {
    const { io, stderr } = makeIo('web:1\n<none>:<none>\nacme/db:<none>\n');
    expect(await readArguments([], { from: '-' }, io)).toEqual({
      kind: 'many',
      images: [{ image: 'web:1', targets: [] }],
    });
    expect(stderr()).toBe('Note: Left out, because they have no name (<none>): 2\n');
    await expect(list('<none>:<none>\n')).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.each([
    ['web "open\n', /line 1: a quotation mark is not closed/],
    ['# nothing\n', /lists no image/],
    ['[{"image": "a"}, {"imgae": "b"}]', /entry 2: expected/],
    ['[{"image": "a",}]', /is not valid JSON/],
    ['{"image": "a"}\n{"image"}', /is not valid JSON/],
    ['{"Repository": "web", "Tag": "1"}', /entry 1: expected/],
  ])('that is wrong is refused with the place: %j', async (text, words) => {
    await expect(list(text)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(words) as string });
  });

  it('may come on standard input', async () => {
    expect(await readArguments([], { from: '-' }, makeIo('a b\n').io)).toEqual({
      kind: 'many',
      images: [{ image: 'a', targets: ['b'] }],
    });
  });
});
