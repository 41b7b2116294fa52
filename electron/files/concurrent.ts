import { throwIfCancelled } from '../../shared/errors.ts';

/**
 * Runs `task` for all items, at most `limit` at once, and yields the results in the order of the items. The first failure, in that
 * order, ends it. When the consumer leaves early, no further task is started.
 */
export async function* mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const waiting: Promise<Outcome<R>>[] = [];
  let next = 0;
  const startNext = () => {
    const item = items[next++] as T;
    waiting.push(outcomeOf(task(item)));
  };
  while (next < items.length && waiting.length < limit) startNext();
  for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) {
    const outcome = await first;
    if ('error' in outcome) throw outcome.error;
    if (next < items.length) startNext();
    yield outcome.value;
  }
}

type Outcome<R> = { value: R } | { error: unknown };

/** Never rejects: a task that fails after the consumer has left is nobody's unhandled rejection. */
function outcomeOf<R>(task: Promise<R>): Promise<Outcome<R>> {
  return task.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

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
