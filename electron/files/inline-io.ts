import { lstat, open } from 'node:fs';
import { promisify } from 'node:util';

/**
 * System calls on small files whose data is in memory take a few microseconds; a trip to the thread pool takes ten times as
 * long, and a scan of 10,000 layouts makes 80,000 of them. So they are made in place, as long as they are quick: one that had to
 * wait for a disk or network sends the next ones to the thread pool, where they wait side by side and block nobody.
 */
const QUICK_MS = 0.1;
const CALLS_AFTER_A_SLOW_ONE = 64;
/** Milliseconds of work in place after which timers, IPC and sockets get their turn. */
const SLICE_MS = 8;

let callsUntilInline = 0;
let sliceStart = 0;

/** Makes the call in place or in the thread pool, whichever is quicker now. Both must do the same. */
export async function quickly<T>(inPlace: () => T, inPool: () => Promise<T>): Promise<T> {
  if (callsUntilInline > 0) {
    callsUntilInline--;
    return inPool();
  }
  const startedAt = performance.now();
  try {
    return inPlace();
  } finally {
    if (performance.now() - startedAt > QUICK_MS) callsUntilInline = CALLS_AFTER_A_SLOW_ONE;
  }
}

/** To be awaited between pieces of work that may all have been done in place. */
export async function breathe(): Promise<void> {
  const now = performance.now();
  if (now - sliceStart < SLICE_MS) return;
  await new Promise((resolve) => setImmediate(resolve));
  sliceStart = performance.now();
}

/** In the thread pool, as `lstatSync` and `openSync` in place: a number of a file, no handle of `fs/promises`. */
export const lstatAsync = promisify(lstat);
export const openAsync = promisify(open);
