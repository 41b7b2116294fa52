import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const FILE = 'journal.db';

/** Raised when a table changes; a journal of another version is set aside, for it holds nothing that cannot be found out again. */
const SCHEMA_VERSION = 1;

const SCHEMA = `
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
`;

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
    const row = database.prepare('PRAGMA user_version').get();
    const version = Number(row?.['user_version'] ?? 0);
    if (version === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
    else if (version !== SCHEMA_VERSION)
      throw new Error(`the journal has the version ${version}, not ${SCHEMA_VERSION}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function tryRename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // There is none: the journal was closed properly.
  }
}
