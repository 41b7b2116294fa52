import { Emitter } from '../../shared/emitter.ts';
import { isAtWork, type TransferEvent } from '../../shared/transfer-events.ts';
import type { Job } from './job.ts';

/** One batch of events per this many milliseconds. */
const BATCH_MS = 100;

/** Tells what changed in the jobs, sampled: counters are bumped per chunk, listeners hear of them in batches. */
export class EventFeed {
  readonly #jobs: () => Iterable<Job>;
  readonly #events = new Emitter<TransferEvent[]>();
  readonly #changed = new Set<string>();
  readonly #removed: string[] = [];
  #ticker: NodeJS.Timeout | undefined;

  constructor(jobs: () => Iterable<Job>) {
    this.#jobs = jobs;
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: (events: TransferEvent[]) => void): () => void {
    return this.#events.subscribe(listener);
  }

  changed(jobId: string): void {
    this.#changed.add(jobId);
    this.#schedule();
  }

  removed(jobId: string): void {
    this.#changed.delete(jobId);
    this.#removed.push(jobId);
    this.#schedule();
  }

  /** Tells at once what would be told with the next batch. */
  flush(): void {
    const events: TransferEvent[] = this.#removed.splice(0).map((jobId) => ({ type: 'removed', jobId }));
    for (const job of this.#jobs()) {
      const all = job.progress.takeDropped();
      const layers = job.progress.takeChanged();
      if (layers.length > 0) events.push({ type: 'layers', jobId: job.id, layers, all: all || undefined });
      if (layers.length > 0 || this.#changed.has(job.id) || job.state === 'running') {
        events.push({ type: 'job', job: job.info() });
      }
    }
    this.#changed.clear();
    if (events.length === 0) return;
    this.#events.emit(events);
  }

  /** Tells the last, and nothing after it. */
  close(): void {
    this.flush();
    this.#events.clear();
    clearTimeout(this.#ticker);
    this.#ticker = undefined;
  }

  /** Runs only while something happens, so that an idle application has no timer. */
  #schedule(): void {
    this.#ticker ??= setTimeout(() => {
      this.#ticker = undefined;
      this.flush();
      if ([...this.#jobs()].some(({ state }) => isAtWork(state))) this.#schedule();
    }, BATCH_MS);
  }
}
