import { type PushboatError, toPushboatError } from '../../shared/errors.ts';
import { isOutage, orAborted, pause, retryReason } from './answers/retry.ts';
import { SLEPT } from './http/limits.ts';
import type { OutageReport } from './types.ts';

/** First and longest wait between two looks whether the registry is there again. Milliseconds. */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;

/** A wait is looked at this often: when the clock has gone on by much more, the computer has slept, and that counts as no time. Milliseconds. */
const TICK = 1_000;

/** Asks whether it is there. Fails as its requests fail. */
type Probe = (signal: AbortSignal) => Promise<unknown>;

export interface OutageOptions {
  /** Milliseconds that a registry is waited for; 0: not at all. */
  retryForMs: () => number;
  /** Used where a wait has none of its own. */
  probe: Probe;
  /** What has changed; undefined when it is over. */
  onChange: (notice: OutageReport | undefined) => void;
  /** Ends all waits. */
  closing: AbortSignal;
  /** First wait between two looks; a second if absent. Milliseconds. */
  firstWaitMs?: number | undefined;
}

/** Waits for a registry that has answered before and does not now: one wait for all requests. */
export class Outage {
  readonly #options: OutageOptions;
  #waiting: Promise<boolean> | undefined;
  #waiters = 0;
  #stop = new AbortController();
  #wake: () => void = () => undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Whether there is any waiting for a failure. */
  hasPatience(): boolean {
    return this.#options.retryForMs() > 0;
  }

  /**
   * Resolves when the registry answers; with false when it did so at once, so that the failure was no outage.
   * @param probe of the first who waits it is asked for all.
   * @throws the last failure when the time is over, or CANCELLED.
   */
  async wait(
    failure: PushboatError,
    signals: readonly (AbortSignal | undefined)[],
    probe: Probe = this.#options.probe,
  ): Promise<boolean> {
    this.#waiters++;
    try {
      return await orAborted((this.#waiting ??= this.#begin(failure, probe)), [...signals, this.#options.closing]);
    } finally {
      // Nobody is left who would use the answer.
      if (--this.#waiters === 0) this.#stop.abort();
    }
  }

  /** Looks now instead of at the time that was told. */
  tryNow(): void {
    this.#wake();
  }

  #begin(failure: PushboatError, probe: Probe): Promise<boolean> {
    const stop = new AbortController();
    this.#stop = stop;
    const end = (): void => {
      stop.signal.removeEventListener('abort', end);
      if (this.#stop !== stop) return;
      this.#waiting = undefined;
      this.#options.onChange(undefined);
    };
    stop.signal.addEventListener('abort', end);
    return this.#look(failure, probe, AbortSignal.any([stop.signal, this.#options.closing])).finally(end);
  }

  async #look(failure: PushboatError, probe: Probe, stop: AbortSignal): Promise<boolean> {
    const { retryForMs, onChange, firstWaitMs = FIRST_WAIT } = this.#options;
    const since = Date.now();
    let last = failure;
    let waited = 0;
    for (let wait = firstWaitMs, isFirst = true; ; wait = Math.min(LONGEST_WAIT, 2 * wait), isFirst = false) {
      const left = retryForMs() - waited;
      if (left <= 0) throw last;
      const length = Math.min(wait, left);
      onChange({ since, nextTryAt: Date.now() + length, reason: retryReason(last) });
      waited += await this.#sleep(length, stop);
      const asked = Date.now();
      try {
        await probe(stop);
        return !isFirst;
      } catch (thrown) {
        stop.throwIfAborted();
        last = toPushboatError(thrown);
        // Whatever else it says, it is there.
        if (!isOutage(last)) return !isFirst;
      }
      waited += awake(asked);
    }
  }

  /** Waits, or until `tryNow`. Returns the milliseconds in which the computer was awake. */
  async #sleep(length: number, stop: AbortSignal): Promise<number> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    let waited = 0;
    while (waited < length && !woken.signal.aborted) {
      const began = Date.now();
      await pause(Math.min(TICK, length - waited), [stop, woken.signal]).catch(() => stop.throwIfAborted());
      waited += awake(began);
    }
    return waited;
  }
}

/** Milliseconds since then, without those that the computer slept. */
function awake(since: number): number {
  const passed = Math.max(0, Date.now() - since);
  return passed > TICK + SLEPT ? TICK : passed;
}
