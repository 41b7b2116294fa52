import { setMaxListeners } from 'node:events';
import { abortError } from '../../../shared/errors.ts';
import { MIB } from '../../../shared/units.ts';
import { orAborted } from '../../registry/retry.ts';
import { type Slot, SlotPool } from '../../registry/slots.ts';
import { LineRate } from './line-rate.ts';
import { OpenTurn, type Turn } from './turn.ts';

/** Large bodies at once before anything is known of the line. */
const AT_FIRST = 2;

/** A body before anything is known of the line: it shows how quick that is. Bytes. */
const FIRST_BODY = MIB;
const SMALLEST_BODY = MIB / 4;

/** How much longer a body may be than the last: a short one may have been quick by chance. */
const GROWTH = 16;

/** So much of a body's time, but not more than half of it, is that of its answer's way: a first body is short. Milliseconds. */
const ANSWER_MS = 100;

/** Bodies of fewer bytes tell of round trips, and nothing of the line. */
const TELLING = MIB / 2;

/**
 * A body should take about this long, up to its answer: whoever leaves an upload waits for what is in the buffers on the way, and a kill
 * costs no more at a registry that keeps what is answered. On a quick line a whole blob fits in.
 */
const BODY_MS = 2_500;

/** What takes no longer than this may go in one request, although such a request cannot be left before its end. Milliseconds. */
const WHOLE_MS = 1_500;

/** What takes longer than this at the rate of one body takes turns, however small it is. Milliseconds. */
const LONG_MS = 4_000;

/** Bytes of such a request before anything is known of the line: what a first body would leave is not worth another request. */
const FIRST_WHOLE = 1.25 * FIRST_BODY;

/** And at most: what is larger takes turns. */
const MOST_WHOLE = 32 * MIB;

/** A computer that has not slept for so long although it was about to does not sleep. Milliseconds. */
const FALLS_ASLEEP_WITHIN = 30_000;

/**
 * The line to one registry, as its large bodies see it: few at once, for what is open is lost with the line (docker-registry gives up an
 * upload whose body breaks), and more only while that makes it faster.
 */
export class Line {
  readonly #turns = new Set<OpenTurn>();
  /** Of uploads that take no turns. */
  readonly #besides = new Set<OpenTurn>();
  #places = new SlotPool(1);
  readonly #waiting = new Set<() => void>();
  readonly #now: () => number;
  #rate: LineRate;
  #limit = AT_FIRST;
  #bodyLength = FIRST_BODY;
  /** Bytes per millisecond of one body, as the latest have been. */
  #bodyRate: number | undefined;
  #held: PromiseWithResolvers<void> | undefined;
  /** The registry has taken a body that says no length before. */
  isProven = false;
  /** It has refused one. */
  refusesFreeBodies = false;
  /** It has refused the last bytes of an upload together with its end. */
  refusesLastPart = false;
  /** It has refused a whole blob together with the end of its upload. */
  refusesWhole = false;
  /** It has taken one before. */
  takesWhole = false;

  constructor(now: () => number = performance.now.bind(performance)) {
    this.#now = now;
    this.#rate = new LineRate(now);
  }

  /** Large bodies at once. */
  get limit(): number {
    return this.#limit;
  }

  /** Bytes that the next body should have at most. */
  get bodyLength(): number {
    return this.#bodyLength;
  }

