import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appCacheDir, appDataDir, homeDirOf } from '../../../../electron/settings/app-paths.ts';
import { openSettings } from '../../../../electron/settings/settings-file.ts';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import { makePipe } from '../../../fixtures/make-pipe.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let folder: TempDir;
let dataDir: string;
let file: string;

beforeEach(async () => {
  folder = await makeTempDir('settings');
  dataDir = join(folder.path, 'data');
  file = join(dataDir, 'settings.json');
});

afterEach(() => folder.remove());

async function write(content: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, content);
}

describe('settings', () => {
  it('are the defaults until something is changed, and are there at the next start', async () => {
    const settings = await openSettings(dataDir);
    expect(settings.get()).toEqual(DEFAULT_SETTINGS);
    await settings.update((current) => ({ ...current, language: 'zh-CN' }));
    expect((await openSettings(dataDir)).get().language).toBe('zh-CN');
  });

  it('are in a file for their owner only, and leave no other file behind', async () => {
    const settings = await openSettings(dataDir);
    await settings.update((current) => ({ ...current, maxJobs: 5 }));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(await readdir(dataDir)).toEqual(['settings.json']);
  });

  it('take many changes at once, each of which sees the one before', async () => {
    const settings = await openSettings(dataDir);
    const add = (path: string) =>
      settings.update((current) => ({ ...current, addedPaths: [...current.addedPaths, path] }));
    const paths = Array.from({ length: 20 }, (_, i) => `/p${i}`);
    await Promise.all(paths.map(add));
    expect((await openSettings(dataDir)).get().addedPaths).toEqual(paths);
  });

  it('tell those who listen', async () => {
    const settings = await openSettings(dataDir);
    const seen: string[] = [];
    const stop = settings.subscribe(({ theme }) => seen.push(theme));
    await settings.update((current) => ({ ...current, theme: 'dark' }));
    stop();
    await settings.update((current) => ({ ...current, theme: 'light' }));
    expect(seen).toEqual(['dark']);
  });

  it.each(['{"version": 1, "language"', 'not json', '[1]', ''])(
    'that are damaged (%j) are set aside with a warning',
    async (content) => {
      await write(content);
      const settings = await openSettings(dataDir);
      expect(settings.get()).toEqual(DEFAULT_SETTINGS);
      expect(settings.problems()).toHaveLength(1);
      const [aside] = await readdir(dataDir);
      expect(aside).toMatch(/^settings\.json\.damaged-/);
      expect(await readFile(join(dataDir, aside ?? ''), 'utf8')).toBe(content);
    },
  );

  it('of a newer version keep the fields that this one does not know', async () => {
    await write(JSON.stringify({ version: 2, theme: 'dark', future: { a: 1 } }));
    const settings = await openSettings(dataDir);
    expect(settings.get().theme).toBe('dark');
    await settings.update((current) => ({ ...current, maxJobs: 2 }));
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ theme: 'dark', maxJobs: 2, future: { a: 1 } });
  });

  it('of an earlier version have the defaults of what is new', async () => {
    const {
      bandwidthLimit: _,
      historyDays: _1,
      drafts: _2,
      panes: _3,
      lookForUpdates: _4,
      ...earlier
    } = DEFAULT_SETTINGS;
    await write(JSON.stringify({ ...earlier, theme: 'dark' }));
    const settings = await openSettings(dataDir);
    expect(settings.get()).toEqual({ ...DEFAULT_SETTINGS, theme: 'dark' });
    expect(settings.problems()).toEqual([]);
  });

  it('lose only the field that is wrong', async () => {
    await write(JSON.stringify({ theme: 'dark', maxJobs: 'many' }));
    const settings = await openSettings(dataDir);
    expect(settings.get()).toMatchObject({ theme: 'dark', maxJobs: DEFAULT_SETTINGS.maxJobs });
    expect(settings.problems()[0]?.message).toContain('maxJobs');
  });

  it('that are not valid are refused, and the next change still works', async () => {
    const settings = await openSettings(dataDir);
    await expect(settings.update((current) => ({ ...current, maxJobs: 0 }))).rejects.toMatchObject({
      code: 'SETTINGS_UNREADABLE',
    });
    await settings.update((current) => ({ ...current, maxJobs: 1 }));
    expect(settings.get().maxJobs).toBe(1);
  });

  it('that cannot be read are told, and are not written over', async () => {
    await mkdir(file, { recursive: true });
    const settings = await openSettings(dataDir);
    expect(settings.get()).toEqual(DEFAULT_SETTINGS);
    expect(settings.problems()).toMatchObject([
      { code: 'SETTINGS_UNREADABLE', path: file, detail: 'it is a folder, not a file', hint: 'goes-on-with-defaults' },
    ]);
    await expect(settings.update((current) => ({ ...current, maxJobs: 1 }))).rejects.toMatchObject({
      code: 'SETTINGS_UNREADABLE',
    });
    expect((await stat(file)).isDirectory()).toBe(true);
  });

  it('in a pipe are not waited for', async () => {
    await mkdir(dataDir, { recursive: true });
    makePipe(file);
    const settings = await openSettings(dataDir);
    expect(settings.problems()).toMatchObject([{ detail: 'it is a pipe, not a file' }]);
  });

  it('are for their owner only, also when they are only read', async () => {
    await mkdir(dataDir, { recursive: true });
    await writeFile(file, '{"version":1}', { mode: 0o644 });
    const settings = await openSettings(dataDir);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o644);
    await settings.update((current) => ({ ...current, maxJobs: 1 }));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('that cannot be written say so and stay as they were', async () => {
    await writeFile(dataDir, 'a file where the folder should be');
    const settings = await openSettings(join(dataDir)).catch(() => undefined);
    await expect(settings?.update((current) => ({ ...current, maxJobs: 9 }))).rejects.toMatchObject({
      code: 'SETTINGS_UNREADABLE',
      hint: 'choose-data-folder',
    });
    expect(settings?.get().maxJobs).toBe(DEFAULT_SETTINGS.maxJobs);
  });
});

