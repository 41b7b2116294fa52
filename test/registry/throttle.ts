import { setTimeout as sleep } from 'node:timers/promises';

/** A shared rate: all bodies that go through it together get `bytesPerSecond` (0 = no limit; may be changed at any time). */
export class Throttle {
  bytesPerSecond: number;
  /** Time (ms, `performance.now()`) at which everything taken so far is paid for. */
  #paidUntil = 0;

  constructor(bytesPerSecond = 0) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Resolves when `bytes` may have passed. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    if (this.bytesPerSecond <= 0 || bytes === 0) return;
    const now = performance.now();
    this.#paidUntil = Math.max(now, this.#paidUntil) + (bytes / this.bytesPerSecond) * 1000;
    const wait = this.#paidUntil - now;
    // Timers below a few milliseconds are not exact; what is owed is paid with the next chunk.
    if (wait >= 4) await sleep(wait, undefined, signal ? { signal } : {});
  }
}
