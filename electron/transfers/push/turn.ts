/**
 * While others wait, a turn lasts this long: uploads come forward together, for what a kill costs at docker-registry is all of those that are on
 * the line, and nothing of those that rest. Milliseconds.
 */
const TURN_MS = 8_000;

/** The right of one upload to be on the line. */
export interface Turn extends Disposable {
  /**
   * A body begins, of an upload that has so many bytes left.
   * @returns aborts when the body shall end at the next byte: the upload continues later, or in another request.
   */
  begin(left: number): AbortSignal;
  /** Bytes of the body go out: before that it has waited for a connection, which tells nothing of the line. */
  moves(): void;
  /** The body was answered: the registry has so many bytes of it. */
  took(bytes: number): void;
  /** The line broke when so many bytes of the body had been sent. */
  lost(bytes: number): void;
  /** Another upload shall go first: give the turn back, and ask for a new one. */
  readonly isOver: boolean;
}

interface TurnOptions {
  now: () => number;
  /** Whether others wait for a turn. */
  isWanted: () => boolean;
  /** How many share the line while others wait for it; 0 when that tells nothing of the line. */
  crowd: () => number;
  onBody: (bytes: number, milliseconds: number, crowd: number) => void;
  onLost: (bytes: number) => void;
  onEnd: () => void;
}

/** A turn as the line sees it, which can end it or take it back. */
export class OpenTurn implements Turn {
  left = Number.POSITIVE_INFINITY;
  isOver = false;
  readonly #options: TurnOptions;
  #body = new AbortController();
  readonly #since: number;
  #begun: { at?: number; crowd: number } = { crowd: 0 };

  constructor(options: TurnOptions) {
    this.#options = options;
    this.#since = options.now();
  }

  begin(left: number): AbortSignal {
    this.left = left;
    this.#begun = { crowd: this.#options.crowd() };
    if (!this.isOver) this.#body = new AbortController();
    return this.#body.signal;
  }

  moves(): void {
    this.#begun.at ??= this.#options.now();
  }

  took(bytes: number): void {
    const { now, crowd, isWanted, onBody } = this.#options;
    const { at } = this.#begun;
    const shared = this.#begun.crowd === crowd() ? this.#begun.crowd : 0;
    this.left -= bytes;
    if (at !== undefined) onBody(bytes, now() - at, shared);
    if (now() - this.#since >= TURN_MS && isWanted()) this.isOver = true;
  }

  lost(bytes: number): void {
    this.#options.onLost(bytes);
  }

  end(): void {
    this.#body.abort();
  }

  giveWay(): void {
    this.isOver = true;
    this.end();
  }

  [Symbol.dispose](): void {
    this.#options.onEnd();
  }
}
