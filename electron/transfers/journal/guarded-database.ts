import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type ErrorData, messageOf } from '../../../shared/errors.ts';
import { isDamagedDatabase, openDatabase, setDatabaseAside } from './database.ts';

/** After a failure the journal is left alone for so long: each try may wait for a lock, and nothing else runs meanwhile. */
const REST = 30_000;

/**
 * A database that nothing depends on: its failures are told and never thrown, and after one it is left alone for a while. Opened when it is
 * first used.
 */
export class GuardedDatabase implements Disposable {
  readonly #dataDir: string | undefined;
  readonly #prune: (database: DatabaseSync) => void;
  readonly #onProblem: (problem: ErrorData) => void;
  readonly #statements = new Map<string, StatementSync>();
  #database: DatabaseSync | undefined;
  /** On the clock of `performance.now`. */
  #restsUntil = 0;

  /**
   * @param dataDir undefined: nothing is remembered
   * @param prune removes what is too old, when the database is opened
   */
  constructor(
    dataDir: string | undefined,
    prune: (database: DatabaseSync) => void,
    onProblem: (problem: ErrorData) => void,
  ) {
    this.#dataDir = dataDir;
    this.#prune = prune;
    this.#onProblem = onProblem;
    this.#guard(() => undefined);
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#guard((database) => this.#statement(database, sql).run(...values));
  }

  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#guard((database) => this.#statement(database, sql).get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#guard((database) => this.#statement(database, sql).all(...values)) ?? [];
  }

  /** All or none of it. */
  transaction(work: (run: (sql: string, ...values: SQLInputValue[]) => void) => void): void {
    this.#guard((database) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        work((sql, ...values) => void this.#statement(database, sql).run(...values));
        database.exec('COMMIT');
      } catch (error) {
        // On a full disk SQLite has rolled back by itself (https://www.sqlite.org/lang_transaction.html).
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
    this.#restsUntil = Number.POSITIVE_INFINITY;
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
    const { database, setAside } = openDatabase(dataDir, this.#prune);
    if (setAside) this.#sayDamaged(setAside.path, setAside.reason);
    return database;
  }

  #failed(dataDir: string, error: unknown): void {
    const reason = messageOf(error);
    if (!this.#database || !isDamagedDatabase(error)) {
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

function problem(path: string, message: string, detail: string): ErrorData {
  return { code: 'JOURNAL_UNUSABLE', message, path, detail, hint: 'goes-on-without-journal' };
}
