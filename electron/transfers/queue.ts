import { randomUUID } from 'node:crypto';
import { PushboatError } from '../../shared/errors.ts';
import {
  type ExportPreview,
  isActive,
  isAtWork,
  isFinished,
  isSettledJob,
  type JobSnapshot,
  type PushPreview,
  type RegistryOutage,
  type TransferEvent,
  waitsForAnswer,
} from '../../shared/transfer-events.ts';
import { accountOf } from './account-of.ts';
import { EventFeed } from './event-feed.ts';
import { Job, type JobOptions } from './job.ts';
import { isSameWork, isTargetTaken, wantedByOthers } from './job-relations.ts';
import { JobWorks } from './job-works.ts';
import { Journal } from './journal/journal.ts';
import { RememberedJobs } from './remembered-jobs.ts';
import { targetText } from './target.ts';
import {
  type ExportRequest,
  isExport,
  type JobRequest,
  type PushRequest,
  recordOf,
  requestOf,
  type TransferService,
  type TransferServiceOptions,
} from './types.ts';

/** Jobs of which only small things are left, beside those that the person lets run at once. */
const BESIDES = 5;

export function createTransferService(options: TransferServiceOptions): TransferService {
  return new TransferQueue(options);
}

class TransferQueue implements TransferService {
  readonly #options: TransferServiceOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #journal: Journal;
  readonly #works: JobWorks;
  readonly #feed: EventFeed;
  /** Absent: nothing is offered again. */
  readonly #remembered: RememberedJobs | undefined;

  constructor(options: TransferServiceOptions) {
    this.#options = options;
    this.#feed = new EventFeed(() => this.#jobs.values());
    this.#journal = options.journal ?? new Journal(undefined);
    this.#works = new JobWorks(options, this.#journal);
    if (options.reopenImage) {
      const remembered = new RememberedJobs(this.#journal);
      this.#remembered = remembered;
      this.#restore(remembered, options.reopenImage);
      this.#feed.subscribe((events) => remembered.saveProgress(events, (id) => this.#jobs.get(id)));
    }
  }

  start(request: JobRequest): string {
    const work = this.#works.of(request);
    const same = this.#all().find(({ state, work: other }) => !isFinished(state) && isSameWork(other, work));
    if (same) {
      // Who asks for it again wants it to go on.
      if (same.isPaused || isSettledJob(same.state)) this.#requeue(same);
      return same.id;
    }
    const job = this.#add({ id: randomUUID(), work, group: isExport(request) ? undefined : request.group });
    this.#remembered?.add(job, request);
    this.#options.history?.began(recordOf(job.info(), request, targetText(work.target)));
    this.#feed.changed(job.id);
    this.#startNext();
    return job.id;
  }

  #add(options: Pick<JobOptions, 'id' | 'group' | 'work' | 'earlier'>): Job {
    const job = new Job({
      ...options,
      onStateChange: (changed) => this.#onStateChange(changed),
      onRoom: () => this.#startNext(),
      onRunEnd: (ended) => this.#keepState(ended),
    });
    this.#jobs.set(job.id, job);
    return job;
  }

  /** Jobs of an earlier start that are not done are there again as they were; none continues by itself. */
  #restore(remembered: RememberedJobs, reopenImage: NonNullable<TransferServiceOptions['reopenImage']>): void {
    for (const record of remembered.earlier()) {
      const openImage: PushRequest['openImage'] = (signal, take) => reopenImage(record.imageId, signal, take);
      const request = requestOf(record, openImage, this.#options.parseDestination);
      if (request) {
        this.#add({ id: record.id, group: record.group, work: this.#works.of(request), earlier: record });
        this.#options.history?.began(record);
      } else remembered.remove(record.id);
    }
  }

  preview(request: PushRequest, signal?: AbortSignal): Promise<PushPreview> {
    return this.#works.previewPush(request, signal);
  }

