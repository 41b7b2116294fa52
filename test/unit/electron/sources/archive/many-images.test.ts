import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Archive } from '../../../../../electron/sources/archive/archive.ts';
import { Archives } from '../../../../../electron/sources/archive/archives.ts';
import { findEach } from '../../../../../electron/sources/find/find-image.ts';
import { savedImage, savedList, savedMembers } from '../../../../fixtures/docker-archives.ts';
import { testEnvironment } from '../../../../fixtures/environment.ts';
import { LayoutWriter } from '../../../../fixtures/layouts.ts';
import { nastyTar } from '../../../../fixtures/nasty-tar.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { run } from '../../../../fixtures/tools.ts';

const COUNT = 30;

let folder: TempDir;
let archives: Archives;

beforeEach(async () => {
  folder = await makeTempDir('many-images');
  archives = new Archives(testEnvironment());
});

afterEach(() => {
  vi.restoreAllMocks();
  archives.close();
  return folder.remove();
});

async function each(name: string) {
  const where = { imagesStoreDir: join(folder.path, 'none'), cwd: folder.path, environment: testEnvironment() };
  return findEach(name, { ...where, archives });
}

it('the list of a saved archive is read once for all of its images', async () => {
  const saved = Array.from({ length: COUNT }, (_, at) => savedImage(`image ${at}`, 1));
  const entries = saved.map(({ configName }, at) => ({
    Config: configName,
    RepoTags: [`acme/web-${at}:1`],
    Layers: [`l${at}-0/layer.tar`],
  }));
  const members = saved.flatMap((image, at) => savedMembers(image, `l${at}-`));
  await writeFile(join(folder.path, 'all.tar'), nastyTar([...members, savedList(entries)]));
  const readSmall = vi.spyOn(Archive.prototype, 'readSmall');
  const found = await each('all.tar');
  expect(found).toHaveLength(COUNT);
  for (const image of found) await image.open();
  expect(readSmall.mock.calls.filter(([name]) => name === 'manifest.json')).toHaveLength(1);
});

it('the list of a saved archive may be as long as an index', async () => {
  const saved = savedImage('one', 1);
  const entry = { Config: saved.configName, RepoTags: ['acme/web:1'], Layers: ['l0/layer.tar'] };
  const list = { ...savedList([entry]), content: JSON.stringify([entry]).padEnd(5 * 1024 * 1024) };
  await writeFile(join(folder.path, 'one.tar'), nastyTar([...savedMembers(saved, 'l'), list]));
  expect(await each('one.tar')).toMatchObject([{ name: 'acme/web:1' }]);
});

it('what a layout in an archive lists besides its images is looked at once', async () => {
  const writer = await LayoutWriter.create(join(folder.path, 'layout'));
  for (let at = 0; at < COUNT; at++)
    writer.list(await writer.image({ seed: `image ${at}`, layers: 1 }), { refName: `t${at}` });
  await writer.finish();
  await run('tar', ['-C', writer.path, '-cf', join(folder.path, 'all.tar'), '.']);
  const found = await each('all.tar');
  expect(found).toHaveLength(COUNT);
  const opened = vi.spyOn(Archive.prototype, 'openMember');
  const openings = async (at: number): Promise<number> => {
    const before = opened.mock.calls.length;
    await (await found[at]?.open())?.companions?.(new Set());
    return opened.mock.calls.length - before;
  };
  const first = await openings(0);
  expect(first).toBeGreaterThan(COUNT);
  expect(await openings(1)).toBe(first - COUNT);
});
