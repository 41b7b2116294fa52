/** Span over which a rate is averaged: long enough to be calm, short enough to notice a stall. Milliseconds. */
const WINDOW_MS = 5000;
const SLOT_MS = 250;

/** Bytes per second over the last seconds, from counters in slots of a quarter second. */
export class RateMeter {
  readonly #slots = new Map<number, number>();
  readonly #now: () => number;
  #startedAt: number | undefined;

  constructor(now: () => number = performance.now.bind(performance)) {
    this.#now = now;
  }

  add(bytes: number): void {
    const now = this.#now();
    this.#startedAt ??= now;
    const slot = Math.floor(now / SLOT_MS);
    this.#slots.set(slot, (this.#slots.get(slot) ?? 0) + bytes);
  }

  /** Bytes per second. */
  rate(): number {
    if (this.#startedAt === undefined) return 0;
    const now = this.#now();
    const oldest = Math.floor((now - WINDOW_MS) / SLOT_MS);
    let sum = 0;
    for (const [slot, bytes] of this.#slots) {
      if (slot <= oldest) this.#slots.delete(slot);
      else sum += bytes;
    }
    const span = Math.max(SLOT_MS, Math.min(WINDOW_MS, now - this.#startedAt));
    return (sum * 1000) / span;
  }

  /** Forgets the past, so that a pause does not count as slowness. */
  reset(): void {
    this.#slots.clear();
    this.#startedAt = undefined;
  }
}
