import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { PushboatError } from '../../shared/errors.ts';
import {
  type ExportPreview,
  isActive,
  isAtWork,
  isFinished,
  isSettledJob,
  type JobSnapshot,
  type PushPreview,
  type TransferEvent,
  waitsForAnswer,
} from '../../shared/transfer-events.ts';
import type { ImageDestination } from '../destinations/types.ts';
import type { LocalImage } from '../image/types.ts';
import { DEFAULT_RETRY } from '../registry/defaults.ts';
import type { RegistryClient, RetryPolicy } from '../registry/types.ts';
import { LayerCompressor } from './content/layer-compressor.ts';
import { EventFeed } from './event-feed.ts';
import { ExportWork } from './export/export-work.ts';
import { previewExport } from './export/preview.ts';
import { Job, type JobOptions } from './job.ts';
import { Journal } from './journal/journal.ts';
import { Bandwidth } from './push/bandwidth.ts';
import { BlobLocations } from './push/blob-locations.ts';
import { previewPush } from './push/preview.ts';
import { type PushContext, PushWork } from './push/push-work.ts';
import { targetPlace, targetText } from './target.ts';
import {
  type ExportRequest,
  isExport,
  type JobRequest,
  type PushRequest,
  recordOf,
  requestOf,
  type TransferService,
} from './types.ts';
import type { JobWork } from './work.ts';

export interface TransferServiceOptions {
  /** The client of a registry; asked anew for every run, so that a changed policy counts. */
  clientFor: (registry: string) => RegistryClient;
  /** Jobs at once. */
  maxJobs: () => number;
  /** A push ended well. */
  onPushed?: (target: string) => void;
  /** Of blobs, whose tries are counted here; defaults of the registry client. */
  retry?: Partial<RetryPolicy>;
  /** Uploads and blob locations of earlier runs; absent: nothing is remembered. */
  journal?: Journal;
  /** Signs manifests of Docker's schema 1; absent: a key of this process. */
  signingKey?: () => Promise<KeyObject>;
  /** Folder where compressed layers are kept for good; absent: only as long as a job needs them. */
  blobCache?: string | undefined;
  /** Unfinished jobs are remembered and offered again at the next start, with the image opened by its id. */
  reopenImage?: ((imageId: string, signal?: AbortSignal) => Promise<LocalImage>) | undefined;
  /** Reads the text of a destination that was remembered; undefined or throws when it names none any more. */
  parseDestination?: (text: string) => ImageDestination | undefined;
}

export function createTransferService(options: TransferServiceOptions): TransferService {
  return new TransferQueue(options);
}

/** How often what a job has sent is written down while it runs, for a start after a crash. Milliseconds. */
const REMEMBER_EVERY_MS = 1000;

