import { Emitter } from '../../shared/emitter.ts';
import { type HistoryEntry, matchesSearch } from '../../shared/history.ts';
import type { JobInfo } from '../../shared/transfer-events.ts';
import type { HistoryLimits } from './journal/history-records.ts';
import type { RememberedRequest } from './journal/job-memory.ts';
import type { Journal } from './journal/journal.ts';

/** Which entries are meant; all where nothing is said. */
export interface HistoryQuery {
  /** Words that an entry must have, all of them. */
  search?: string | undefined;
  state?: HistoryEntry['state'] | undefined;
  /** So many of them, the newest. */
  most?: number | undefined;
}

/** The pushes and exports that have ended, in the journal. */
export class TransferHistory {
  readonly #journal: Journal;
  readonly #limits: () => HistoryLimits;
  readonly #entries = new Emitter<HistoryEntry>();
  /** What the jobs of this start ask for, until they are forgotten. */
  readonly #requests = new Map<string, RememberedRequest>();

  constructor(journal: Journal, limits: () => HistoryLimits) {
    this.#journal = journal;
    this.#limits = limits;
  }

  /** The newest first. */
  list({ search = '', state, most }: HistoryQuery = {}): HistoryEntry[] {
    const all = this.#journal.history.list(this.#limits());
    const isMeant = (entry: HistoryEntry) => state === undefined || entry.state === state;
    return all.filter((entry) => isMeant(entry) && matchesSearch(entry, search)).slice(0, most);
  }

  /** What an entry asked for, to ask for it again; undefined when it is not known any more. */
  requestOf(id: string): RememberedRequest | undefined {
    return this.#journal.history.requestOf(id);
  }

  clear(): void {
    this.#journal.history.clear();
  }

  /** Calls back for each entry that is new or has a new result. Returns the function that unsubscribes. */
  subscribe(listener: (entry: HistoryEntry) => void): () => void {
    return this.#entries.subscribe(listener);
  }

  began(request: RememberedRequest): void {
    this.#requests.set(request.id, request);
  }

  /** @param account user name of the login that was used. */
  ended(job: JobInfo, account: string | undefined): void {
    const request = this.#requests.get(job.id);
    if (!request || (job.state !== 'done' && job.state !== 'failed' && job.state !== 'cancelled')) return;
    const { result, error } = job;
    const entry: HistoryEntry = {
      id: job.id,
      kind: request.kind,
      imageName: job.imageName,
      target: job.target,
      registry: job.registry,
      state: job.state,
      digest: result?.digest,
      bytesSent: result?.bytesSent ?? job.bytesSent,
      bytesSaved: result?.bytesSaved ?? job.bytesSaved,
      durationMs: result?.durationMs,
      finishedAt: job.finishedAt ?? Date.now(),
      account,
      tag: result?.tag,
      error: error && { code: error.code, message: error.message },
    };
    this.#journal.history.add(entry, request, this.#limits());
    this.#entries.emit(entry);
  }

  forget(jobId: string): void {
    this.#requests.delete(jobId);
  }
}
