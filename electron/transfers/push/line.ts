import { setMaxListeners } from 'node:events';
import { abortError } from '../../../shared/errors.ts';
import { orAborted } from '../../registry/answers/retry.ts';
import { type Slot, SlotPool } from '../../registry/slots.ts';
import { BodyLength } from './body-length.ts';
import { LinePace } from './line-pace.ts';
import { LineRate } from './line-rate.ts';
import { OpenTurn, type Turn } from './turn.ts';

/** Large bodies at once before anything is known of the line. */
const AT_FIRST = 2;

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
  #body = new BodyLength();
  #pace = new LinePace();
  #held: PromiseWithResolvers<void> | undefined;
  /** The registry has taken a body that says no length before. */
  isProven = false;
  /** It has refused one. */
  refusesFreeBodies = false;
  /** It has taken one, and wants to be told of the next in the same upload where that goes on. */
  wantsRange = false;
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

  /** How long its bodies should be. */
  get body(): Pick<BodyLength, 'next' | 'whole' | 'safe' | 'isLong'> {
    return this.#body;
  }

  /** Bytes per second of all that went since this was asked last; undefined where that was too little to tell. */
  takePace(): number | undefined {
    return this.#pace.take();
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
    this.#body = new BodyLength();
    this.#pace = new LinePace();
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
      onLost: (bytes) => this.#body.lost(bytes),
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
    this.#pace.took(bytes, milliseconds, this.#now());
    const isTelling = this.#body.took(bytes, milliseconds);
    if (!isTelling || crowd !== this.#limit) return;
    this.#limit = this.#rate.ended(bytes / Math.max(1, milliseconds), crowd);
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
