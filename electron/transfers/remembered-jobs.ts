import type { TransferEvent } from '../../shared/transfer-events.ts';
import type { Job } from './job.ts';
import type { JobRecord, Journal } from './journal/journal.ts';
import { targetText } from './target.ts';
import { type JobRequest, recordOf } from './types.ts';

/** How often what a job has sent is written down while it runs, for a start after a crash. Milliseconds. */
const REMEMBER_EVERY_MS = 1000;

/** Writes the jobs of a queue down in the journal, so that the next start of the application offers those that were not done. */
export class RememberedJobs {
  readonly #journal: Journal;
  /** When each job was last written down, by `performance.now`. */
  readonly #savedAt = new Map<string, number>();
  /** Jobs that the end of the application pauses; what a person paused is not among them. */
  readonly #cutOff = new Set<string>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Jobs of an earlier start that were not done, the oldest first. */
  earlier(): JobRecord[] {
    return this.#journal.jobs();
  }

  add(job: Job, request: JobRequest): void {
    this.#journal.saveJob(recordOf(job.info(), request, targetText(job.work.target)));
  }

  /** How far a job has come. One that is over is not offered again. */
  save(job: Job): void {
    if (job.state === 'done' || job.state === 'cancelled') return this.remove(job.id);
    const memory = job.memory();
    const isCutOff = memory.state === 'paused' && this.#cutOff.has(job.id);
    this.#journal.saveJobMemory(job.id, isCutOff ? { ...memory, state: 'interrupted' } : memory);
    this.#savedAt.set(job.id, performance.now());
  }

  /** Writes down what a batch of events tells of jobs, of each not too often. */
  saveProgress(events: readonly TransferEvent[], jobOf: (id: string) => Job | undefined): void {
    const now = performance.now();
    for (const event of events) {
      if (event.type !== 'layers' || now - (this.#savedAt.get(event.jobId) ?? 0) < REMEMBER_EVERY_MS) continue;
      const job = jobOf(event.jobId);
      if (job) this.save(job);
    }
  }

  /** The end of the application stops the job, not the person. */
  cutOff(job: Job): void {
    if (!job.isPaused) this.#cutOff.add(job.id);
  }

  remove(id: string): void {
    this.#savedAt.delete(id);
    this.#journal.removeJob(id);
  }
}
