import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { startRegistry } from '../registry/server.ts';
import { type CliHome, makeCliHome } from './command-line.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

let folder: TempDir;
let home: CliHome;
beforeAll(async () => {
  [folder, home] = await Promise.all([makeTempDir('npm'), makeCliHome()]);
});
afterAll(async () => {
  await Promise.all([folder.remove(), home.remove()]);
});

/** Runs npm, which belongs to the system, without the variables that the npm around this test sets. */
function npm(args: string[], cwd: string): void {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const { status, stderr } = spawnSync('npm', args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr}`);
}

describe('the npm package', () => {
  test('is small, needs no other package, and brings a command that pushes', async () => {
    npm(['pack', '--silent', '--pack-destination', folder.path], root);
    const [file = ''] = await readdir(folder.path);
    const tarball = join(folder.path, file);
    expect((await stat(tarball)).size).toBeLessThan(2 * 1024 * 1024);

    const prefix = join(folder.path, 'prefix');
    // Offline: a package that it needed could not be had.
    npm(['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', prefix, tarball], folder.path);

    await using registry = await startRegistry({ storage: 'memory' });
    const { path, image } = await makeLayout(join(folder.path, 'layout'));
    // On the Node that this test runs on, whichever is first in PATH elsewhere.
    const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
    const command = [join(prefix, 'bin', 'pushboat')];
    const pushed = await home.cli(['push', '-q', path, `${registry.host}/a:1`], { command, env });
    expect(pushed).toEqual({ status: 0, stdout: `${image.digest}\n`, stderr: '' });
    expect(registry.tags('a').get('1')).toBe(image.digest);

    // What Node.js 22.13 lacks of the one that this test runs on.
    const newer = ['DisposableStack', 'AsyncDisposableStack', 'SuppressedError', 'URLPattern', 'Float16Array'];
    const taken = `for (const name of ${JSON.stringify(newer)}) delete globalThis[name];
      for (const [of, name] of [[Promise, 'try'], [RegExp, 'escape'], [Error, 'isError'], [process, 'threadCpuUsage']]) delete of[name];`;
    const oldest = {
      ...env,
      NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(taken).toString('base64')}`,
    };
    const again = await home.cli(['push', '-q', path, `${registry.host}/b:1`], { command, env: oldest });
    expect(again).toEqual({ status: 0, stdout: `${image.digest}\n`, stderr: '' });
    await rm(join(path, 'blobs', ...image.digest.split(':')));
    const failed = await home.cli(['push', '-q', path, `${registry.host}/b:2`], { command, env: oldest });
    expect(failed).toMatchObject({ status: 1, stderr: expect.not.stringContaining('is not defined') });
  });

  test('says on an old Node.js what it needs', async () => {
    // Node.js 12 knows no `await` outside of functions, so it would not get so far as to say it.
    expect(await readFile(join(root, 'bin', 'pushboat.mjs'), 'utf8')).not.toContain('await ');
    const bin = join(folder.path, 'old', 'bin', 'pushboat.mjs');
    await mkdir(dirname(bin), { recursive: true });
    await copyFile(join(root, 'bin', 'pushboat.mjs'), bin);
    const old = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })';
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(old)}`, bin, '--version'],
      { encoding: 'utf8' },
    );
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: `pushboat needs Node.js 22.13 or newer. This is 20.20.2 (${process.execPath}).\n`,
    });
  });
});
