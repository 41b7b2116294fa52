/** More bodies are worth it when they make the line faster by this. */
const GAIN = 1.1;

/** How long what was found holds, for lines change. Milliseconds. */
const HOLDS_MS = 10_000;

/** Bodies at once that are tried. */
const MOST = 8;

/**
 * Finds how many bodies fill a line, by trying: one more while each makes it faster by a tenth, then one less while that does not make
 * it slower by as much.
 */
export class LineRate {
  readonly #now: () => number;
  /** Bytes per millisecond of the whole line by the number of bodies, as far as they were tried since the last find. */
  readonly #rates = new Map<number, number>();
  #samples: number[] = [];
  #foundAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number = performance.now.bind(performance)) {
    this.#now = now;
  }

  /**
   * One of `count` bodies has ended that were on the line together all the time.
   * @param rate its bytes per millisecond, from its begin to the registry's answer: what only fills buffers on the way does not count.
   * @returns how many shall be on the line from now on.
   */
  ended(rate: number, count: number): number {
    if (this.#now() - this.#foundAt < HOLDS_MS) return count;
    this.#samples.push(rate);
    if (this.#samples.length < count) return count;
    this.#rates.set(count, (this.#samples.reduce((sum, one) => sum + one, 0) / this.#samples.length) * count);
    this.#samples = [];
    const wanted = wantedCount(this.#rates, count);
    if (this.#rates.has(wanted)) {
      this.#foundAt = this.#now();
      this.#rates.clear();
    }
    return wanted;
  }
}

/** The number to try next, by the rates of those that were tried; one of these when nothing is left to try. */
function wantedCount(rates: ReadonlyMap<number, number>, count: number): number {
  const pays = (more: number): boolean => (rates.get(more) ?? 0) >= (rates.get(more - 1) ?? 0) * GAIN;
  if (!rates.has(count + 1) && count < MOST && (!rates.has(count - 1) || pays(count))) return count + 1;
  let fewest = Math.max(...rates.keys());
  while (fewest > 1 && rates.has(fewest - 1) && !pays(fewest)) fewest--;
  return fewest > 1 && !rates.has(fewest - 1) ? fewest - 1 : fewest;
}
