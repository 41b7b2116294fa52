import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storeLocation } from '../../../../../electron/sources/containers-storage/storage-conf.ts';
import { parseToml } from '../../../../../electron/sources/containers-storage/toml.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('conf');
});
afterEach(() => folder.remove());

function location(text: string | undefined, env: NodeJS.ProcessEnv = {}, uid = 1000) {
  return withConf(text).then(() => storeLocation({ env, homeDir: folder.path, platform: 'linux', uid }));
}

async function withConf(text: string | undefined): Promise<void> {
  if (text === undefined) return;
  const path = join(folder.path, '.config/containers/storage.conf');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

describe('the place of containers-storage', () => {
  test('is in the home folder by default, and where XDG_DATA_HOME says', async () => {
    expect((await location(undefined)).root).toBe(join(folder.path, '.local/share/containers/storage'));
    expect((await location(undefined, { XDG_DATA_HOME: '/data' })).root).toBe('/data/containers/storage');
  });

  test('is what storage.conf says, with its driver and additional stores', async () => {
    const text = `
      # comment
      [storage]
      driver = "overlay2" # Docker's name
      graphroot = "$HOME/.images/$UID"
      runroot = ''
      [storage.options]
      pull_options = {enable_partial_images = "true", use_hard_links = "false"}
      additionalimagestores = [
        "/usr/share/images", # read-only
        "~/more",
      ]
      [storage.options.overlay]
      mountopt = "nodev,metacopy=on"
    `;
    expect(await location(text)).toEqual({
      root: join(folder.path, '.images/1000'),
      driver: 'overlay',
      additional: ['/usr/share/images', join(folder.path, 'more')],
    });
  });

  test('is what the file of CONTAINERS_STORAGE_CONF says, for root too; STORAGE_DRIVER counts more', async () => {
    const path = join(folder.path, 'own.conf');
    await writeFile(path, '[storage]\ngraphroot="/srv/images"\ndriver="overlay"');
    const env = { CONTAINERS_STORAGE_CONF: path, STORAGE_DRIVER: 'vfs' };
    expect(await location(undefined, env, 0)).toEqual({ root: '/srv/images', driver: 'vfs', additional: [] });
  });

  test('is an error with the line when storage.conf is not valid', async () => {
    await expect(location('[storage]\ngraphroot = /x')).rejects.toMatchObject({
      code: 'STORE_INVALID',
      message: expect.stringContaining('line 2'),
    });
    await expect(location('storage = 1')).rejects.toMatchObject({ code: 'STORE_INVALID' });
  });
});

describe('the TOML reader', () => {
  test('reads strings, escapes, numbers, booleans, dotted keys and nested values', () => {
    const text =
      'a = "x\\ty\\u00e9\\\\"\nb.c."d e" = [1_000, -2.5, 0x10, true]\nl = \'\\raw\'\r\nt = { x = [{}], y.z = false }';
    expect(JSON.parse(JSON.stringify(parseToml(text, 'f')))).toEqual({
      a: 'x\tyé\\',
      b: { c: { 'd e': [1000, -2.5, 16, true] } },
      l: '\\raw',
      t: { x: [{}], y: { z: false } },
    });
  });

  test('refuses what it does not know and what is set twice', () => {
    for (const text of [
      'a = """x"""',
      '[[a]]',
      'a = 1\na = 2',
      'a = 1 b = 2',
      '[a',
      'a = [1',
      'a',
      '= 1',
      'a = 1979-05-27',
      '__proto__ = 1\n[__proto__]',
    ])
      expect(() => parseToml(text, 'f')).toThrow(PushboatError);
    expect(() => parseToml(`a = ${'['.repeat(10_000)}`, 'f')).toThrow('nested too deep');
  });

  test('gives a table or STORE_INVALID for any text', () => {
    const token = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '=',
      ',',
      '.',
      '"',
      "'",
      '\\',
      '#',
      '\n',
      ' ',
      'a',
      '1',
      'true',
      '\\u0041',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(token, { maxLength: 30 }).map((tokens) => tokens.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(typeof parseToml(input, 'f')).toBe('object');
        } catch (error) {
          expect(error).toMatchObject({ name: 'PushboatError', code: 'STORE_INVALID' });
        }
      }),
      { numRuns: 700, seed: 20_261_122 },
    );
  });
});