describe('the data folder', () => {
  it.each([
    [{ HOME: '/home/a' }, 'linux', '/home/a/.local/share/pushboat'],
    [{ HOME: '/home/a', XDG_DATA_HOME: '/x' }, 'linux', '/x/pushboat'],
    [{ HOME: '/home/a', XDG_DATA_HOME: 'relative' }, 'linux', '/home/a/.local/share/pushboat'],
    [{ HOME: '/Users/a' }, 'darwin', '/Users/a/Library/Application Support/Pushboat'],
    [{ USERPROFILE: 'C:\\Users\\a', APPDATA: 'D:\\Roaming' }, 'win32', 'D:\\Roaming\\Pushboat'],
    [{ USERPROFILE: 'C:\\Users\\a' }, 'win32', 'C:\\Users\\a\\AppData\\Roaming\\Pushboat'],
    [{ HOME: '/home/a', PUSHBOAT_DATA_DIR: '/own' }, 'linux', '/own'],
  ] as const)('with %j on %s is %s', (env, platform, path) => {
    expect(appDataDir(env, platform)).toBe(path);
  });
});

it('the home folder is the system’s where the environment has none, or an empty one', () => {
  const { homedir } = userInfo();
  expect([{}, { HOME: '' }].map((env) => homeDirOf(env, process.platform))).toEqual([homedir, homedir]);
});

describe('the cache folder', () => {
  it.each([
    ['linux', { HOME: '/home/ada' }, '/home/ada/.cache/pushboat'],
    ['linux', { HOME: '/home/ada', XDG_CACHE_HOME: '/var/cache/ada' }, '/var/cache/ada/pushboat'],
    ['linux', { HOME: '/home/ada', XDG_CACHE_HOME: 'relative' }, '/home/ada/.cache/pushboat'],
    ['darwin', { HOME: '/Users/ada' }, '/Users/ada/Library/Caches/Pushboat'],
    ['win32', { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' }, 'C:\\Users\\ada\\AppData\\Local\\Pushboat\\Cache'],
    ['win32', { USERPROFILE: 'C:\\Users\\ada' }, 'C:\\Users\\ada\\AppData\\Local\\Pushboat\\Cache'],
  ] as const)('is where %s keeps caches (%o)', (platform, env, path) => {
    expect(appCacheDir(env, platform)).toBe(path);
  });
});
