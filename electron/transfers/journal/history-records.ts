import { z } from 'zod';
import { type HistoryEntry, historyEntrySchema } from '../../../shared/history.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { transferOptionsSchema } from '../../../shared/transfer-options.ts';
import type { GuardedDatabase } from './guarded-database.ts';
import type { RememberedRequest } from './job-memory.ts';

const DAY = 24 * 3600_000;

/** How much of the history is kept: for so many days, and the newest so many. */
export interface HistoryLimits {
  days: number;
  entries: number;
}

/** The table of jobs that have ended. */
export class HistoryRecords {
  readonly #database: GuardedDatabase;

  constructor(database: GuardedDatabase) {
    this.#database = database;
  }

  /** The newest first. */
  list({ days, entries }: HistoryLimits): HistoryEntry[] {
    const since = Date.now() - days * DAY;
    const rows = this.#database.all(
      'SELECT entry FROM history WHERE finished_at > ? ORDER BY finished_at DESC, id LIMIT ?',
      since,
      entries,
    );
    return rows.flatMap((row) => readHistory(row['entry']) ?? []);
  }

  add(entry: HistoryEntry, request: RememberedRequest, { days, entries }: HistoryLimits): void {
    if (days === 0 || entries === 0) return;
    this.#database.transaction((run) => {
      const texts = [JSON.stringify(entry), JSON.stringify(request)];
      run('INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)', entry.id, entry.finishedAt, ...texts);
      run('DELETE FROM history WHERE finished_at <= ?', Date.now() - days * DAY);
      const surplus = 'SELECT id FROM history ORDER BY finished_at DESC, id LIMIT -1 OFFSET ?';
      run(`DELETE FROM history WHERE id IN (${surplus})`, entries);
    });
  }

  /** What a job asked for. */
  requestOf(id: string): RememberedRequest | undefined {
    return readRequest(this.#database.get('SELECT request FROM history WHERE id = ?', id)?.['request']);
  }

  clear(): void {
    this.#database.run('DELETE FROM history');
  }
}

function readHistory(value: unknown): HistoryEntry | undefined {
  return historyEntrySchema.safeParse(jsonOrUndefined(String(value))).data;
}

const requestSchema = lazySchema(() =>
  z.object({
    id: z.string(),
    kind: z.enum(['push', 'export']),
    imageId: z.string(),
    imageName: z.string(),
    target: z.string(),
    options: transferOptionsSchema,
    replaces: z.boolean(),
    createdAt: z.number(),
    group: z.string().optional(),
  }),
);

function readRequest(value: unknown): RememberedRequest | undefined {
  return requestSchema.safeParse(jsonOrUndefined(String(value))).data;
}
