/** What a few small bodies take tells more of the way there and back than of the line. Bytes. */
const TELLING = 4 * 1024 * 1024;

/** How fast all bodies on a line together get to the other side. The time in which none is on its way does not count. */
export class LinePace {
  #bytes = 0;
  #milliseconds = 0;
  #until = Number.NEGATIVE_INFINITY;

  /** A body of so many bytes was answered now, so many milliseconds after its begin. */
  took(bytes: number, milliseconds: number, now: number): void {
    this.#bytes += bytes;
    this.#milliseconds += Math.max(0, now - Math.max(now - milliseconds, this.#until));
    this.#until = now;
  }

  /** Bytes per second since it was told last; undefined where too little has gone to tell. */
  take(): number | undefined {
    if (this.#bytes < TELLING) return undefined;
    const rate = Math.round((this.#bytes * 1000) / Math.max(1, this.#milliseconds));
    this.#bytes = 0;
    this.#milliseconds = 0;
    return rate;
  }
}