  previewExport(request: ExportRequest, signal?: AbortSignal): Promise<ExportPreview> {
    return this.#works.previewExport(request, signal);
  }

  list(): JobSnapshot[] {
    return this.#all().map((job) => job.snapshot());
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
    this.#pause(this.#job(jobId));
  }

  pauseAll(): void {
    for (const job of this.#jobs.values()) if (isActive(job.state)) this.#pause(job);
  }

  /** Remembered at once: the application may be gone before what is under way has ended. */
  #pause(job: Job): void {
    job.pause();
    this.#remembered?.save(job);
  }

  resume(jobId: string): void {
    this.#requeue(this.#job(jobId));
  }

  async cancel(jobId: string): Promise<void> {
    const job = this.#job(jobId);
    await job.cancel(() => wantedByOthers(job, this.#all()));
  }

  forget(jobId: string): void {
    const job = this.#job(jobId);
    if (!isFinished(job.state))
      throw new PushboatError('INTERNAL', 'A job that is under way cannot be taken off the list.');
    this.#jobs.delete(jobId);
    void job.work.release();
    this.#remembered?.remove(jobId);
    this.#options.history?.forget(jobId);
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

  setOutage(registry: string, outage: RegistryOutage | undefined): void {
    for (const job of this.#jobs.values()) {
      if (job.registry !== registry) continue;
      job.setOutage(outage);
      if (isAtWork(job.state)) this.#feed.changed(job.id);
    }
  }

  tryNow(jobId: string): void {
    const { registry } = this.#job(jobId);
    if (registry !== undefined) this.#options.clientFor(registry).tryNow();
  }

  sleep(): void {
    this.#works.lines.hold();
  }

  wake(): void {
    this.#works.lines.release();
  }

  networkChanged(): void {
    this.#works.lines.change();
  }

  setBandwidthLimit(bytesPerSecond: number): void {
    this.#works.bandwidth.limit = bytesPerSecond;
    this.#works.lines.endBodies();
  }

  runningCount(): number {
    return this.#all().filter((job) => isActive(job.state)).length;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((job) => (isFinished(job.state) ? job.idle() : this.#end(job))));
    await this.#works.close();
    this.#feed.close();
    this.#journal[Symbol.dispose]();
  }

  /** At the end of the application: what can be offered again is paused, what cannot is cancelled. What a person has paused stays so. */
  async #end(job: Job): Promise<void> {
    if (!this.#remembered && job.state !== 'paused') return job.cancel();
    if (isActive(job.state)) this.#remembered?.cutOff(job);
    job.pause();
    await job.idle();
  }

  #all(): Job[] {
    return [...this.#jobs.values()];
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
    const { state } = job;
    if (state === 'done' && job.registry !== undefined) this.#options.onPushed?.(targetText(job.work.target));
    if (isFinished(state)) this.#options.history?.ended(job.info(), accountOf(job, this.#options));
    this.#keepState(job);
  }

  /** Keeps and tells how a job stands, and begins the next one where it has come to an end. */
  #keepState(job: Job): void {
    this.#feed.changed(job.id);
    this.#remembered?.save(job);
    if (isSettledJob(job.state)) {
      this.#feed.flush();
      this.#startNext();
    }
  }

  /** How many more may begin: one that sends nothing large any more waits for answers, and others use the line meanwhile. */
  #room(): number {
    const max = this.#options.maxJobs();
    const atWork = this.#all().filter(({ state }) => isAtWork(state));
    const besides = max > 1 ? Math.min(BESIDES, atWork.filter(({ leavesRoom }) => leavesRoom).length) : 0;
    return max + besides - atWork.length;
  }

  #startNext(): void {
    let room = this.#room();
    for (const job of this.#jobs.values()) {
      if (room <= 0) return;
      if (job.state !== 'queued' || isTargetTaken(job, this.#all())) continue;
      job.start();
      room--;
    }
  }
}
