/**
 * Runs `task` for all items, at most `limit` at once, and yields results as they come. The first failure ends it. When the
 * consumer leaves early, no further task is started.
 */
export async function* mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const ready: R[] = [];
  let next = 0;
  let stopped = false;
  let failure: { error: unknown } | undefined;
  let wake = Promise.withResolvers<void>();

  const worker = async () => {
    while (!stopped && next < items.length) {
      const item = items[next++] as T;
      try {
        ready.push(await task(item));
      } catch (error) {
        failure ??= { error };
        stopped = true;
      }
      wake.resolve();
    }
  };

  let active = Math.min(limit, items.length);
  const finish = () => {
    active--;
    wake.resolve();
  };
  for (let i = active; i > 0; i--) void worker().then(finish);
  try {
    while (active > 0 || ready.length > 0) {
      if (ready.length === 0) await wake.promise;
      wake = Promise.withResolvers<void>();
      yield* ready.splice(0);
      if (failure) throw failure.error;
    }
  } finally {
    stopped = true;
  }
}
