import type { Digest } from '../../shared/digest.ts';
import { type ErrorData, toPushboatError } from '../../shared/errors.ts';
import {
  isAtWork,
  isHeldBack,
  type JobInfo,
  type JobSnapshot,
  type JobState,
  type LoginRequest,
  type RegistryOutage,
  type TransferResult,
  waitsForAnswer,
} from '../../shared/transfer-events.ts';
import { jobInfo, loginRequest } from './job-info.ts';
import { JobTimes } from './job-times.ts';
import type { JobMemory } from './journal/job-memory.ts';
import { JobProgress, type Kept } from './progress.ts';
import type { JobWork } from './work.ts';

/** Milliseconds that a pause waits for the registry's word on what it holds before it cuts bodies off. */
const PAUSE_GRACE_MS = 10_000;

/** Why a run was stopped by us rather than by a failure. */
class Stop {
  readonly state: 'paused' | 'cancelled';
  constructor(state: 'paused' | 'cancelled') {
    this.state = state;
  }
}

export interface JobOptions {
  id: string;
  /** Of jobs that were asked for together. */
  group?: string | undefined;
  work: JobWork;
  /** The job's state changed: its info goes into the next batch. */
  onStateChange: (job: Job) => void;
  /** It leaves room for another from now on. */
  onRoom: () => void;
  /** Nothing of it runs any more: the queue may start another. */
  onRunEnd: (job: Job) => void;
  /** When a job of an earlier start was made, epoch milliseconds, and how it was left: it waits for the person. */
  earlier?: { createdAt: number; memory: JobMemory };
}

/**
 * One push or export through all its states. It may run several times (after a login, a pause, a retry); its rows are kept in between.
 */
export class Job {
  readonly id: string;
  readonly work: JobWork;
  readonly #group: string | undefined;
  readonly progress = new JobProgress();
  /** All that is large of its run is at the target. */
  leavesRoom = false;
  readonly #hooks: Pick<JobOptions, 'onStateChange' | 'onRoom' | 'onRunEnd'>;
  readonly #times: JobTimes;
  readonly #isEarlier: boolean;
  readonly #warnings = new Set<string>();
  #state: JobState = 'queued';
  #hasRun = false;
  #error: ErrorData | undefined;
  #login: LoginRequest | undefined;
  #outage: RegistryOutage | undefined;
  #result: TransferResult | undefined;
  #stop = new AbortController();
  #draining = new AbortController();
  #running: Promise<void> | undefined;
  /** The end of what a cancel closes at the target; whoever closes the target's client waits for it. */
  #closing: Promise<unknown> | undefined;

  constructor({ id, group, work, earlier, ...hooks }: JobOptions) {
    this.id = id;
    this.#group = group;
    this.work = work;
    this.#hooks = hooks;
    this.#times = new JobTimes(earlier);
    this.#isEarlier = earlier !== undefined;
    if (earlier) this.#restore(earlier.memory);
  }

