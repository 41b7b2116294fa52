import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storeLocation } from '../../../../../electron/sources/containers-storage/storage-conf.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('conf');
});
afterEach(() => folder.remove());

function location(text: string | undefined, env: NodeJS.ProcessEnv = {}, uid = 1000) {
  return withConf(text).then(() =>
    storeLocation({ env, homeDir: folder.path, platform: 'linux', uid, temporaryDir: tmpdir() }),
  );
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

  test('is what the files of storage.conf.d say over it, in the order of their names', async () => {
    const system = join(folder.path, 'etc');
    const write = async (path: string, lines: string) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `[storage]\n${lines}`);
    };
    await write(join(system, 'storage.conf'), 'graphroot="/main"\ndriver="vfs"');
    await write(join(system, 'storage.conf.d/10-all.conf'), 'graphroot="/all"\noptions.additionalimagestores=["/one"]');
    await write(join(system, 'storage.rootful.conf.d/20.conf'), 'graphroot="/rootful"');
    await write(join(system, 'storage.rootless.conf.d/20.conf'), 'graphroot="/rootless"');
    await write(join(system, 'storage.rootless.conf.d/1000/20.conf'), 'graphroot="/of-1000"');
    await write(
      join(folder.path, '.config/containers/storage.conf.d/30.conf'),
      'imagestore="/images"\noptions.additionalimagestores=["/two", {append=true}]',
    );
    await write(join(folder.path, '.config/containers/storage.conf.d/40.txt'), 'graphroot="/not-a-conf"');
    const at = (uid: number) =>
      storeLocation({ env: {}, homeDir: folder.path, platform: 'linux', uid, temporaryDir: tmpdir() }, [system]);
    const additional = ['/images', '/one', '/two'];
    expect(await at(0)).toEqual({ root: '/rootful', driver: 'vfs', additional });
    expect(await at(1000)).toEqual({ root: '/of-1000', driver: 'vfs', additional });
    expect((await at(1001)).root).toBe('/rootless');
  });

  test('is what root’s own storage.conf says before the system’s', async () => {
    const system = join(folder.path, 'etc');
    await mkdir(system);
    await writeFile(join(system, 'storage.conf'), '[storage]\ngraphroot="/system"');
    const root = { env: {}, homeDir: folder.path, platform: 'linux' as const, uid: 0, temporaryDir: tmpdir() };
    expect((await storeLocation(root, [system])).root).toBe('/system');
    await withConf('[storage]\ngraphroot="/own"');
    expect((await storeLocation(root, [system])).root).toBe('/own');
  });

  test('is an error when a file that a variable names is not there', async () => {
    const env = { CONTAINERS_STORAGE_CONF: join(folder.path, 'nowhere.conf') };
    await expect(location(undefined, env)).rejects.toMatchObject({
      code: 'STORE_INVALID',
      message: expect.stringContaining('CONTAINERS_STORAGE_CONF'),
    });
  });

  test('has the image stores of STORAGE_OPTS instead of those of the file', async () => {
    const text = '[storage.options]\nadditionalimagestores=["/one"]';
    const env = { STORAGE_OPTS: 'overlay.imagestore=/two,overlay.mountopt=nodev' };
    expect((await location(text, env)).additional).toEqual(['/two']);
  });

  test('is an error with the line when storage.conf is not valid', async () => {
    await expect(location('[storage]\ngraphroot = /x')).rejects.toMatchObject({
      code: 'STORE_INVALID',
      message: expect.stringContaining('line 2'),
    });
    await expect(location('storage = 1')).rejects.toMatchObject({ code: 'STORE_INVALID' });
  });
});
