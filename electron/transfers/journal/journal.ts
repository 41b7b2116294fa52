import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { type Digest, parseDigest } from '../../../shared/digest.ts';
import { type ErrorData, messageOf } from '../../../shared/errors.ts';
import { type HistoryEntry, historyEntrySchema } from '../../../shared/history.ts';
import { type TransferOptions, transferOptionsSchema } from '../../../shared/ipc.ts';
import { isRunning } from '../../files/temporary-names.ts';
import type { TokenServer, TokenServerMemory, UploadSession } from '../../registry/types.ts';
import { isDamage, openDatabase, setDatabaseAside } from './database.ts';
import { type JobMemory, memoryText, readMemory } from './job-memory.ts';

const DAY = 24 * 3600_000;
/** Registries sweep unfinished uploads after about a week; older ones are not asked for. Milliseconds. */
const UPLOAD_LIFETIME = 7 * 24 * 3600_000;
/** Where a blob was seen longer ago than this it may have been collected. */
const LOCATION_LIFETIME = 90 * 24 * 3600_000;
/** A layer that was not pushed for so long is compressed again. */
const COMPRESSED_LIFETIME = 365 * 24 * 3600_000;
/** A registry may have learned what it refused longer ago than this. */
const TRAIT_LIFETIME = 7 * 24 * 3600_000;
/** Of a token server: logins go there before the registry has named it again. */
const TOKEN_SERVER_LIFETIME = 24 * 3600_000;
/** After a failure the journal is left alone for so long: each try may wait for a lock, and nothing else runs meanwhile. */
const REST = 30_000;
/** An upload that a living process moved within this time is that process's. */
const OWNED_FOR = 120_000;

/** What a push or an export asks for, as it is remembered. */
export interface RememberedRequest {
  id: string;
  kind: 'push' | 'export';
  imageId: string;
  imageName: string;
  /** Canonical, with tag; of an export the destination's text. */
  target: string;
  options: TransferOptions;
  /** Of an export: the person agreed that it replaces what is there. */
  replaces: boolean;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Of what was asked for together. */
  group?: string | undefined;
}

/** A push or an export that was not done when the application ended, and how it was left. */
export interface JobRecord extends RememberedRequest {
  memory: JobMemory;
}

/** How much of the history is kept: for so many days, and the newest so many. */
export interface HistoryLimits {
  days: number;
  entries: number;
}

/** What registries were found not to do, by their own words. */
export type RegistryTrait = 'no-chunks' | 'no-free-bodies';

/**
 * What Pushboat remembers between its starts: uploads that can go on, where blobs are, unfinished jobs. Nothing in it is needed for a
 * push to succeed, so its failures are reported and never thrown. It holds no logins; upload locations are as secret as their
 * registry makes them, so the folder is for its owner only.
 */
export class Journal implements TokenServerMemory, Disposable {
  readonly #dataDir: string | undefined;
  readonly #statements = new Map<string, StatementSync>();
  readonly #onProblem: (problem: ErrorData) => void;
  #database: DatabaseSync | undefined;
  /** On the clock of `performance.now`. */
  #restsUntil = 0;

  /** @param dataDir undefined: nothing is remembered. */
  constructor(dataDir: string | undefined, onProblem: (problem: ErrorData) => void = () => undefined) {
    this.#dataDir = dataDir;
    this.#onProblem = onProblem;
    this.#guard(() => undefined);
  }

