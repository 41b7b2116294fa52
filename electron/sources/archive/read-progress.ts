import { Emitter } from '../../../shared/emitter.ts';

/** How often listeners hear of an archive that is being read. Milliseconds. */
const TELL_EVERY = 250;

interface Reading {
  done: number;
  readonly total: number;
}

/** How far the archives are that are being indexed or unpacked, by path. */
export class ReadProgress {
  readonly #readings = new Map<string, Reading>();
  readonly #emitter = new Emitter<undefined>();
  #lastTold = 0;

  /** Tells of the reading of one archive until it is disposed of. @param total bytes of the file. */
  begin(path: string, total: number): { reached: (position: number) => void } & Disposable {
    const reading: Reading = { done: 0, total };
    this.#readings.set(path, reading);
    return {
      reached: (position) => {
        reading.done = Math.max(reading.done, position);
        const now = performance.now();
        if (now - this.#lastTold < TELL_EVERY) return;
        this.#lastTold = now;
        this.#emitter.emit(undefined);
      },
      [Symbol.dispose]: () => {
        if (this.#readings.get(path) === reading) this.#readings.delete(path);
      },
    };
  }

  /** How much of the archive at a path was read, from 0 to 1; undefined when it is not being read. */
  share(path: string): number | undefined {
    const reading = this.#readings.get(path);
    return reading && reading.total > 0 ? Math.min(1, reading.done / reading.total) : undefined;
  }

  /** Calls back now and then while any archive is read. Returns the function that unsubscribes. */
  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }

  close(): void {
    this.#emitter.clear();
  }
}
