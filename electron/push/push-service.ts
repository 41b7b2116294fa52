import { randomUUID } from 'node:crypto';
import { PushboatError } from '../../shared/errors.ts';
import { isFinished, type JobSnapshot, type JobState, type PushEvent, type PushPreview } from '../../shared/push-events.ts';
import { canonicalReference } from '../../shared/reference.ts';
import { DEFAULT_RETRY } from '../registry/defaults.ts';
import type { RegistryClient, RetryPolicy } from '../registry/types.ts';
import { BlobLocations } from './blob-locations.ts';
import { PushJob, requireTag } from './job.ts';
import { previewPush } from './preview.ts';
import type { PushRequest, PushService } from './types.ts';

export interface PushServiceOptions {
  /** The client of a registry; asked anew for every run, so that a changed policy counts. */
  clientFor: (registry: string) => RegistryClient;
  /** Jobs at once. */
  maxJobs: () => number;
  /** A push ended well. */
  onPushed?: (target: string) => void;
  /** Of blobs, whose tries are counted here; defaults of the registry client. */
  retry?: Partial<RetryPolicy>;
}

/** One batch of events per this many milliseconds (decision 9). */
const BATCH_MS = 100;

export function createPushService(options: PushServiceOptions): PushService {
  return new PushQueue(options);
}

const RUNNING: readonly JobState[] = ['planning', 'running'];
const WAITING_FOR_PERSON: readonly JobState[] = ['needs-login', 'needs-trust', 'paused', 'interrupted'];

class PushQueue implements PushService {
  readonly #options: PushServiceOptions;
  readonly #jobs = new Map<string, PushJob>();
  readonly #locations = new BlobLocations();
  readonly #listeners = new Set<(events: PushEvent[]) => void>();
  readonly #changedJobs = new Set<string>();
  readonly #removed: string[] = [];
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: PushServiceOptions) {
    this.#options = options;
  }

  start(request: PushRequest): string {
    const target = canonicalReference(requireTag(request.target));
    const same = [...this.#jobs.values()].find(
      (job) => !isFinished(job.state) && job.request.imageId === request.imageId && job.info().target === target,
    );
    if (same) return same.id;
    const job = new PushJob(randomUUID(), request, {
      clientFor: this.#options.clientFor,
      locations: this.#locations,
      retry: { ...DEFAULT_RETRY, ...this.#options.retry },
      onStateChange: (changed) => this.#onStateChange(changed),
    });
    this.#jobs.set(job.id, job);
    this.#changed(job);
    this.#startNext();
    return job.id;
  }

  preview(request: PushRequest, signal: AbortSignal = new AbortController().signal): Promise<PushPreview> {
    const client = this.#options.clientFor(request.target.registry);
    return previewPush({ request, client, locations: this.#locations, signal });
  }

  list(): JobSnapshot[] {
    return [...this.#jobs.values()].map((job) => job.snapshot());
  }

  async settled(jobId: string): Promise<JobSnapshot> {
    const job = this.#job(jobId);
    if (!isFinished(job.state) && !WAITING_FOR_PERSON.includes(job.state)) {
      await new Promise<void>((resolve) => {
        const stop = this.subscribe((events) => {
          const mine = events.findLast((event) => event.type === 'job' && event.job.id === jobId);
          if (mine?.type !== 'job') return;
          if (!isFinished(mine.job.state) && !WAITING_FOR_PERSON.includes(mine.job.state)) return;
          stop();
          resolve();
        });
      });
    }
    await job.idle();
    return job.snapshot();
  }

  pause(jobId: string): void {
    this.#job(jobId).pause();
  }

  resume(jobId: string): void {
    this.#requeue(this.#job(jobId));
  }

  retry(jobId: string): void {
    this.#requeue(this.#job(jobId));
  }

  async cancel(jobId: string): Promise<void> {
    await this.#job(jobId).cancel();
  }

  forget(jobId: string): void {
    const job = this.#job(jobId);
    if (!isFinished(job.state)) throw new PushboatError('INTERNAL', 'A job that is under way cannot be taken off the list.');
    this.#jobs.delete(jobId);
    this.#changedJobs.delete(jobId);
    this.#removed.push(jobId);
    this.#schedule();
  }

  registryChanged(registry: string): void {
    for (const job of this.#jobs.values()) {
      const waits = job.state === 'needs-login' || job.state === 'needs-trust';
      if (waits && job.registry === registry) this.#requeue(job);
    }
  }

  subscribe(listener: (events: PushEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  runningCount(): number {
    return [...this.#jobs.values()].filter((job) => RUNNING.includes(job.state) || job.state === 'queued').length;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map((job) => (isFinished(job.state) ? job.idle() : job.cancel())));
    this.#flush();
    this.#listeners.clear();
    clearTimeout(this.#ticker);
    this.#ticker = undefined;
  }

  #job(jobId: string): PushJob {
    const job = this.#jobs.get(jobId);
    if (!job) throw new PushboatError('INTERNAL', `There is no push with the id ${jobId}.`);
    return job;
  }

  #requeue(job: PushJob): void {
    void job.idle().then(() => {
      job.enqueue();
      this.#startNext();
    });
  }

  #onStateChange(job: PushJob): void {
    this.#changed(job);
    const { state } = job;
    if (state === 'done') this.#options.onPushed?.(job.info().target);
    if (isFinished(state) || WAITING_FOR_PERSON.includes(state)) {
      this.#flush();
      this.#startNext();
    }
  }

  #startNext(): void {
    let room = this.#options.maxJobs() - [...this.#jobs.values()].filter((job) => RUNNING.includes(job.state)).length;
    for (const job of this.#jobs.values()) {
      if (room <= 0) return;
      if (job.state !== 'queued') continue;
      job.start();
      room--;
    }
  }

  #changed(job: PushJob): void {
    this.#changedJobs.add(job.id);
    this.#schedule();
  }

  /** Runs only while something happens, so that an idle application has no timer. */
  #schedule(): void {
    this.#ticker ??= setTimeout(() => {
      this.#ticker = undefined;
      this.#flush();
      if ([...this.#jobs.values()].some((job) => RUNNING.includes(job.state))) this.#schedule();
    }, BATCH_MS);
  }

  #flush(): void {
    const events: PushEvent[] = this.#removed.splice(0).map((jobId) => ({ type: 'removed', jobId }));
    for (const job of this.#jobs.values()) {
      const layers = job.rows.takeChanged();
      if (layers.length > 0) events.push({ type: 'layers', jobId: job.id, layers });
      if (layers.length > 0 || this.#changedJobs.has(job.id) || job.state === 'running') {
        events.push({ type: 'job', job: job.info() });
      }
    }
    this.#changedJobs.clear();
    if (events.length === 0) return;
    for (const listener of this.#listeners) listener(events);
  }
}
