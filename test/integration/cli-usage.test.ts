import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LayoutWriter, makeLayout } from '../fixtures/layouts.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { CLI_COMMAND, type CliHome, jsonLines, makeCliHome, startOnTerminal, until } from './command-line.ts';

let home: CliHome;
let registry: TestRegistry;

beforeEach(async () => {
  const auth = { kind: 'basic', users: { ann: 'pass:word' } } as const;
  [home, registry] = await Promise.all([makeCliHome(), startRegistry({ storage: 'memory', auth })]);
});

afterEach(async () => {
  await registry.close();
  await home.remove();
});

describe('--creds', () => {
  test('- reads the login from standard input', async () => {
    const { path, image } = await makeLayout(join(home.path, 'layout'));
    const args = ['push', '-q', path, `${registry.host}/a:1`, '--creds', '-'];
    const { status, stdout, stderr } = await home.cli(args, { input: 'ann:pass:word\n' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${image.digest}\n`, stderr: '' });
  });

  test('USER asks for the password, and does not show it', async () => {
    const { path, image } = await makeLayout(join(home.path, 'layout'));
    const run = startOnTerminal(home, ['push', path, `${registry.host}/a:1`, '--creds', 'ann']);
    await until('the question', () => run.output().includes('Password for ann: '), run);
    run.child.stdin.write('pass:word\r');
    const { status, stdout } = await run.ended;
    expect(status).toBe(0);
    expect(stdout).not.toContain('pass:word');
    expect(registry.tags('a').get('1')).toBe(image.digest);
  });

  test('goes to no registry when there are two, also when the images name them', async () => {
    await using other = await startRegistry({ storage: 'memory' });
    const path = join(home.path, 'layout');
    const layout = await LayoutWriter.create(path);
    const image = await layout.image();
    for (const { host } of [registry, other]) layout.list(image, { refName: `${host}/a:1` });
    await layout.finish();
    for (const targets of [['--all-tags'], [`${registry.host}/b`, '--target', `${other.host}/b`]]) {
      const { status, stderr } = await home.cli(['push', path, ...targets, '--creds', 'ann:pass:word']);
      expect(status).toBe(2);
      expect(stderr).toContain('sign in to each with pushboat login first');
      expect(stderr).not.toContain('pass:word');
    }
    expect([...registry.requests, ...other.requests]).toEqual([]);
  });
});

test('a place where the digest cannot be written is told before anything is pushed', async () => {
  const { path } = await makeLayout(join(home.path, 'layout'));
  const { status, stderr } = await home.cli(['push', path, `${registry.host}/a:1`, '--digestfile', '/no/such/file']);
  expect(status).toBe(1);
  expect(stderr).toContain('Cannot write /no/such/file');
  expect(registry.requests).toEqual([]);
});

test('--digestfile may be new or there already, and relative', async () => {
  const { path, image } = await makeLayout(join(home.path, 'layout'));
  const args = ['push', path, `${registry.host}/a:1`, '--creds', 'ann:pass:word', '--digestfile', 'digest'];
  for (const _ of ['new', 'there']) {
    expect(await home.cli(args, { cwd: home.path })).toMatchObject({ status: 0 });
    expect(await readFile(join(home.path, 'digest'), 'utf8')).toBe(image.digest);
  }
});

test.each([
  ['done', 'ann:pass:word', 0],
  ['failed', 'ann:wrong', 3],
])('--json tells once that a push has %s', async (outcome, creds, expected) => {
  const { path } = await makeLayout(join(home.path, 'layout'), { layers: 5 });
  const targets = [`${registry.host}/a:1`, '--tag', '2'];
  const { status, stdout } = await home.cli(['push', path, ...targets, '--creds', creds, '--json']);
  expect(status).toBe(expected);
  const lines = jsonLines(stdout);
  const ends = lines.filter(({ type, state }) => type === 'job' && /^(done|failed|needs-login)$/.test(String(state)));
  expect(ends).toHaveLength(2);
  expect(new Set(ends.map(({ id }) => id)).size).toBe(2);
  expect(lines.filter(({ type }) => type === (outcome === 'done' ? 'done' : 'error'))).toHaveLength(
    outcome === 'done' ? 2 : 1,
  );
});

test('a current folder that was removed is told', async () => {
  const gone = await mkdtemp(join(home.path, 'gone-'));
  const command = ['sh', '-c', 'cd "$0" && rmdir "$0" && exec "$@"', gone, ...CLI_COMMAND];
  const { status, stderr } = await home.cli(['push', 'image', `${registry.host}/a:1`], { command });
  expect(status).toBe(1);
  expect(stderr).toBe(
    'Error: Cannot read .: the folder does not exist.\n  Check that the files exist and that you may read them.\n',
  );
});

test('an IMAGE that no store has is told with the stores that were asked', async () => {
  const { status, stderr } = await home.cli(['push', 'no-such-image:1', `${registry.host}/a:1`]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/no-such-image:1/);
  expect(stderr).toMatch(/image store|\/var\/lib\/ar\/images/);
});
