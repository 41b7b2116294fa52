import type { KeyObject } from 'node:crypto';
import { type ErrorData, toPushboatError } from '../../shared/errors.ts';
import type { JobInfo, JobSnapshot, JobState, LoginRequest, PushResult } from '../../shared/push-events.ts';
import { type Reference } from '../../shared/reference.ts';
import { readImageTree } from '../image/tree.ts';
import type { RegistryClient, RetryPolicy } from '../registry/types.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { BlobLocations } from './blob-locations.ts';
import { runCompressedPush } from './compression/compressed-push.ts';
import type { LayerCompressor } from './compression/layer-compressor.ts';
import { prepareTree } from './formats/prepare-tree.ts';
import { jobInfo } from './job-info.ts';
import type { Journal } from './journal/journal.ts';
import { loginRequest } from './login-request.ts';
import { JobRows } from './rows.ts';
import { requireTag } from './target.ts';
import { addRows } from './transfer.ts';
import type { PushRequest } from './types.ts';
import { UploadSessions } from './upload-sessions.ts';

export interface JobContext {
  clientFor: (registry: string) => RegistryClient;
  locations: BlobLocations;
  journal: Journal;
  bandwidth: Bandwidth;
  compressor: LayerCompressor;
  /** Signs manifests of Docker's schema 1. */
  signingKey: () => Promise<KeyObject>;
  retry: RetryPolicy;
  /** The job's state changed: its info goes into the next batch, and the queue may start another. */
  onStateChange: (job: PushJob) => void;
}

/** Milliseconds that a pause waits for chunks to end before it cuts them off. */
const PAUSE_GRACE_MS = 3_000;

/** Why a run was stopped by us rather than by a failure. */
class Stop {
  readonly state: 'paused' | 'cancelled';
  constructor(state: 'paused' | 'cancelled') {
    this.state = state;
  }
}

/**
 * One push of one image to one target, through all its states. It may run several times (after a login, a pause, a retry); rows and open
 * uploads are kept in between, so that every run goes on from where the last one was.
 */
export class PushJob {
  readonly id: string;
  readonly request: PushRequest;
  readonly target: Reference & { tag: string };
  readonly rows = new JobRows();
  readonly #context: JobContext;
  readonly #sessions: UploadSessions;
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
  /** The end of the uploads that were cancelled; whoever closes the client waits for it. */
  #closing: Promise<unknown> | undefined;

  /** @param interruptedAt when the job was begun before the application was started: it waits to be resumed. */
  constructor(id: string, request: PushRequest, context: JobContext, interruptedAt?: number) {
    this.id = id;
    this.request = request;
    this.target = requireTag(request.target);
    this.#context = context;
    this.#createdAt = interruptedAt ?? Date.now();
    if (interruptedAt !== undefined) this.#state = 'interrupted';
    this.#sessions = new UploadSessions(context.journal, this.target.registry, this.target.repository);
  }

  get state(): JobState {
    return this.#state;
  }

  get registry(): string {
    return this.target.registry;
  }

