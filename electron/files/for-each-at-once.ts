import { throwIfCancelled } from '../../shared/errors.ts';

/**
 * Runs `task` for all items, at most `limit` at once. The first failure stops the others through their signal, and is thrown when all
 * of them have ended, so that nothing writes any more where its caller tidies up.
 */
export async function forEachAtOnce<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  task: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const failures: unknown[] = [];
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      if (either.aborted) return;
      try {
        await task(item, either);
      } catch (error) {
        failures.push(error);
        stop.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  throwIfCancelled(signal);
  if (failures.length > 0) throw failures[0];
}
