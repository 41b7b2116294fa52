import { MIB } from '../../../shared/units.ts';

/** A body before anything is known of the line: it shows how quick that is. Bytes. */
const FIRST_BODY = MIB;
const SMALLEST_BODY = MIB / 4;

/** How much longer a body may be than the last: a short one may have been quick by chance. */
const GROWTH = 16;

/** And once one was lost: what breaks a line again and again may be the number of bytes, or the time that they take. */
const CAREFUL_GROWTH = 2;

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

/** How long bodies should be, by how long the latest took, and by how much arrived of one that was lost. Bytes and milliseconds. */
export class BodyLength {
  #next = FIRST_BODY;
  /** Bytes per millisecond of one body, as the latest have been. */
  #rate: number | undefined;
  #safe = Number.POSITIVE_INFINITY;

  /** Of the next body, at most. */
  get next(): number {
    return Math.min(this.#next, this.#safe);
  }

  /** What a body may have at most since one was lost, whatever its kind. */
  get safe(): number {
    return this.#safe;
  }

  /** What the line most likely takes in a moment: so many may go in a request that cannot be left. */
  get whole(): number {
    const inAMoment = this.#rate === undefined ? FIRST_WHOLE : Math.floor(this.#rate * WHOLE_MS);
    return Math.min(MOST_WHOLE, inAMoment, Math.max(FIRST_WHOLE, this.#safe));
  }

  /** So many bytes are better not sent next to all others: what is known of the line says that they take long. */
  isLong(bytes: number): boolean {
    return this.#rate !== undefined && bytes > this.#rate * LONG_MS;
  }

  /** A body was answered. @returns whether that tells of the line. */
  took(bytes: number, milliseconds: number): boolean {
    this.#safe *= CAREFUL_GROWTH;
    if (bytes < SMALLEST_BODY) return false;
    const rate = bytes / Math.max(1, milliseconds);
    this.#next = Math.max(SMALLEST_BODY, Math.min(Math.floor(rate * BODY_MS), this.#next * GROWTH));
    if (bytes < TELLING && milliseconds < WHOLE_MS) return false;
    const own = bytes / Math.max(1, milliseconds / 2, milliseconds - ANSWER_MS);
    const before = this.#rate ?? own;
    // That it has become slower counts at once.
    this.#rate = own < before ? own : (before + own) / 2;
    return true;
  }

  /** The line broke when so many bytes of a body were on their way: most registries keep none of them. */
  lost(bytes: number): void {
    this.#safe = Math.max(SMALLEST_BODY, Math.min(this.#safe, Math.floor(bytes / 2)));
  }
}
