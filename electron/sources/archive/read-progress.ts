import { Emitter } from '../../../shared/emitter.ts';

/** How often listeners hear of an archive that is being read. Milliseconds. */
const TELL_EVERY = 250;

interface Reading {
  done: number;
  readonly total: number;
}

/** Archives that are being indexed or unpacked now, by path. */
const readings = new Map<string, Reading>();
const progress = new Emitter<undefined>();
let lastTold = 0;

/** Tells of the reading of one archive until it is disposed of. @param total bytes of the file. */
export function beginReading(path: string, total: number): { reached: (position: number) => void } & Disposable {
  const reading: Reading = { done: 0, total };
  readings.set(path, reading);
  return {
    reached: (position) => {
      reading.done = Math.max(reading.done, position);
      const now = performance.now();
      if (now - lastTold < TELL_EVERY) return;
      lastTold = now;
      progress.emit(undefined);
    },
    [Symbol.dispose]: () => {
      if (readings.get(path) === reading) readings.delete(path);
    },
  };
}

/** How much of the archive at a path was read, from 0 to 1; undefined when it is not being read. */
export function readShare(path: string): number | undefined {
  const reading = readings.get(path);
  return reading && reading.total > 0 ? Math.min(1, reading.done / reading.total) : undefined;
}

/** Calls back now and then while any archive is read. Returns the function that unsubscribes. */
export function onReading(listener: () => void): () => void {
  return progress.subscribe(listener);
}