async function makeSigningKey(): Promise<KeyObject> {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

class TransferQueue implements TransferService {
  readonly #options: TransferServiceOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #journal: Journal;
  readonly #locations: BlobLocations;
  readonly #bandwidth = new Bandwidth();
  readonly #compressor: LayerCompressor;
  readonly #feed: EventFeed;
  readonly #signingKey: () => Promise<KeyObject>;
  /** When each job was last written down, by `performance.now`. */
  readonly #rememberedAt = new Map<string, number>();
  /** Jobs that the end of the application pauses; what a person paused is not among them. */
  readonly #cutOff = new Set<string>();

  constructor(options: TransferServiceOptions) {
    this.#options = options;
    this.#signingKey = options.signingKey ?? makeSigningKey;
    this.#feed = new EventFeed(() => this.#jobs.values());
    this.#journal = options.journal ?? new Journal(undefined);
    this.#locations = new BlobLocations(this.#journal);
    this.#compressor = new LayerCompressor(this.#journal, options.blobCache);
    if (options.reopenImage) {
      this.#restore(options.reopenImage);
      this.#feed.subscribe((events) => this.#rememberProgress(events));
    }
  }

  start(request: JobRequest): string {
    const work = this.#work(request);
    const target = targetText(work.target);
    const same = [...this.#jobs.values()].find(
      ({ state, work: other }) => !isFinished(state) && isSameWork(other, work),
    );
    if (same) return same.id;
    const job = this.#add({ id: randomUUID(), work });
    if (this.#options.reopenImage) this.#journal.saveJob(recordOf(job.info(), request, target));
    this.#feed.changed(job.id);
    this.#startNext();
    return job.id;
  }

  #work(request: JobRequest): JobWork {
    return isExport(request)
      ? new ExportWork(request, this.#compressor, this.#signingKey)
      : new PushWork(request, this.#context());
  }

  #add(options: Pick<JobOptions, 'id' | 'work' | 'earlier'>): Job {
    const job = new Job({ ...options, onStateChange: (changed) => this.#onStateChange(changed) });
    this.#jobs.set(job.id, job);
    return job;
  }

  #context(): PushContext {
    return {
      clientFor: this.#options.clientFor,
      locations: this.#locations,
      journal: this.#journal,
      bandwidth: this.#bandwidth,
      compressor: this.#compressor,
      signingKey: this.#signingKey,
      retry: { ...DEFAULT_RETRY, ...this.#options.retry },
    };
  }

  /** Jobs of an earlier start that are not done are there again as they were; none goes on by itself. */
  #restore(reopenImage: NonNullable<TransferServiceOptions['reopenImage']>): void {
    for (const record of this.#journal.jobs()) {
      const openImage = (signal?: AbortSignal) => reopenImage(record.imageId, signal);
      const request = requestOf(record, openImage, this.#options.parseDestination);
      if (request) this.#add({ id: record.id, work: this.#work(request), earlier: record });
      else this.#journal.removeJob(record.id);
    }
  }

  #rememberProgress(events: readonly TransferEvent[]): void {
    const now = performance.now();
    for (const event of events) {
      if (event.type !== 'layers' || now - (this.#rememberedAt.get(event.jobId) ?? 0) < REMEMBER_EVERY_MS) continue;
      const job = this.#jobs.get(event.jobId);
      if (job) this.#remember(job);
    }
  }

  #remember(job: Job): void {
    if (!this.#options.reopenImage) return;
    const memory = job.memory();
    const isCutOff = memory.state === 'paused' && this.#cutOff.has(job.id);
    this.#journal.saveJobMemory(job.id, isCutOff ? { ...memory, state: 'interrupted' } : memory);
    this.#rememberedAt.set(job.id, performance.now());
  }

  preview(request: PushRequest, signal: AbortSignal = new AbortController().signal): Promise<PushPreview> {
    const client = this.#options.clientFor(request.target.registry);
    return previewPush({
      request,
      client,
      locations: this.#locations,
      compressor: this.#compressor,
      signingKey: this.#signingKey,
      signal,
    });
  }

  previewExport(request: ExportRequest, signal: AbortSignal = new AbortController().signal): Promise<ExportPreview> {
    return previewExport(request, this.#compressor, signal);
  }

  list(): JobSnapshot[] {
    return [...this.#jobs.values()].map((job) => job.snapshot());
  }

  async settled(jobId: string): Promise<JobSnapshot> {
    const job = this.#job(jobId);
    for (;;) {
      if (!isSettledJob(job.state)) await this.#nextSettled(jobId);
      await job.idle();
      // A job that was put back into the queue meanwhile is under way again.
      if (isSettledJob(job.state)) return job.snapshot();
    }
  }

  #nextSettled(jobId: string): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.subscribe((events) => {
        const mine = events.findLast((event) => event.type === 'job' && event.job.id === jobId);
        if (mine?.type !== 'job' || !isSettledJob(mine.job.state)) return;
        stop();
        resolve();
      });
    });
  }

  pause(jobId: string): void {
    this.#job(jobId).pause();
  }

  resume(jobId: string): void {
    this.#requeue(this.#job(jobId));
  }

  async cancel(jobId: string): Promise<void> {
    await this.#job(jobId).cancel();
  }

  forget(jobId: string): void {
    const job = this.#job(jobId);
    if (!isFinished(job.state))
      throw new PushboatError('INTERNAL', 'A job that is under way cannot be taken off the list.');
    this.#jobs.delete(jobId);
    this.#rememberedAt.delete(jobId);
    void job.work.release();
    this.#journal.removeJob(jobId);
    this.#feed.removed(jobId);
  }

  registryChanged(registry: string): void {
    for (const job of this.#jobs.values()) {
      if (waitsForAnswer(job.state) && job.registry === registry) this.#requeue(job);
    }
  }

  subscribe(listener: (events: TransferEvent[]) => void): () => void {
    return this.#feed.subscribe(listener);
  }

  addWarning(registry: string, text: string): void {
    for (const job of this.#jobs.values()) if (job.registry === registry) job.addWarning(text);
  }

  setBandwidthLimit(bytesPerSecond: number): void {
    this.#bandwidth.limit = bytesPerSecond;
  }

  runningCount(): number {
    return [...this.#jobs.values()].filter((job) => isActive(job.state)).length;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map((job) => (isFinished(job.state) ? job.idle() : this.#end(job))));
    await this.#compressor.close();
    this.#feed.close();
    this.#journal[Symbol.dispose]();
  }

  /** At the end of the application: what can be offered again is paused, what cannot is cancelled. What a person has paused stays so. */
  async #end(job: Job): Promise<void> {
    if (!this.#options.reopenImage && job.state !== 'paused') return job.cancel();
    if (job.state !== 'paused') this.#cutOff.add(job.id);
    job.pause();
    await job.idle();
  }

  #job(jobId: string): Job {
    const job = this.#jobs.get(jobId);
    if (!job) throw new PushboatError('INTERNAL', `There is no transfer with the id ${jobId}.`);
    return job;
  }

  #requeue(job: Job): void {
    void job.idle().then(() => {
      job.enqueue();
      this.#startNext();
    });
  }

  #onStateChange(job: Job): void {
    this.#feed.changed(job.id);
    const { state } = job;
    if (state === 'done' || state === 'cancelled') this.#journal.removeJob(job.id);
    else this.#remember(job);
    if (state === 'done' && job.registry !== undefined) this.#options.onPushed?.(targetText(job.work.target));
    if (isSettledJob(state)) {
      this.#feed.flush();
      this.#startNext();
    }
  }

  #startNext(): void {
    let room = this.#options.maxJobs() - [...this.#jobs.values()].filter((job) => isAtWork(job.state)).length;
    for (const job of this.#jobs.values()) {
      if (room <= 0) return;
      if (job.state !== 'queued' || this.#isTargetTaken(job)) continue;
      job.start();
      room--;
    }
  }

  /** Two images for one tag or one file go one after the other: the later one wins, as in one terminal. */
  #isTargetTaken({ work }: Job): boolean {
    const place = targetPlace(work.target);
    return [...this.#jobs.values()].some((other) => isAtWork(other.state) && targetPlace(other.work.target) === place);
  }
}

function isSameWork(a: JobWork, b: JobWork): boolean {
  const isSameTarget = a.target.kind === b.target.kind && targetText(a.target) === targetText(b.target);
  return isSameTarget && a.imageId === b.imageId && a.imageName === b.imageName;
}
