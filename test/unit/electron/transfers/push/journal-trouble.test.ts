import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../../../../electron/transfers/journal/journal.ts';
import { parseDigest } from '../../../../../shared/digest.ts';
import type { ErrorData } from '../../../../../shared/errors.ts';
import { makePipe } from '../../../../fixtures/make-pipe.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

type Exec = (this: DatabaseSync, sql: string) => void;

const A = parseDigest(`sha256:${'a'.repeat(64)}`);

let folder: TempDir;
let problems: ErrorData[];
beforeEach(async () => {
  folder = await makeTempDir('journal');
  problems = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  await folder.remove();
});

const file = () => join(folder.path, 'journal.db');
const open = () => new Journal(folder.path, (problem) => problems.push(problem));
const asideNames = async () => (await readdir(folder.path)).filter((name) => name.includes('damaged'));
const modeOf = (name: string) => statSync(join(folder.path, name)).mode & 0o777;

/** A journal that knows where a blob is. */
function fill(): void {
  using journal = open();
  journal.addLocations('host', 'acme/web', [A]);
}

describe('a journal that another process keeps for itself', () => {
  it('is left as it is, said once to be locked, and used again later', async () => {
    fill();
    const other = new DatabaseSync(file());
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM trait;');
    using journal = open();
    expect(journal.repositoriesOf('host', A)).toEqual([]);
    journal.addLocations('host', 'acme/api', [A]);
    expect(problems).toMatchObject([
      { code: 'JOURNAL_UNUSABLE', detail: 'database is locked', path: folder.path, hint: 'goes-on-without-journal' },
    ]);
    other.exec('COMMIT');
    other.close();
    expect(await asideNames()).toEqual([]);
    const later = performance.now() + 60_000;
    vi.spyOn(performance, 'now').mockImplementation(() => later);
    expect(journal.repositoriesOf('host', A)).toEqual(['acme/web']);
    expect(problems).toHaveLength(1);
  });

  it('does not stop the others at each thing that would be written', () => {
    using journal = open();
    const other = new DatabaseSync(file());
    other.exec('BEGIN IMMEDIATE');
    for (let count = 0; count < 1000; count++) journal.traits.add('host', 'no-chunks');
    journal.addLocations('host', 'acme/web', [A]);
    other.close();
    expect(problems.map(({ detail }) => detail)).toEqual(['database is locked']);
  });
});

it('that is damaged is put aside, also when only a part shows it', async () => {
  fill();
  const bytes = await readFile(file());
  // The first page says that all is well.
  await writeFile(file(), bytes.fill(0xff, 4096));
  using journal = open();
  expect(problems).toMatchObject([
    { code: 'JOURNAL_UNUSABLE', message: expect.stringContaining('was damaged') as string },
  ]);
  expect((await asideNames()).length).toBeGreaterThan(0);
  journal.addLocations('host', 'acme/api', [A]);
  expect(journal.repositoriesOf('host', A)).toEqual(['acme/api']);
});

it('that is no database is put aside', async () => {
  writeFileSync(file(), 'something else '.repeat(100));
  using _journal = open();
  expect(problems).toMatchObject([{ detail: 'file is not a database' }]);
  expect(await asideNames()).toHaveLength(1);
});

it.each([
  ['full', 'PRAGMA max_page_count = 1'],
  ['read-only', 'PRAGMA query_only = 1'],
])('on a disk that is %s is left as it is', async (_, pragma) => {
  fill();
  const openAsIs = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')?.value as Exec;
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql) {
    openAsIs.call(this, sql);
    if (sql.includes('busy_timeout')) openAsIs.call(this, pragma);
  });
  using journal = open();
  for (let count = 0; count < 500; count++) journal.addLocations('host', `acme/web-${'x'.repeat(200)}${count}`, [A]);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.detail).toMatch(/full|readonly/);
  expect(await asideNames()).toEqual([]);
});

it('that cannot be made, for the disk is full, is told to be that', () => {
  const openAsIs = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')?.value as Exec;
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql) {
    if (!sql.includes('COMMIT')) return openAsIs.call(this, sql);
    // As SQLite does where the disk takes none of it.
    openAsIs.call(this, 'ROLLBACK');
    throw new Error('database or disk is full');
  });
  using _journal = open();
  expect(problems).toMatchObject([{ detail: expect.stringContaining('is full') as string }]);
});

it('that is a pipe or a folder is not waited for', async () => {
  makePipe(file());
  using _journal = open();
  expect(problems).toMatchObject([{ detail: 'it is a pipe, not a file' }]);
  expect(await readdir(folder.path)).toEqual(['journal.db']);
});

it('is for its owner only, with its companions and its folder, and is made so again', () => {
  const before = process.umask(0);
  try {
    using journal = new Journal(join(folder.path, 'new'), (problem) => problems.push(problem));
    journal.traits.add('host', 'no-chunks');
    expect(['new', 'new/journal.db', 'new/journal.db-wal', 'new/journal.db-shm'].map(modeOf)).toEqual([
      0o700, 0o600, 0o600, 0o600,
    ]);
    chmodSync(join(folder.path, 'new'), 0o755);
    chmodSync(join(folder.path, 'new/journal.db'), 0o644);
    chmodSync(join(folder.path, 'new/journal.db-wal'), 0o644);
    using _again = new Journal(join(folder.path, 'new'), (problem) => problems.push(problem));
    expect(['new', 'new/journal.db', 'new/journal.db-wal'].map(modeOf)).toEqual([0o700, 0o600, 0o600]);
  } finally {
    process.umask(before);
  }
  expect(problems).toEqual([]);
});
