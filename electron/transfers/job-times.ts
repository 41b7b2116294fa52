import type { JobMemory } from './journal/job-memory.ts';

/** When a job was made, began and ended, in epoch milliseconds, and how long it was at work in all of its runs. */
export class JobTimes {
  readonly createdAt: number;
  #askedAt = performance.now();
  #startedAt: number | undefined;
  #finishedAt: number | undefined;
  /** Milliseconds of the runs that have ended. */
  #workedMs = 0;
  /** `performance.now()` of the run that is under way. */
  #runsSince: number | undefined;

  /** @param earlier of a job of an earlier start of the application. */
  constructor(earlier?: { createdAt: number; memory: Pick<JobMemory, 'startedAt' | 'finishedAt' | 'workedMs'> }) {
    this.createdAt = earlier?.createdAt ?? Date.now();
    this.#startedAt = earlier?.memory.startedAt;
    this.#finishedAt = earlier?.memory.finishedAt;
    this.#workedMs = earlier?.memory.workedMs ?? 0;
  }

  /** When its next run, or the one under way, was asked for (`performance.now`). */
  get askedAt(): number {
    return this.#askedAt;
  }

  /** Of the first run. */
  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  get finishedAt(): number | undefined {
    return this.#finishedAt;
  }

  /** Milliseconds at work: the time in which a job waits for a person is not its own. */
  get workedMs(): number {
    const now = this.#runsSince === undefined ? 0 : performance.now() - this.#runsSince;
    return Math.round(this.#workedMs + now);
  }

  runBegins(): void {
    this.#startedAt ??= Date.now();
    this.#runsSince = performance.now();
  }

  runEnds(): void {
    this.#workedMs = this.workedMs;
    this.#runsSince = undefined;
  }

  /** The job has ended, until it is queued again. */
  finish(): void {
    this.#finishedAt = Date.now();
  }

  queueAgain(): void {
    this.#askedAt = performance.now();
    this.#finishedAt = undefined;
  }
}