  /** Begins a run; the outcome is the job's state. Does nothing while one is under way. */
  start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.#context.onStateChange(this);
    });
  }

  /** Back into the queue: after a login, a pause or a failure. */
  enqueue(): void {
    if (this.#running || this.#state === 'done') return;
    this.rows.rewind();
    this.#error = undefined;
    this.#login = undefined;
    this.#finishedAt = undefined;
    this.#setState('queued');
  }

  /**
   * Stops and keeps the uploads open on the registry: chunks under way get a moment to end, for some registries forget an upload
   * that breaks off within one.
   */
  pause(): void {
    if (this.#state === 'queued' && !this.#running) return this.#setState('paused');
    if (!this.#running || this.#winding.signal.aborted) return;
    const reason = new Stop('paused');
    this.#winding.abort(reason);
    const hard = setTimeout(() => this.#stop.abort(reason), PAUSE_GRACE_MS);
    void this.#running.finally(() => clearTimeout(hard));
  }

  /** Stops for good and closes the uploads on the registry (push-behaviours 9). */
  async cancel(): Promise<void> {
    if (this.#isOver()) return;
    this.#stop.abort(new Stop('cancelled'));
    await this.#running;
    if (!this.#isOver()) this.#finish('cancelled');
    this.#closing = Promise.all([this.#closing, this.#closeSessions(), this.release()]);
    await this.#closing;
  }

  #isOver(): boolean {
    return this.#state === 'done' || this.#state === 'cancelled';
  }

  /** Resolves when no run is under way, and what a cancelled one left on the registry is closed. */
  async idle(): Promise<void> {
    await this.#running;
    await this.#closing;
  }

  /** Layers that were compressed for this job are not needed any more. A failed job keeps them for a retry. */
  release(): Promise<void> {
    return this.#context.compressor.release(this);
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
      const result = await this.#push();
      const durationMs = Date.now() - this.#startedAt;
      this.#result = { ...result, durationMs, warnings: [...this.#warnings] };
      this.#finish('done');
    } catch (thrown) {
      this.#settle(thrown);
    } finally {
      this.rows.meter.reset();
      if (this.#isOver()) await this.release();
    }
  }

  async #push() {
    const { signal } = this.#stop;
    const image = await this.request.openImage(signal);
    const { options } = this.request;
    const tree = await prepareTree(image, options, signal);
    addRows(this.rows, tree);
    this.#setState('running');
    const client = this.#context.clientFor(this.target.registry);
    const { locations, retry, journal, bandwidth, compressor, signingKey } = this.#context;
    const { target, rows } = this;
    const winding = this.#winding.signal;
    const sessions = this.#sessions;
    return runCompressedPush({
      client,
      image,
      tree,
      target,
      options,
      rows,
      locations,
      journal,
      bandwidth,
      compressor,
      signingKey,
      user: this,
      sessions,
      retry,
      signal,
      winding,
    });
  }

  /** What a run that did not reach its end means for the job. */
  #settle(thrown: unknown): void {
    const reason: unknown = this.#stop.signal.reason ?? this.#winding.signal.reason;
    if (reason instanceof Stop) {
      this.rows.rewind();
      if (reason.state === 'paused') this.#setState('paused');
      return;
    }
    const failure = toPushboatError(thrown);
    this.#error = failure.toData();
    switch (failure.code) {
      case 'UNAUTHORIZED':
      case 'DENIED':
        this.#login = loginRequest(failure, this.registry);
        return this.#setState('needs-login');
      case 'TLS_UNTRUSTED':
      case 'PLAIN_HTTP_REFUSED':
        return this.#setState('needs-trust');
      default:
        return this.#finish('failed');
    }
  }

  async #closeSessions(): Promise<void> {
    if (this.#startedAt === undefined) await this.#recallSessions();
    const client = this.#context.clientFor(this.registry);
    await Promise.all(this.#sessions.takeAll().map((session) => client.cancelUpload(session)));
  }

  /** A job of an earlier start that is given up without a run here: its uploads are in the journal, under the image's blobs. */
  async #recallSessions(): Promise<void> {
    try {
      const tree = await readImageTree(await this.request.openImage());
      for (const { descriptor } of tree.blobs) this.#sessions.get(descriptor);
    } catch {
      // An image that cannot be read any more names no blobs; its uploads end on the registry's side by themselves.
    }
  }

  #finish(state: 'done' | 'failed' | 'cancelled'): void {
    this.#finishedAt = Date.now();
    this.#setState(state);
  }

  #setState(state: JobState): void {
    this.#state = state;
    this.#context.onStateChange(this);
  }

  info(): JobInfo {
    const { id, rows, target, request } = this;
    return jobInfo(rows, {
      id,
      imageId: request.imageId,
      imageName: request.imageName,
      target,
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
