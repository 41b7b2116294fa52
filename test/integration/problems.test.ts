import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeLayout } from '../fixtures/layouts.ts';
import { makePipe } from '../fixtures/make-pipe.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type CliHome, jsonLines, makeCliHome } from './command-line.ts';

let home: CliHome;
let registry: TestRegistry;
let image: string;
let dataDir: string;

beforeEach(async () => {
  [home, registry] = await Promise.all([
    makeCliHome(),
    startRegistry({ storage: 'memory', auth: { kind: 'basic', users: { ann: 'pw' } } }),
  ]);
  ({ path: image } = await makeLayout(join(home.path, 'layout')));
  dataDir = join(home.path, 'data');
  // Of the files with logins one of the last, so that what is wrong with those before shows.
  const login = { [registry.host]: { auth: Buffer.from('ann:pw').toString('base64') } };
  await writeFile(join(home.path, 'home/.dockercfg'), JSON.stringify(login));
});

afterEach(async () => {
  await registry.close();
  await home.remove();
});

const push = (...args: string[]) =>
  home.cli(['push', image, `${registry.host}/acme/web:1`, ...args], { env: { PUSHBOAT_DATA_DIR: dataDir } });

async function put(path: string, content: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

const dockerConfig = () => join(home.path, 'home/.docker/config.json');
const journalFile = () => join(dataDir, 'journal.db');

/** What is wrong, what the file or program is called, and what is said of it. */
const TROUBLES: [string, () => Promise<unknown>, RegExp, string][] = [
  [
    'a file with logins that is cut off',
    () => put(dockerConfig(), '{'),
    /\.docker\/config\.json cannot be used: it is not valid JSON.*other places/,
    'CREDENTIALS_UNREADABLE',
  ],
  [
    'a folder in the place of a file with logins',
    () => mkdir(dockerConfig(), { recursive: true }),
    /\.docker\/config\.json cannot be used: it is a folder, not a file.*other places/,
    'CREDENTIALS_UNREADABLE',
  ],
  [
    'a pipe in the place of a file with logins',
    async () => {
      await mkdir(dirname(dockerConfig()), { recursive: true });
      makePipe(dockerConfig());
    },
    /it is a pipe, not a file/,
    'CREDENTIALS_UNREADABLE',
  ],
  [
    'a credential helper that is not installed',
    () => put(dockerConfig(), '{"credsStore": "nowhere"}'),
    /docker-credential-nowhere cannot be used: the program is not installed.*config\.json names it.*other places/,
    'CREDENTIALS_UNREADABLE',
  ],
  [
    'settings that are cut off',
    () => put(join(dataDir, 'settings.json'), '{"version": 1, "max'),
    /settings\.json could not be understood.*kept as .*settings\.json\.damaged-/,
    'SETTINGS_UNREADABLE',
  ],
  [
    'a pipe in the place of the settings',
    async () => {
      await mkdir(dataDir, { recursive: true });
      makePipe(join(dataDir, 'settings.json'));
    },
    /settings\.json.*it is a pipe, not a file/,
    'SETTINGS_UNREADABLE',
  ],
  [
    'a journal that is damaged',
    () => put(journalFile(), 'nothing of the kind '.repeat(100)),
    /journal of uploads was damaged.*put aside as .*journal\.db\.damaged-.*continue without it/,
    'JOURNAL_UNUSABLE',
  ],
];

describe.each(TROUBLES)('%s', (_, cause, says, code) => {
  test('is said once on standard error, and the push continues', async () => {
    await cause();
    const { status, stderr } = await push('--quiet');
    expect({ status, lines: stderr.trim().split('\n').length, stderr }).toEqual({ status: 0, lines: 1, stderr });
    expect(stderr).toMatch(says);
  });

  test('is an event with --json', async () => {
    await cause();
    const { status, stdout, stderr } = await push('--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const warnings = jsonLines(stdout).filter(({ type }) => type === 'warning');
    expect(warnings).toMatchObject([
      { code, message: expect.any(String) as string, hint: expect.any(String) as string },
    ]);
  });
});

test('a data folder that cannot be made is told once, and the last line is the result', async () => {
  await put(dataDir, '');
  const { status, stdout } = await push('--json');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(status).toBe(0);
  expect(lines.at(-1)).toMatchObject({ type: 'done' });
  const warnings = lines.filter((line) => (line as { type: string }).type === 'warning');
  expect(warnings).toMatchObject([{ code: 'JOURNAL_UNUSABLE' }]);
});

test('a journal that another process has for the whole push is done without, and stays as it is', async () => {
  expect(await push()).toMatchObject({ status: 0, stderr: '' });
  const other = new DatabaseSync(journalFile());
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM trait;');
  const { status, stderr } = await push('--tag', '2');
  other.close();
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(
      /^Warning: The journal of uploads .* database is locked.*continue without it.*\n$/,
    ) as string,
  });
  expect((await readFile(journalFile())).subarray(0, 15).toString()).toBe('SQLite format 3');
});

test('data and cache are for their owner only, whatever the umask is', async () => {
  const before = process.umask(0);
  try {
    expect(await push()).toMatchObject({ status: 0, stderr: '' });
    await chmod(dataDir, 0o755);
    await chmod(journalFile(), 0o644);
    expect(await push()).toMatchObject({ status: 0, stderr: '' });
  } finally {
    process.umask(before);
  }
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  expect(await modeOf(dataDir)).toBe(0o700);
  expect(await modeOf(journalFile())).toBe(0o600);
  expect(await modeOf(join(home.path, 'home/.cache/pushboat'))).toBe(0o700);
});