  /** The upload of a blob that was cut off, unless another living process is at it. */
  findUpload(registry: string, repository: string, digest: Digest): UploadSession | undefined {
    const row = this.#get(
      'SELECT * FROM upload WHERE registry = ? AND repository = ? AND digest = ?',
      registry,
      repository,
      digest,
    );
    if (!row || isOwnedElsewhere(Number(row['pid']), Number(row['updated_at']))) return undefined;
    const chunkMinLength = row['chunk_min'] === null ? {} : { chunkMinLength: Number(row['chunk_min']) };
    return { repository, location: String(row['location']), offset: Number(row['offset']), ...chunkMinLength };
  }

  saveUpload(registry: string, digest: Digest, { repository, location, offset, chunkMinLength }: UploadSession): void {
    const values = [registry, repository, digest, location, offset, chunkMinLength ?? null, process.pid, Date.now()];
    this.#run('INSERT OR REPLACE INTO upload VALUES (?, ?, ?, ?, ?, ?, ?, ?)', ...values);
  }

  removeUpload(registry: string, repository: string, digest: Digest): void {
    this.#run('DELETE FROM upload WHERE registry = ? AND repository = ? AND digest = ?', registry, repository, digest);
  }

  /** Repositories of the registry that were seen to hold the blob, the latest first. */
  repositoriesOf(registry: string, digest: Digest): string[] {
    const sql = 'SELECT repository FROM location WHERE registry = ? AND digest = ? ORDER BY seen_at DESC LIMIT 20';
    return this.#all(sql, registry, digest).map((row) => String(row['repository']));
  }

  addLocations(registry: string, repository: string, digests: Iterable<Digest>): void {
    const now = Date.now();
    this.#transaction((database) => {
      const insert = this.#statement(database, 'INSERT OR REPLACE INTO location VALUES (?, ?, ?, ?)');
      for (const digest of digests) insert.run(registry, digest, repository, now);
    });
  }

  removeLocation(registry: string, digest: Digest, repository: string): void {
    this.#run(
      'DELETE FROM location WHERE registry = ? AND digest = ? AND repository = ?',
      registry,
      digest,
      repository,
    );
  }

  /** What a layer became when it was compressed; `codec` names everything besides the layer that decides the bytes. */
  compressedOf(source: Digest, codec: string): { digest: Digest; size: number } | undefined {
    const row = this.#get('SELECT digest, size FROM compressed WHERE source = ? AND codec = ?', source, codec);
    return row ? { digest: parseDigest(String(row['digest'])), size: Number(row['size']) } : undefined;
  }

  saveCompressed(source: Digest, codec: string, { digest, size }: { digest: Digest; size: number }): void {
    this.#run('INSERT OR REPLACE INTO compressed VALUES (?, ?, ?, ?, ?)', source, codec, digest, size, Date.now());
  }

  hasTrait(registry: string, trait: RegistryTrait): boolean {
    const row = this.#get('SELECT value FROM trait WHERE registry = ? AND name = ?', registry, trait);
    return row !== undefined && Number(row['value']) > Date.now() - TRAIT_LIFETIME;
  }

  addTrait(registry: string, trait: RegistryTrait): void {
    this.#run('INSERT OR REPLACE INTO trait VALUES (?, ?, ?)', registry, trait, String(Date.now()));
  }

  /** The token server that the registry named, unless that was too long ago: who runs it may change. */
  tokenServer(registry: string): TokenServer | undefined {
    const row = this.#get("SELECT value FROM trait WHERE registry = ? AND name = 'token-server'", registry);
    const known = row && readTokenServer(String(row['value']));
    // A time to come is one of a clock that was set back.
    if (!known || Math.abs(Date.now() - known.named) > TOKEN_SERVER_LIFETIME) return undefined;
    return { realm: known.realm, service: known.service };
  }

  saveTokenServer(registry: string, server: TokenServer): void {
    const value = JSON.stringify({ ...server, named: Date.now() });
    this.#run("INSERT OR REPLACE INTO trait VALUES (?, 'token-server', ?)", registry, value);
  }

  removeTokenServer(registry: string): void {
    this.#run("DELETE FROM trait WHERE registry = ? AND name = 'token-server'", registry);
  }

  saveJob({ id, kind, imageId, imageName, target, options, replaces, createdAt, group }: RememberedRequest): void {
    this.#run(
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
    this.#run('UPDATE job SET memory = ? WHERE id = ?', memoryText(memory), id);
  }

  removeJob(id: string): void {
    this.#run('DELETE FROM job WHERE id = ?', id);
  }

  /** Jobs that were not done, the oldest first. */
  jobs(): JobRecord[] {
    return this.#all('SELECT * FROM job ORDER BY created_at').map((row) => ({
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

  /** Jobs that have ended, the newest first. */
  history({ days, entries }: HistoryLimits): HistoryEntry[] {
    const since = Date.now() - days * DAY;
    const rows = this.#all(
      'SELECT entry FROM history WHERE finished_at > ? ORDER BY finished_at DESC, id LIMIT ?',
      since,
      entries,
    );
    return rows.flatMap((row) => readHistory(row['entry']) ?? []);
  }

  addHistory(entry: HistoryEntry, request: RememberedRequest, { days, entries }: HistoryLimits): void {
    if (days === 0 || entries === 0) return;
    this.#transaction((database) => {
      this.#statement(database, 'INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)').run(
        entry.id,
        entry.finishedAt,
        JSON.stringify(entry),
        JSON.stringify(request),
      );
      this.#statement(database, 'DELETE FROM history WHERE finished_at <= ?').run(Date.now() - days * DAY);
      const surplus =
        'DELETE FROM history WHERE id IN (SELECT id FROM history ORDER BY finished_at DESC, id LIMIT -1 OFFSET ?)';
      this.#statement(database, surplus).run(entries);
    });
  }

  /** What a job of the history asked for. */
  historyRequest(id: string): RememberedRequest | undefined {
    return readRequest(this.#get('SELECT request FROM history WHERE id = ?', id)?.['request']);
  }

  clearHistory(): void {
    this.#run('DELETE FROM history');
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
    this.#restsUntil = Number.POSITIVE_INFINITY;
  }

  /** All or none of it. */
  #transaction(work: (database: DatabaseSync) => void): void {
    this.#guard((database) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        work(database);
        database.exec('COMMIT');
      } catch (error) {
        // On a full disk SQLite has rolled back by itself (https://www.sqlite.org/lang_transaction.html).
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#guard((database) => this.#statement(database, sql).run(...values));
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#guard((database) => this.#statement(database, sql).get(...values));
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#guard((database) => this.#statement(database, sql).all(...values)) ?? [];
  }

  #statement(database: DatabaseSync, sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  /** What the work gives; undefined, at once, while the journal rests after a failure. */
  #guard<T>(work: (database: DatabaseSync) => T): T | undefined {
    if (this.#dataDir === undefined || performance.now() < this.#restsUntil) return undefined;
    try {
      this.#database ??= this.#open(this.#dataDir);
      return work(this.#database);
    } catch (error) {
      this.#restsUntil = performance.now() + REST;
      this.#failed(this.#dataDir, error);
      return undefined;
    }
  }

  #open(dataDir: string): DatabaseSync {
    const { database, setAside } = openDatabase(dataDir, prune);
    if (setAside) this.#sayDamaged(setAside.path, setAside.reason);
    return database;
  }

  #failed(dataDir: string, error: unknown): void {
    const reason = messageOf(error);
    if (!this.#database || !isDamage(error)) {
      this.#onProblem(problem(dataDir, `The journal of uploads in ${dataDir} cannot be used: ${reason}.`, reason));
      return;
    }
    this.#statements.clear();
    this.#database.close();
    this.#database = undefined;
    try {
      this.#sayDamaged(setDatabaseAside(dataDir), reason);
    } catch (other) {
      const why = `${reason}; and it cannot be put aside: ${messageOf(other)}`;
      this.#onProblem(problem(dataDir, `The journal of uploads in ${dataDir} is damaged: ${why}.`, why));
    }
  }

  #sayDamaged(path: string, reason: string): void {
    const message = `The journal of uploads was damaged (${reason}); it was put aside as ${path}.`;
    this.#onProblem(problem(path, message, reason));
  }
}

