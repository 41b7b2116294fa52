import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type Digest, parseDigest } from '../../../shared/digest.ts';
import type { ErrorData } from '../../../shared/errors.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { type TransferOptions, transferOptionsSchema } from '../../../shared/transfer-options.ts';
import { isRunning } from '../../files/temporary-names.ts';
import type { UploadSession } from '../../registry/types.ts';
import { GuardedDatabase } from './guarded-database.ts';
import { HistoryRecords } from './history-records.ts';
import { type JobMemory, memoryText, type RememberedRequest, readMemory } from './job-memory.ts';
import { TraitTable } from './trait-table.ts';

/** Registries sweep unfinished uploads after about a week; older ones are not asked for. Milliseconds. */
const UPLOAD_LIFETIME = 7 * 24 * 3600_000;
/** Where a blob was seen longer ago than this it may have been collected. */
const LOCATION_LIFETIME = 90 * 24 * 3600_000;
/** A layer that was not pushed for so long is compressed again. */
const COMPRESSED_LIFETIME = 365 * 24 * 3600_000;
/** An upload that a living process moved within this time is that process's. */
const OWNED_FOR = 120_000;
/** Nobody comes back to an upload that has rested for so long: most images are built again sooner. */
const RESTED_FOR = 24 * 3600_000;

/** A push or an export that was not done when the application ended, and how it was left. */
export interface JobRecord extends RememberedRequest {
  memory: JobMemory;
}

/**
 * What Pushboat remembers between its starts: uploads that can go on, where blobs are, unfinished jobs. Nothing in it is needed for a
 * push to succeed, so its failures are reported and never thrown. It holds no logins; upload locations are as secret as their
 * registry makes them, so the folder is for its owner only.
 */
export class Journal implements Disposable {
  /** Jobs that have ended. */
  readonly history: HistoryRecords;
  /** What registries were found to be like. */
  readonly traits: TraitTable;
  readonly #database: GuardedDatabase;

