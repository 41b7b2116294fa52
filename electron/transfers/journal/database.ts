import { existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../../shared/errors.ts';
import { requireFile } from '../../files/plain-file.ts';
import { keepPrivate, makePrivateFile, makePrivateFolder } from '../../files/private.ts';
import { asideName } from '../../files/set-aside.ts';
import { JOURNAL_FILE } from './token-server.ts';

/** What SQLite keeps next to it while it is open. */
const COMPANIONS = ['-wal', '-shm'];

/**
 * How each version of the journal is made from the one before; the first from nothing. A journal of a later version than the last is
 * left to the application that made it.
 */
const MIGRATIONS = [
  `
CREATE TABLE upload (
  registry TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL,
  location TEXT NOT NULL, offset INTEGER NOT NULL, chunk_min INTEGER, pid INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY (registry, repository, digest)
) WITHOUT ROWID;
CREATE TABLE location (
  registry TEXT NOT NULL, digest TEXT NOT NULL, repository TEXT NOT NULL, seen_at INTEGER NOT NULL,
  PRIMARY KEY (registry, digest, repository)
) WITHOUT ROWID;
CREATE TABLE job (
  id TEXT PRIMARY KEY, image_id TEXT NOT NULL, image_name TEXT NOT NULL, target TEXT NOT NULL, options TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE trait (
  registry TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (registry, name)
) WITHOUT ROWID;
`,
  `
CREATE TABLE compressed (
  source TEXT NOT NULL, codec TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL, used_at INTEGER NOT NULL,
  PRIMARY KEY (source, codec)
) WITHOUT ROWID;
`,
  `
ALTER TABLE job ADD COLUMN kind TEXT NOT NULL DEFAULT 'push';
`,
  `
ALTER TABLE job ADD COLUMN memory TEXT;
`,
  `
ALTER TABLE job ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0;
`,
  `
CREATE TABLE history (id TEXT PRIMARY KEY, finished_at INTEGER NOT NULL, entry TEXT NOT NULL, request TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX history_by_time ON history (finished_at);
`,
  `
ALTER TABLE job ADD COLUMN group_id TEXT;
`,
];

export interface OpenedDatabase {
  database: DatabaseSync;
  /** Where a damaged journal was put, and why. */
  setAside?: { path: string; reason: string };
}

/** Milliseconds that another process may keep the journal at most. Nothing else runs meanwhile. */
const FIRST_WAIT = 2_000;
const LATER_WAIT = 100;

/**
 * Opens the journal in `dataDir`, made when it is not there, for its owner only. Write-ahead logging keeps it whole through a kill at any
 * moment; several processes may use it at once. A file that is damaged, whether that shows at once or in `prepare`, is set aside under
 * another name; one that is only busy, read-only, full or of a later version stays as it is.
 * @throws the system's or SQLite's error when it cannot be used.
 */
export function openDatabase(dataDir: string, prepare: (database: DatabaseSync) => void): OpenedDatabase {
  makePrivateFolder(dataDir);
  const path = join(dataDir, JOURNAL_FILE);
  const inode = inodeOf(path);
  try {
    return { database: open(path, prepare) };
  } catch (error) {
    if (!isDamagedDatabase(error)) throw error;
    const reason = messageOf(error);
    // Another process may have been quicker: its new one is whole.
    if (inodeOf(path) !== inode) return { database: open(path, prepare) };
    return { setAside: { path: setDatabaseAside(dataDir), reason }, database: open(path, prepare) };
  }
}

/** Puts the journal under another name, with the files that belong to it. Returns that name; fails with the system's error. */
export function setDatabaseAside(dataDir: string): string {
  const path = join(dataDir, JOURNAL_FILE);
  const aside = asideName(path);
  renameSync(path, aside);
  for (const suffix of COMPANIONS) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/** What SQLite calls corrupt, or no database (https://www.sqlite.org/rescode.html): the low byte, for the rest only says more. */
export function isDamagedDatabase(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  return [11, 26].includes(error.errcode & 0xff);
}

function open(path: string, prepare: (database: DatabaseSync) => void): DatabaseSync {
  const there = statSync(path, { throwIfNoEntry: false });
  // A pipe would be waited for.
  if (there) requireFile(there);
  makePrivateFile(path);
  for (const suffix of COMPANIONS) keepPrivate(path + suffix);
  const database = new DatabaseSync(path, { timeout: FIRST_WAIT });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    migrate(database);
    prepare(database);
    database.exec(`PRAGMA busy_timeout = ${LATER_WAIT};`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** In one transaction that is the only writer, so that two processes which start together do not both do it. */
function migrate(database: DatabaseSync): void {
  const version = versionOf(database);
  if (version === MIGRATIONS.length) return;
  if (version > MIGRATIONS.length) {
    throw new Error(`a later Pushboat has made it (version ${version}, not ${MIGRATIONS.length})`);
  }
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const migration of MIGRATIONS.slice(versionOf(database))) database.exec(migration);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT;`);
  } catch (error) {
    // On a full disk SQLite has rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}
