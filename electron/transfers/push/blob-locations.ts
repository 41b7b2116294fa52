import type { Digest } from '../../../shared/digest.ts';
import type { Journal } from '../journal/journal.ts';

/**
 * Which repositories of a registry hold a blob, and who is sending one now. Jobs share one instance, so that a blob that two of
 * them need goes over the network once and is mounted into the other repository. What other runs of the
 * application learned comes from the journal; it may be out of date, so it is only used to try a mount.
 */
export class BlobLocations {
  readonly #journal: Journal;
  /** Repositories by registry and digest that were seen in this process, and when (`performance.now`). */
  readonly #repositories = new Map<string, Map<string, number>>();
  readonly #tails = new Map<string, Promise<void>>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  add(registry: string, digest: Digest, repository: string): void {
    const key = keyOf(registry, digest);
    const known = this.#repositories.get(key);
    if (known) known.set(repository, performance.now());
    else this.#repositories.set(key, new Map([[repository, performance.now()]]));
  }

  /** Forgets a location that turned out not to hold the blob (any more). */
  remove(registry: string, digest: Digest, repository: string): void {
    this.#repositories.get(keyOf(registry, digest))?.delete(repository);
    this.#journal.removeLocation(registry, digest, repository);
  }

  /** Forgets all that is thought of the blob. */
  forget(registry: string, digest: Digest): void {
    for (const repository of this.#all(registry, digest)) this.remove(registry, digest, repository);
  }

  /**
   * Whether a job of this process brought the blob there after `since` (`performance.now`). What was seen before that may be gone: a
   * registry cleans up, and pushing again must repair what is missing then.
   */
  hasSince(registry: string, digest: Digest, repository: string, since: number): boolean {
    return (this.#repositories.get(keyOf(registry, digest))?.get(repository) ?? Number.NEGATIVE_INFINITY) >= since;
  }

  /** Whether the blob was ever seen there: worth a question. */
  wasSeenIn(registry: string, digest: Digest, repository: string): boolean {
    return this.#all(registry, digest).has(repository);
  }

  /** Repositories to mount from, the one with the longest common path first. */
  mountCandidates(registry: string, digest: Digest, repository: string): string[] {
    const known = this.#all(registry, digest);
    known.delete(repository);
    return [...known].sort((a, b) => commonComponents(b, repository) - commonComponents(a, repository));
  }

  #all(registry: string, digest: Digest): Set<string> {
    const seen = this.#repositories.get(keyOf(registry, digest))?.keys() ?? [];
    return new Set([...seen, ...this.#journal.repositoriesOf(registry, digest)]);
  }

  /**
   * Waits until nobody else sends this blob to this repository, nor anywhere on this registry while it has not come there since `since`
   * (`performance.now`): then all can mount it at once. Holds it until the returned object is disposed.
   * @throws the signal's reason when it is aborted while waiting.
   */
  async hold(
    registry: string,
    digest: Digest,
    repository: string,
    since: number,
    signal: AbortSignal,
  ): Promise<Disposable> {
    const key = keyOf(registry, digest);
    const own = await this.#turn(`${key} ${repository}`, signal);
    const first = await this.#turn(key, signal).catch((reason: unknown) => {
      own[Symbol.dispose]();
      throw reason;
    });
    if ([...(this.#repositories.get(key)?.values() ?? [])].some((seen) => seen >= since)) first[Symbol.dispose]();
    return {
      [Symbol.dispose]: () => {
        first[Symbol.dispose]();
        own[Symbol.dispose]();
      },
    };
  }

  async #turn(key: string, signal: AbortSignal): Promise<Disposable> {
    const previous = this.#tails.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    const tail = previous ? previous.then(() => promise) : promise;
    this.#tails.set(key, tail);
    const release = (): void => {
      resolve();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    };
    if (previous) {
      await waitFor(previous, signal).catch((reason: unknown) => {
        release();
        throw reason;
      });
    }
    return { [Symbol.dispose]: release };
  }
}

function keyOf(registry: string, digest: Digest): string {
  return `${registry} ${digest}`;
}

function commonComponents(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  let count = 0;
  while (count < left.length && left[count] === right[count]) count++;
  return count;
}

function waitFor(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