  /** @param dataDir undefined: nothing is remembered. */
  constructor(dataDir: string | undefined, onProblem: (problem: ErrorData) => void = () => undefined) {
    this.#database = new GuardedDatabase(dataDir, prune, onProblem);
    this.history = new HistoryRecords(this.#database);
    this.traits = new TraitTable(this.#database);
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
  }

  /** The upload of a blob that was cut off, unless another living process is at it. */
  findUpload(registry: string, repository: string, digest: Digest): UploadSession | undefined {
    const row = this.#database.get(
      'SELECT * FROM upload WHERE registry = ? AND repository = ? AND digest = ?',
      registry,
      repository,
      digest,
    );
    if (!row || isOwnedElsewhere(Number(row['pid']), Number(row['updated_at']))) return undefined;
    return sessionOf(repository, row);
  }

  /** Whether anything of this repository was cut off. */
  hasUploads(registry: string, repository: string): boolean {
    const sql = 'SELECT 1 FROM upload WHERE registry = ? AND repository = ? LIMIT 1';
    return this.#database.get(sql, registry, repository) !== undefined;
  }

  /** Uploads that were cut off long ago. */
  restingUploads(registry: string, repository: string): [Digest, UploadSession][] {
    const sql = 'SELECT * FROM upload WHERE registry = ? AND repository = ? AND updated_at < ?';
    return this.#database
      .all(sql, registry, repository, Date.now() - RESTED_FOR)
      .map((row) => [parseDigest(String(row['digest'])), sessionOf(repository, row)]);
  }

  saveUpload(registry: string, digest: Digest, session: UploadSession): void {
    this.#database.run(INSERT_UPLOAD, ...uploadValues(registry, digest, session));
  }

  saveUploads(registry: string, sessions: Iterable<[Digest, UploadSession]>): void {
    this.#database.transaction((run) => {
      for (const [digest, session] of sessions) run(INSERT_UPLOAD, ...uploadValues(registry, digest, session));
    });
  }

  removeUpload(registry: string, repository: string, digest: Digest): void {
    this.#database.run(
      'DELETE FROM upload WHERE registry = ? AND repository = ? AND digest = ?',
      registry,
      repository,
      digest,
    );
  }

  /** Repositories of the registry that were seen to hold the blob, the latest first. */
  repositoriesOf(registry: string, digest: Digest): string[] {
    const sql = 'SELECT repository FROM location WHERE registry = ? AND digest = ? ORDER BY seen_at DESC LIMIT 20';
    return this.#database.all(sql, registry, digest).map((row) => String(row['repository']));
  }

  addLocations(registry: string, repository: string, digests: Iterable<Digest>): void {
    const now = Date.now();
    this.#database.transaction((run) => {
      const insert = 'INSERT OR REPLACE INTO location VALUES (?, ?, ?, ?)';
      for (const digest of digests) run(insert, registry, digest, repository, now);
    });
  }

  removeLocation(registry: string, digest: Digest, repository: string): void {
    this.#database.run(
      'DELETE FROM location WHERE registry = ? AND digest = ? AND repository = ?',
      registry,
      digest,
      repository,
    );
  }

  /** What a layer became when it was compressed; `codec` names everything besides the layer that decides the bytes. */
  compressedOf(source: Digest, codec: string): { digest: Digest; size: number } | undefined {
    const row = this.#database.get('SELECT digest, size FROM compressed WHERE source = ? AND codec = ?', source, codec);
    return row ? { digest: parseDigest(String(row['digest'])), size: Number(row['size']) } : undefined;
  }

  saveCompressed(source: Digest, codec: string, { digest, size }: { digest: Digest; size: number }): void {
    this.#database.run(
      'INSERT OR REPLACE INTO compressed VALUES (?, ?, ?, ?, ?)',
      source,
      codec,
      digest,
      size,
      Date.now(),
    );
  }

  saveJob({ id, kind, imageId, imageName, target, options, replaces, createdAt, group }: RememberedRequest): void {
    this.#database.run(
      `INSERT OR REPLACE INTO job (id, image_id, image_name, target, options, created_at, kind, replaces, group_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      imageId,
      imageName,
      target,
      JSON.stringify(options),
      createdAt,
      kind,
      Number(replaces),
      group ?? null,
    );
  }

  /** Keeps how far an unfinished job has come, for the next start; nothing for a job that is not remembered. */
  saveJobMemory(id: string, memory: JobMemory): void {
    this.#database.run('UPDATE job SET memory = ? WHERE id = ?', memoryText(memory), id);
  }

  removeJob(id: string): void {
    this.#database.run('DELETE FROM job WHERE id = ?', id);
  }

  /** Jobs that were not done, the oldest first. */
  jobs(): JobRecord[] {
    return this.#database.all('SELECT * FROM job ORDER BY created_at').map((row) => ({
      id: String(row['id']),
      kind: row['kind'] === 'export' ? 'export' : 'push',
      imageId: String(row['image_id']),
      imageName: String(row['image_name']),
      target: String(row['target']),
      options: readOptions(String(row['options'])),
      replaces: Number(row['replaces']) === 1,
      createdAt: Number(row['created_at']),
      group: typeof row['group_id'] === 'string' ? row['group_id'] : undefined,
      memory: readMemory(row['memory']),
    }));
  }
}

const INSERT_UPLOAD = 'INSERT OR REPLACE INTO upload VALUES (?, ?, ?, ?, ?, ?, ?, ?)';

function uploadValues(
  registry: string,
  digest: Digest,
  { repository, location, offset, chunkMinLength }: UploadSession,
): SQLInputValue[] {
  return [registry, repository, digest, location, offset, chunkMinLength ?? null, process.pid, Date.now()];
}

function sessionOf(repository: string, row: Record<string, unknown>): UploadSession {
  const chunkMinLength = row['chunk_min'] === null ? {} : { chunkMinLength: Number(row['chunk_min']) };
  return { repository, location: String(row['location']), offset: Number(row['offset']), ...chunkMinLength };
}

/** What is too old to be of use goes; so the whole journal is looked at once, and a damage shows. */
function prune(database: DatabaseSync): void {
  const now = Date.now();
  database.prepare('DELETE FROM upload WHERE updated_at < ?').run(now - UPLOAD_LIFETIME);
  database.prepare('DELETE FROM location WHERE seen_at < ?').run(now - LOCATION_LIFETIME);
  database.prepare('DELETE FROM compressed WHERE used_at < ?').run(now - COMPRESSED_LIFETIME);
}

function isOwnedElsewhere(pid: number, updatedAt: number): boolean {
  // A time to come is one of a clock that was set back.
  return pid !== process.pid && Math.abs(Date.now() - updatedAt) <= OWNED_FOR && isRunning(pid);
}

function readOptions(text: string): TransferOptions {
  return transferOptionsSchema.safeParse(jsonOrUndefined(text)).data ?? {};
}
