import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractFile, listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { zipOf } from '../fixtures/zip.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What the tool that flips fuses looks for in Electron's executable: a sentence, a version, a number of fuses, all off. */
const FUSES = Buffer.concat([
  Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
  Buffer.from([1, 9]),
  Buffer.from('000000000'),
]);

let folder: TempDir;
let app: string;
let before: Record<string, string>;
beforeAll(async () => {
  folder = await makeTempDir('packaging');
  const zips = join(folder.path, 'zips');
  await mkdir(zips);
  const name = `electron-v${packageJson.devDependencies.electron}-linux-${process.arch}.zip`;
  const runtime = {
    electron: FUSES,
    LICENSE: Buffer.from('Electron'),
    version: Buffer.from('45'),
    'resources/default_app.asar': Buffer.from(''),
  };
  await writeFile(join(zips, name), zipOf(runtime));
  before = await bundles();
  const env = { ...process.env, PUSHBOAT_ELECTRON_ZIP_DIR: zips, PUSHBOAT_OUT_DIR: join(folder.path, 'out') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'build/scripts/package.mjs'), 'package'], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  app = join(folder.path, 'out', `Pushboat-linux-${process.arch}`);
});
afterAll(() => folder.remove());

/** The bundles of the checkout, with what they hold. */
async function bundles(): Promise<Record<string, string>> {
  const place = join(root, '.vite', 'build');
  const files = (await readdir(place, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const found: Record<string, string> = {};
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    found[path] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return found;
}

describe('npm run package, with a stand-in for Electron’s runtime', () => {
  test('packs the bundles with the command line and the licences, and nothing else', () => {
    const files = listPackage(join(app, 'resources', 'app.asar'), { isPack: false });
    expect(files).toEqual(
      expect.arrayContaining([
        '/LICENSE',
        '/package.json',
        '/.vite/build/main.js',
        '/.vite/build/preload.cjs',
        '/.vite/build/cli.js',
        '/.vite/build/main/THIRD-PARTY-NOTICES.md',
        '/.vite/renderer/main_window/index.html',
        '/.vite/renderer/main_window/THIRD-PARTY-NOTICES.md',
      ]),
    );
    expect(files.filter((file) => /node_modules|\.map$|\.ts$|^\/(electron|renderer|test|build)\b/.test(file))).toEqual(
      [],
    );
    expect(files).toContainEqual(expect.stringMatching(/^\/\.vite\/build\/cli\/.*\.c?js$/));
    const own = JSON.parse(extractFile(join(app, 'resources', 'app.asar'), 'package.json').toString()) as object;
    expect(own).toMatchObject({ main: '.vite/build/main.js', desktopName: 'pushboat.desktop' });
    const notices = extractFile(
      join(app, 'resources', 'app.asar'),
      '.vite/renderer/main_window/THIRD-PARTY-NOTICES.md',
    );
    expect(notices.toString()).toMatch(/^## react-dom - /m);
  });

  test('is for everybody who may read it, in whatever folder an installer puts it', async () => {
    expect((await stat(app)).mode & 0o777).toBe(0o755);
    const names = await readdir(app, { recursive: true });
    for (const name of names) expect((await stat(join(app, name))).mode & 0o444).toBe(0o444);
  });

  test('names the executable, and takes from it what a packaged app must not do', async () => {
    const wire = await getCurrentFuseWire(join(app, 'pushboat'));
    expect(wire[FuseV1Options.RunAsNode]).toBe('0'.charCodeAt(0));
    expect(wire[FuseV1Options.EnableNodeCliInspectArguments]).toBe('0'.charCodeAt(0));
    expect(wire[FuseV1Options.OnlyLoadAppFromAsar]).toBe('1'.charCodeAt(0));
  });

  test('leaves the bundles of the checkout as they were', async () => {
    expect(await bundles()).toEqual(before);
  });
});

test('where the runtime cannot be had, npm run package says so in a sentence', () => {
  const env = {
    ...process.env,
    PUSHBOAT_ELECTRON_ZIP_DIR: '',
    ELECTRON_OVERRIDE_DIST_PATH: join(folder.path, 'nowhere'),
  };
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'build/scripts/package.mjs'), 'package'], {
    env,
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Electron's runtime could not be downloaded, so there is nothing to package\.\n/);
});