/** What is too old to be of use goes; so the whole journal is looked at once, and a damage shows. */
function prune(database: DatabaseSync): void {
  const now = Date.now();
  database.prepare('DELETE FROM upload WHERE updated_at < ?').run(now - UPLOAD_LIFETIME);
  database.prepare('DELETE FROM location WHERE seen_at < ?').run(now - LOCATION_LIFETIME);
  database.prepare('DELETE FROM compressed WHERE used_at < ?').run(now - COMPRESSED_LIFETIME);
}

function problem(path: string, message: string, detail: string): ErrorData {
  return { code: 'JOURNAL_UNUSABLE', message, path, detail, hint: 'goes-on-without-journal' };
}

const tokenServerSchema = z.object({ realm: z.string(), service: z.string(), named: z.number() });

function readTokenServer(text: string): z.infer<typeof tokenServerSchema> | undefined {
  try {
    return tokenServerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isOwnedElsewhere(pid: number, updatedAt: number): boolean {
  // A time to come is one of a clock that was set back.
  return pid !== process.pid && Math.abs(Date.now() - updatedAt) <= OWNED_FOR && isRunning(pid);
}

function readHistory(value: unknown): HistoryEntry | undefined {
  return historyEntrySchema.safeParse(parsedJson(value)).data;
}

const requestSchema = z.object({
  id: z.string(),
  kind: z.enum(['push', 'export']),
  imageId: z.string(),
  imageName: z.string(),
  target: z.string(),
  options: transferOptionsSchema,
  replaces: z.boolean(),
  createdAt: z.number(),
  group: z.string().optional(),
});

function readRequest(value: unknown): RememberedRequest | undefined {
  return requestSchema.safeParse(parsedJson(value)).data;
}

function parsedJson(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return undefined;
  }
}

function readOptions(text: string): TransferOptions {
  return transferOptionsSchema.safeParse(parsedJson(text)).data ?? {};
}
