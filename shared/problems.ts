import type { ErrorData } from './errors.ts';

/** What failed without stopping anything: a file with logins, a helper, the settings, the journal. Each is told once. */
export class Problems {
  readonly #known = new Map<string, ErrorData>();
  readonly #listeners = new Set<(problem: ErrorData) => void>();

  /** What was told so far, for a page that begins later. */
  list(): ErrorData[] {
    return [...this.#known.values()];
  }

  add(problem: ErrorData): void {
    if (this.#known.has(problem.message)) return;
    this.#known.set(problem.message, problem);
    for (const listener of this.#listeners) listener(problem);
  }

  /** Calls back for each that comes. Returns the function that unsubscribes. */
  subscribe(listener: (problem: ErrorData) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