  #restore({ state, error, layers }: JobMemory): void {
    this.#state = state;
    this.#error = error;
    this.progress.restore(layers);
  }

  get state(): JobState {
    return this.#state;
  }

  /** It rests, or ends what is under way in order to. */
  get isPaused(): boolean {
    return this.#state === 'paused' || (this.#running !== undefined && this.#draining.signal.aborted);
  }

  /** A run was begun in this start of the application. */
  get hasRun(): boolean {
    return this.#hasRun;
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
      this.#hooks.onRunEnd(this);
    });
  }

  /** Back into the queue: after a login, a pause or a failure. */
  enqueue(): void {
    if (this.#running || this.#state === 'done') return;
    this.#rewind();
    this.#error = undefined;
    this.#login = undefined;
    this.#times.queueAgain();
    this.#setState('queued');
  }

  /**
   * Stops so that a later run can continue. Uploads stay open on the registry: bodies under way end properly, for some registries
   * forget an upload whose body breaks off. An export stops at once, and starts over.
   */
  pause(): void {
    if (this.#state === 'queued' && !this.#running) return this.#setState('paused');
    if (!this.#running || this.#draining.signal.aborted) return;
    const reason = new Stop('paused');
    this.#draining.abort(reason);
    // Of a registry that does not answer nothing is to be learned.
    const grace = this.work.resumable && !this.#outage ? PAUSE_GRACE_MS : 0;
    const hard = setTimeout(() => this.#stop.abort(reason), grace);
    void this.#running.finally(() => clearTimeout(hard));
  }

  /**
   * Stops for good and leaves nothing half done at the target.
   * @param wanted what other jobs still bring to the same repository, asked for once this one has stopped.
   */
  async cancel(wanted: () => ReadonlySet<Digest> = () => new Set()): Promise<void> {
    if (this.#isOver()) return;
    this.#stop.abort(new Stop('cancelled'));
    await this.#running;
    if (!this.#isOver()) this.#finish('cancelled');
    const abandoned = this.work.abandon(this.#hasRun, wanted());
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

  /** The registry is waited for, or not any more. */
  setOutage(outage: RegistryOutage | undefined): void {
    this.#outage = outage;
  }

  addWarning(text: string): void {
    if (this.#running) this.#warnings.add(text);
  }

  async #run(): Promise<void> {
    this.#stop = new AbortController();
    this.#draining = new AbortController();
    this.#hasRun = true;
    this.leavesRoom = false;
    this.#times.runBegins();
    this.#setState('planning');
    try {
      const result = await this.work.run({
        progress: this.progress,
        signal: this.#stop.signal,
        draining: this.#draining.signal,
        askedAt: this.#times.askedAt,
        planned: () => this.#setState('running'),
        leavesRoom: () => {
          this.leavesRoom = true;
          this.#hooks.onRoom();
        },
      });
      this.#result = { ...result, durationMs: this.#times.workedMs, warnings: [...this.#warnings] };
      this.#finish('done');
    } catch (thrown) {
      this.#settle(thrown);
    } finally {
      this.progress.meter.reset();
      this.#times.runEnds();
      // A failed job keeps its compressed layers for a retry.
      if (this.#isOver()) await this.work.release();
    }
  }

  /** What a run that did not reach its end means for the job. */
  #settle(thrown: unknown): void {
    const reason: unknown = this.#stop.signal.reason ?? this.#draining.signal.reason;
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
        this.#rewind();
        return this.#setState('needs-login');
      case 'TLS_UNTRUSTED':
      case 'PLAIN_HTTP_REFUSED':
        this.#rewind();
        return this.#setState('needs-trust');
      default:
        return this.#finish('failed');
    }
  }

  /** Before the next run: what it will have to do again waits again. */
  #rewind(): void {
    if (this.work.resumable) this.progress.rewind();
    else this.progress.reset();
  }

  #finish(state: 'done' | 'failed' | 'cancelled'): void {
    this.#times.finish();
    if (state !== 'done') this.progress.leave(this.#kept(state));
    this.#setState(state);
  }

  /** Uploads of a push that failed stay open for the next try; a cancel closes them. */
  #kept(state: 'failed' | 'cancelled'): Kept {
    if (!this.work.resumable) return 'nothing';
    return state === 'failed' ? 'parts' : 'blobs';
  }

  #setState(state: JobState): void {
    this.#state = state;
    this.#hooks.onStateChange(this);
  }

  info(): JobInfo {
    const { id, progress, work } = this;
    const { createdAt, startedAt, finishedAt } = this.#times;
    return jobInfo(progress, {
      id,
      group: this.#group,
      imageId: work.imageId,
      imageName: work.imageName,
      target: work.target,
      state: this.#state,
      createdAt,
      startedAt,
      finishedAt,
      login: this.#login,
      outage: isAtWork(this.#state) ? this.#outage : undefined,
      error: this.#error,
      result: this.#result,
      isEarlier: this.#isEarlier && !this.#hasRun && isHeldBack(this.#state) ? true : undefined,
    });
  }

  /** How the next start of the application shall find the job. */
  memory(): JobMemory {
    const { startedAt, finishedAt, workedMs } = this.#times;
    return {
      state: this.#stateToKeep(),
      startedAt,
      finishedAt,
      workedMs,
      error: this.#error,
      layers: this.progress.all(),
    };
  }

  #stateToKeep(): JobMemory['state'] {
    if (this.#state === 'failed') return 'failed';
    return this.isPaused || waitsForAnswer(this.#state) ? 'paused' : 'interrupted';
  }

  snapshot(): JobSnapshot {
    return { job: this.info(), layers: this.progress.all() };
  }
}
