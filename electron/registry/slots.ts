import { setMaxListeners } from 'node:events';
import { abortError, type PushboatError } from '../../shared/errors.ts';

/** A question has no body, neither way. */
export type SlotKind = 'question' | 'small' | 'large';

/** A place taken; disposing of it gives it back. */
export interface Slot extends Disposable {
  /**
   * To be told of the answer, so that the number of slots follows what the registry can take.
   * @param latencyMs from the request to its answer, where that tells how busy the registry is.
   */
  succeeded(latencyMs?: number): void;
  throttled(): void;
}

/** An answer is late when it took this many times the best one, and longer than anybody's distance from a registry explains. */
const LATE_FACTOR = 8;
const LATE_MS = 1_500;

/** Late answers alone leave this many slots: fewer would not make a registry quicker whose latency has other reasons. */
const LEAST_WHEN_LATE = 4;

interface Waiter {
  grant: () => void;
  fail: (error: PushboatError) => void;
}

/**
 * The slots of one kind. The limit follows AIMD: half of it goes on the first 429 or 503 of a burst, a quarter on the first answer of
 * a round that is far later than the best, and each full round of good answers brings one slot back, until `max` is reached again.
 */
export class SlotPool {
  #max: number;
  #limit: number;
  #taken = 0;
  /** Counts shrinks: answers to requests from before the last one belong to the same burst and do not shrink again. */
  #epoch = 0;
  /** The shortest latency so far in milliseconds. */
  #best = Number.POSITIVE_INFINITY;
  #closed: PushboatError | undefined;
  readonly #waiting = new Set<Waiter>();

  constructor(max: number) {
    this.#max = max;
    this.#limit = max;
  }

  get max(): number {
    return this.#max;
  }

  /** Slots at this moment, 1 to `max`. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  get taken(): number {
    return this.#taken;
  }

  /** @throws PushboatError CANCELLED when `signal` aborts or the pool closes before there is room. */
  acquire(signal?: AbortSignal): Promise<Slot> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(abortError(signal.reason));
    if (this.#taken < this.limit && this.#waiting.size === 0) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        grant: () => {
          end();
          resolve(this.#take());
        },
        fail: (error) => {
          end();
          reject(error);
        },
      };
      const onAbort = (): void => waiter.fail(abortError(signal?.reason));
      this.#waiting.add(waiter);
      if (signal) {
        // One job's signal serves as many requests as it has blobs; that is no leak.
        setMaxListeners(0, signal);
        signal.addEventListener('abort', onAbort, { once: true });
      }
    });
  }

  /** More can be done at once than was known. What the answers so far have taken away comes back by good ones. */
  raise(max: number): void {
    if (this.#limit === this.#max) this.#limit = max;
    this.#max = max;
    this.#next();
  }

  /** Fails all that wait. */
  close(error: PushboatError): void {
    this.#closed = error;
    for (const waiter of this.#waiting) waiter.fail(error);
  }

  #take(): Slot {
    this.#taken++;
    const epoch = this.#epoch;
    let held = true;
    return {
      succeeded: (latencyMs) => {
        if (this.#isLate(latencyMs)) this.#shrink(epoch, 3 / 4, Math.min(LEAST_WHEN_LATE, this.limit));
        else if (this.#limit < this.#max) this.#limit = Math.min(this.#max, this.#limit + 1 / this.#limit);
      },
      throttled: () => this.#shrink(epoch, 1 / 2, 1),
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#taken--;
        this.#next();
      },
    };
  }

  #isLate(latencyMs: number | undefined): boolean {
    if (latencyMs === undefined) return false;
    this.#best = Math.min(this.#best, latencyMs);
    return latencyMs > LATE_MS && latencyMs > this.#best * LATE_FACTOR;
  }

  #shrink(epoch: number, share: number, least: number): void {
    if (epoch !== this.#epoch) return;
    this.#epoch++;
    this.#limit = Math.max(least, Math.floor(this.#limit * share));
  }

  #next(): void {
    for (const waiter of this.#waiting) {
      if (this.#taken >= this.limit) return;
      waiter.grant();
    }
  }
}

/** Small requests many at once, large bodies few; each kind follows its own answers. */
export class Slots {
  readonly #pools: Record<SlotKind, SlotPool>;

  /** @param max Questions share the slots of small requests where they have no number of their own. */
  constructor(max: { small: number; large: number; question?: number | undefined }) {
    const small = new SlotPool(max.small);
    const question = max.question === undefined ? small : new SlotPool(max.question);
    this.#pools = { question, small, large: new SlotPool(max.large) };
  }

  /** Gives questions more slots, if they have slots of their own. */
  raiseQuestions(max: number): void {
    const { question, small } = this.#pools;
    if (question !== small) question.raise(max);
  }

  acquire(kind: SlotKind, signal?: AbortSignal): Promise<Slot> {
    return this.#pools[kind].acquire(signal);
  }

  limit(kind: SlotKind): number {
    return this.#pools[kind].limit;
  }

  close(error: PushboatError): void {
    for (const pool of new Set(Object.values(this.#pools))) pool.close(error);
  }
}