  /** Bytes that the line most likely takes in a moment: so many may go in a request that cannot be left. */
  get wholeLength(): number {
    if (this.#bodyRate === undefined) return FIRST_WHOLE;
    return Math.min(MOST_WHOLE, Math.floor(this.#bodyRate * WHOLE_MS));
  }

  /** So many bytes are better not sent next to all others: what is known of the line says that they take long. */
  isLong(bytes: number): boolean {
    return this.#bodyRate !== undefined && bytes > this.#bodyRate * LONG_MS;
  }

  /**
   * For an upload that is too small to take turns with others: it waits for a place only, so that it knows the line as it is then.
   * @param atOnce so many places there are; undefined: it waits for nobody.
   * @throws PushboatError CANCELLED
   */
  async besides(atOnce: number | undefined, signals: readonly AbortSignal[]): Promise<Turn> {
    if (atOnce === undefined) return this.#take(this.#besides);
    if (this.#places.max !== atOnce) this.#places = new SlotPool(atOnce);
    return this.#take(this.#besides, await this.#places.acquire(AbortSignal.any([...signals])));
  }

  /** Waits for a turn, in the order of asking. @throws PushboatError CANCELLED when one of the signals aborts before. */
  async turn(signals: readonly AbortSignal[]): Promise<Turn> {
    for (const signal of signals) if (signal.aborted) throw abortError(signal.reason);
    if (this.#turns.size < this.#limit && this.#waiting.size === 0) return this.#take(this.#turns);
    return this.#wait(signals);
  }

  /** Resolves when a body may begin. @throws PushboatError CANCELLED */
  async ready(signals: readonly AbortSignal[]): Promise<void> {
    while (this.#held) await orAborted(this.#held.promise, signals);
  }

  /** All bodies end now; their uploads continue in new requests. */
  endBodies(): void {
    for (const turn of [...this.#turns, ...this.#besides]) turn.end();
  }

  /** All bodies end now, and none begins before `release`. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
    this.endBodies();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** What was found may not hold any more, for the line is another one. */
  forget(): void {
    this.#bodyRate = undefined;
    this.#bodyLength = FIRST_BODY;
    this.#limit = AT_FIRST;
    this.#rate = new LineRate(this.#now);
  }

  #take(open: Set<OpenTurn>, place?: Slot): OpenTurn {
    const takesTurns = open === this.#turns;
    const turn = new OpenTurn({
      now: this.#now,
      isWanted: () => takesTurns && this.#waiting.size > 0,
      crowd: () => (takesTurns && this.#turns.size === this.#limit && this.#waiting.size > 0 ? this.#limit : 0),
      onBody: (bytes, milliseconds, crowd) => this.#measure(bytes, milliseconds, crowd),
      onEnd: () => {
        open.delete(turn);
        place?.[Symbol.dispose]();
        this.#admit();
      },
    });
    open.add(turn);
    return turn;
  }

  #wait(signals: readonly AbortSignal[]): Promise<Turn> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(begin);
        for (const signal of signals) signal.removeEventListener('abort', giveUp);
      };
      const begin = (): void => {
        end();
        resolve(this.#take(this.#turns));
      };
      const giveUp = (): void => {
        end();
        reject(abortError(signals.find(({ aborted }) => aborted)?.reason));
      };
      this.#waiting.add(begin);
      for (const signal of signals) {
        setMaxListeners(0, signal);
        signal.addEventListener('abort', giveUp, { once: true });
      }
    });
  }

  #admit(): void {
    for (const begin of this.#waiting) {
      if (this.#turns.size >= this.#limit) return;
      begin();
    }
  }

  #measure(bytes: number, milliseconds: number, crowd: number): void {
    if (bytes < SMALLEST_BODY) return;
    const rate = bytes / Math.max(1, milliseconds);
    this.#bodyLength = Math.max(SMALLEST_BODY, Math.min(Math.floor(rate * BODY_MS), this.#bodyLength * GROWTH));
    if (bytes < TELLING && milliseconds < WHOLE_MS) return;
    const own = bytes / Math.max(1, milliseconds / 2, milliseconds - ANSWER_MS);
    const before = this.#bodyRate ?? own;
    // That it has become slower counts at once.
    this.#bodyRate = own < before ? own : (before + own) / 2;
    if (crowd !== this.#limit) return;
    this.#limit = this.#rate.ended(rate, crowd);
    // What is near its end stays, for what is committed is safe; so is what was taken of an upload that rests.
    const open = [...this.#turns].toSorted((a, b) => a.left - b.left);
    for (const turn of open.slice(this.#limit)) turn.giveWay();
    this.#admit();
  }
}

/** The lines to all registries that pushes go to. */
export class Lines {
  readonly #lines = new Map<string, Line>();
  #release: NodeJS.Timeout | undefined;

  to(registry: string): Line {
    const line = this.#lines.get(registry) ?? new Line();
    this.#lines.set(registry, line);
    return line;
  }

  /** All large bodies end now; their uploads continue in new requests. */
  endBodies(): void {
    for (const line of this.#lines.values()) line.endBodies();
  }

  /** The computer is about to sleep: all large bodies end now, and none begins before it is awake again. */
  hold(): void {
    for (const line of this.#lines.values()) line.hold();
    clearTimeout(this.#release);
    this.#release = setTimeout(() => this.release(), FALLS_ASLEEP_WITHIN).unref();
  }

  release(): void {
    clearTimeout(this.#release);
    for (const line of this.#lines.values()) line.release();
  }

  /** The network has changed: all large bodies end now, and the lines are measured again. */
  change(): void {
    for (const line of this.#lines.values()) line.forget();
    this.endBodies();
  }
}
