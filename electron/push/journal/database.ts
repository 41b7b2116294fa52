import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const FILE = 'journal.db';

/**
 * How each version of the journal is made from the one before; the first from nothing. A journal of a later version than the last is
 * set aside, for it holds nothing that cannot be found out again.
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
];

export interface OpenedDatabase {
  database: DatabaseSync;
  /** Where a damaged or foreign journal was put, and why. */
  setAside?: { path: string; reason: string };
}

/**
 * Opens the journal in `dataDir`, made when it is not there. Write-ahead logging keeps it whole through a kill at any moment; several
 * processes may use it at once. A file that is damaged is set aside under another name.
 * @throws the system's error when neither the old nor a new file can be used.
 */
export function openDatabase(dataDir: string): OpenedDatabase {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, FILE);
  try {
    return { database: open(path) };
  } catch (error) {
    const aside = `${path}.damaged-${Date.now()}`;
    renameSync(path, aside);
    for (const suffix of ['-wal', '-shm']) tryRename(path + suffix, aside + suffix);
    return {
      database: open(path),
      setAside: { path: aside, reason: error instanceof Error ? error.message : String(error) },
    };
  }
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 2000 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** In one transaction that is the only writer, so that two processes which start together do not both do it. */
function migrate(database: DatabaseSync): void {
  const version = versionOf(database);
  if (version === MIGRATIONS.length) return;
  if (version > MIGRATIONS.length) {
    throw new Error(`the journal has the version ${version}, not ${MIGRATIONS.length}`);
  }
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const migration of MIGRATIONS.slice(versionOf(database))) database.exec(migration);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT;`);
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

function tryRename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // There is none: the journal was closed properly.
  }
}
