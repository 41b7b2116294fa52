import type { Digest } from '../../shared/digest.ts';
import type { Journal } from './journal/journal.ts';

/**
 * Which repositories of a registry hold a blob, and who is sending one now. Jobs share one instance, so that a blob that two of
 * them need goes over the network once (push-behaviours 10) and is mounted into the other repository (14). What other runs of the
 * application learned comes from the journal; it may be out of date, so it is only used to try a mount.
 */
export class BlobLocations {
  readonly #journal: Journal;
  /** Repositories by registry and digest that were seen in this process. */
  readonly #repositories = new Map<string, Set<string>>();
  readonly #tails = new Map<string, Promise<void>>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  add(registry: string, digest: Digest, repository: string): void {
    const key = keyOf(registry, digest);
    const known = this.#repositories.get(key);
    if (known) known.add(repository);
    else this.#repositories.set(key, new Set([repository]));
  }

  /** Forgets a location that turned out not to hold the blob (any more). */
  remove(registry: string, digest: Digest, repository: string): void {
    this.#repositories.get(keyOf(registry, digest))?.delete(repository);
    this.#journal.removeLocation(registry, digest, repository);
  }

  has(registry: string, digest: Digest, repository: string): boolean {
    return this.#repositories.get(keyOf(registry, digest))?.has(repository) ?? false;
  }

  /** Repositories to mount from, the one with the longest common path first. */
  mountCandidates(registry: string, digest: Digest, repository: string): string[] {
    const seen = this.#repositories.get(keyOf(registry, digest)) ?? [];
    const known = new Set([...seen, ...this.#journal.repositoriesOf(registry, digest)]);
    known.delete(repository);
    return [...known].sort((a, b) => commonComponents(b, repository) - commonComponents(a, repository));
  }

  /**
   * Waits until nobody else sends this blob to this registry, then holds it until the returned object is disposed.
   * @throws the signal's reason when it is aborted while waiting.
   */
  async hold(registry: string, digest: Digest, signal: AbortSignal): Promise<Disposable> {
    const key = keyOf(registry, digest);
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
