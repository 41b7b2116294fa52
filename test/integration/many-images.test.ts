import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { savedArchive, savedImage } from '../fixtures/docker-archives.ts';
import { blobPath, LayoutWriter } from '../fixtures/layouts.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type CliHome, jsonLines, makeCliHome } from './command-line.ts';

let home: CliHome;
let registry: TestRegistry;

beforeAll(async () => {
  [home, registry] = await Promise.all([makeCliHome(), startRegistry({ storage: 'memory' })]);
  await writeFile(join(home.path, 'app.tar'), savedArchive(savedImage('app'), ['ghcr.io/acme/app:1']));
  await writeFile(join(home.path, 'db.tar'), savedArchive(savedImage('db'), ['library/db:2']));
  await writeFile(join(home.path, 'Plain Tool.tar'), savedArchive(savedImage('tool'), null));
  const layout = await LayoutWriter.create(join(home.path, 'layout'));
  const broken = await layout.image({ seed: 'broken' });
  layout.list(broken, { refName: 'acme/broken:1' });
  await layout.finish();
  await rm(blobPath(join(home.path, 'layout'), broken.layers[0]?.digest ?? broken.digest));
});
afterAll(async () => {
  await registry.close();
  await home.remove();
});

const push = (...args: string[]) => home.cli(['push', ...args], { cwd: home.path });
const tag = (repository: string, name: string) => registry.tags(repository).get(name);

describe('many images', () => {
  test('go below one path, each under its own name, also by a pattern that the shell did not expand', async () => {
    const { status, stdout, stderr } = await push('*.tar', '--to', `${registry.host}/air`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const [name, version] of [
      ['acme/app', '1'],
      ['db', '2'],
      ['plain-tool', 'latest'],
    ] as const) {
      expect(tag(`air/${name}`, version)).toMatch(/^sha256:/);
    }
    expect(stdout).toContain('All 3 are done.');
  });

  test('of skopeo sync go below one path by the names of their folders', async () => {
    const layout = await LayoutWriter.create(join(home.path, 'from'));
    for (const name of ['web:1.2', 'api:2']) layout.list(await layout.image({ seed: name }), { refName: name });
    await layout.finish();
    for (const name of ['web:1.2', 'api:2']) {
      const folder = join(home.path, 'sync', name);
      expect((await push(`oci:${join(home.path, 'from')}:${name}`, `dir:${folder}`)).stderr).toBe('');
    }
    expect((await push('sync/*', '--to', `${registry.host}/synced`)).stderr).toBe('');
    for (const [name, version] of [
      ['web', '1.2'],
      ['api', '2'],
    ] as const)
      expect(tag(`synced/${name}`, version)).toMatch(/^sha256:/);
  });

  test('are all tried; what failed is told with its target, and the receipt has a line for each', async () => {
    const receipt = join(home.path, 'receipt.csv');
    const args = ['./app.tar', './layout', './no-such.tar', '--to', `${registry.host}/part`, '--receipt', receipt];
    const { status, stdout, stderr } = await push(...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/acme\/broken:1 → \S+\/part\/acme\/broken:1\nError: .*blob/i);
    expect(stderr).toMatch(/no-such\.tar\nError: /);
    expect(stdout).toContain('1 of 3 are done, 2 are not.');
    expect(tag('part/acme/app', '1')).toMatch(/^sha256:/);
    const rows = (await readFile(receipt, 'utf8')).trim().split('\r\n').slice(1);
    expect(rows.map((row) => row.split(',')[2])).toEqual(['done', 'failed', 'failed']);
    expect(rows[0]).toContain(`,done,${tag('part/acme/app', '1')},`);
  });

  test('of a list go to their targets; with --fail-fast nothing is sent when one is not there', async () => {
    const list = `app.tar ${registry.host}/list/app:9 ${registry.host}/list/app:10\n"Plain Tool.tar" ${registry.host}/list/tool:1\n`;
    const { status, stdout } = await home.cli(['push', '--json', '--from', '-'], { cwd: home.path, input: list });
    expect(status).toBe(0);
    expect(jsonLines(stdout).at(-1)).toEqual({ type: 'summary', done: 3, failed: 0 });
    expect([...registry.tags('list/app').keys()].sort()).toEqual(['10', '9']);
    const fast = await push('./db.tar', './no-such.tar', '--to', `${registry.host}/fast`, '--fail-fast');
    expect(fast.status).toBe(1);
    expect(registry.tags('fast/db').size).toBe(0);
  });

  test('are refused before anything is sent when two would have one name', async () => {
    await writeFile(join(home.path, 'other.tgz'), savedArchive(savedImage('other'), ['quay.io/acme/app:1']));
    const { status, stderr } = await push('app.tar', 'other.tgz', '--to', `${registry.host}/same`);
    expect(status).toBe(2);
    expect(stderr).toMatch(/Several images would have one name, and nothing was sent: \S+\/same\/acme\/app:1/);
    expect(registry.tags('same/acme/app').size).toBe(0);
  });

  test('are in the history, from where a search finds them', async () => {
    const { stdout } = await home.cli(['history', '--json', 'part/acme', 'broken']);
    expect(jsonLines(stdout)).toMatchObject([{ type: 'history', kind: 'push', state: 'failed' }]);
  });
});

describe('one image', () => {
  test('is told as standard input when it is no archive', async () => {
    const options = { cwd: home.path, input: 'no archive' };
    const { status, stderr } = await home.cli(['push', '-', '--to', registry.host], options);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^-\nError: standard input holds no images: /);
  });

  test('may be an archive on standard input, of which nothing is left', async () => {
    const temporary = join(home.path, 'tmp');
    const input = await readFile(join(home.path, 'app.tar'));
    const { status, stdout, stderr } = await home.cli(['push', '-q', '-', `${registry.host}/piped:1`], {
      input,
      env: { TMPDIR: temporary },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trim()).toBe(tag('piped', '1'));
    expect(await readdir(temporary)).toEqual([]);
  });

  test('with --no-clobber leaves a tag that is there', async () => {
    const target = `${registry.host}/kept:1`;
    await push('-q', 'app.tar', target);
    const before = tag('kept', '1');
    const { status, stdout } = await push('db.tar', target, '--no-clobber');
    expect(status).toBe(0);
    expect(tag('kept', '1')).toBe(before);
    expect(stdout).toMatch(/kept|is there|left/i);
  });
});
