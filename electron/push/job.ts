import { type ErrorData, toPushboatError } from '../../shared/errors.ts';
import type { JobInfo, JobSnapshot, JobState, LoginRequest, PushResult } from '../../shared/push-events.ts';
import { jobInfo } from './job-info.ts';
import type { JobWork } from './job-work.ts';
import { loginRequest } from './login-request.ts';
import { JobRows } from './rows.ts';

/** Milliseconds that a pause waits for chunks to end before it cuts them off. */
const PAUSE_GRACE_MS = 3_000;

/** Why a run was stopped by us rather than by a failure. */
class Stop {
  readonly state: 'paused' | 'cancelled';
  constructor(state: 'paused' | 'cancelled') {
    this.state = state;
  }
}

export interface JobOptions {
  id: string;
  work: JobWork;
  /** The job's state changed: its info goes into the next batch, and the queue may start another. */
  onStateChange: (job: Job) => void;
  /** When the job was begun before the application was started: it waits to be resumed. Epoch milliseconds. */
  interruptedAt?: number;
}

/**
 * One push or export through all its states. It may run several times (after a login, a pause, a retry); its rows are kept in between.
 */
export class Job {
  readonly id: string;
  readonly work: JobWork;
  readonly rows = new JobRows();
  readonly #onStateChange: (job: Job) => void;
  readonly #createdAt: number;
  readonly #warnings = new Set<string>();
  #state: JobState = 'queued';
  #startedAt: number | undefined;
  #finishedAt: number | undefined;
  #error: ErrorData | undefined;
  #login: LoginRequest | undefined;
  #result: PushResult | undefined;
  #stop = new AbortController();
  #winding = new AbortController();
  #running: Promise<void> | undefined;
  /** The end of what a cancel closes at the target; whoever closes the target's client waits for it. */
  #closing: Promise<unknown> | undefined;

  constructor({ id, work, onStateChange, interruptedAt }: JobOptions) {
    this.id = id;
    this.work = work;
    this.#onStateChange = onStateChange;
    this.#createdAt = interruptedAt ?? Date.now();
    if (interruptedAt !== undefined) this.#state = 'interrupted';
  }

  get state(): JobState {
    return this.#state;
  }

  /** Undefined for an export. */
  get registry(): string | undefined {
    const { target } = this.work;
    return target.kind === 'registry' ? target.reference.registry : undefined;
  }

  /** Begins a run; the outcome is the job's state. Does nothing while one is under way. */
  start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.#onStateChange(this);
    });
  }

  /** Back into the queue: after a login, a pause or a failure. */
  enqueue(): void {
    if (this.#running || this.#state === 'done') return;
    this.#rewind();
    this.#error = undefined;
    this.#login = undefined;
    this.#finishedAt = undefined;
    this.#setState('queued');
  }

  /**
   * Stops so that a later run can go on. Uploads stay open on the registry: chunks under way get a moment to end, for some registries
   * forget an upload that breaks off within one. An export stops at once, and is written anew.
   */
  pause(): void {
    if (this.#state === 'queued' && !this.#running) return this.#setState('paused');
    if (!this.#running || this.#winding.signal.aborted) return;
    const reason = new Stop('paused');
    this.#winding.abort(reason);
    const hard = setTimeout(() => this.#stop.abort(reason), this.work.goesOn ? PAUSE_GRACE_MS : 0);
    void this.#running.finally(() => clearTimeout(hard));
  }

  /** Stops for good and leaves nothing half done at the target. */
  async cancel(): Promise<void> {
    if (this.#isOver()) return;
    this.#stop.abort(new Stop('cancelled'));
    await this.#running;
    if (!this.#isOver()) this.#finish('cancelled');
    const abandoned = this.work.abandon(this.#startedAt !== undefined);
    this.#closing = Promise.all([this.#closing, abandoned, this.work.release()]);
    await this.#closing;
  }

  #isOver(): boolean {
    return this.#state === 'done' || this.#state === 'cancelled';
  }

  /** Resolves when no run is under way, and what a cancelled one left at the target is closed. */
  async idle(): Promise<void> {
    await this.#running;
    await this.#closing;
  }

  addWarning(text: string): void {
    if (this.#running) this.#warnings.add(text);
  }

  async #run(): Promise<void> {
    this.#stop = new AbortController();
    this.#winding = new AbortController();
    this.#startedAt ??= Date.now();
    this.#setState('planning');
    try {
      const result = await this.work.run({
        rows: this.rows,
        signal: this.#stop.signal,
        winding: this.#winding.signal,
        planned: () => this.#setState('running'),
      });
      const durationMs = Date.now() - this.#startedAt;
      this.#result = { ...result, durationMs, warnings: [...this.#warnings] };
      this.#finish('done');
    } catch (thrown) {
      this.#settle(thrown);
    } finally {
      this.rows.meter.reset();
      // A failed job keeps its compressed layers for a retry.
      if (this.#isOver()) await this.work.release();
    }
  }

  /** What a run that did not reach its end means for the job. */
  #settle(thrown: unknown): void {
    const reason: unknown = this.#stop.signal.reason ?? this.#winding.signal.reason;
    if (reason instanceof Stop) {
      this.#rewind();
      if (reason.state === 'paused') this.#setState('paused');
      return;
    }
    const failure = toPushboatError(thrown);
    this.#error = failure.toData();
    const { registry } = this;
    if (registry === undefined) return this.#finish('failed');
    switch (failure.code) {
      case 'UNAUTHORIZED':
      case 'DENIED':
        this.#login = loginRequest(failure, registry);
        return this.#setState('needs-login');
      case 'TLS_UNTRUSTED':
      case 'PLAIN_HTTP_REFUSED':
        return this.#setState('needs-trust');
      default:
        return this.#finish('failed');
    }
  }

  /** Before the next run: what it will have to do again waits again. */
  #rewind(): void {
    if (this.work.goesOn) this.rows.rewind();
    else this.rows.reset();
  }

  #finish(state: 'done' | 'failed' | 'cancelled'): void {
    this.#finishedAt = Date.now();
    this.#setState(state);
  }

  #setState(state: JobState): void {
    this.#state = state;
    this.#onStateChange(this);
  }

  info(): JobInfo {
    const { id, rows, work } = this;
    return jobInfo(rows, {
      id,
      imageId: work.imageId,
      imageName: work.imageName,
      target: work.target,
      state: this.#state,
      createdAt: this.#createdAt,
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      login: this.#login,
      error: this.#error,
      result: this.#result,
    });
  }

  snapshot(): JobSnapshot {
    return { job: this.info(), layers: this.rows.all() };
  }
}
