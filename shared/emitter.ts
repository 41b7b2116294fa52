import type { ErrorData } from './errors.ts';

/** Those who want to hear of one kind of event. */
export class Emitter<Event> {
  readonly #listeners = new Set<(event: Event) => void>();

  /** Returns the function that unsubscribes. */
  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Tells everyone, in the order in which they came. */
  emit(event: Event): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** From now on nobody hears of anything. */
  clear(): void {
    this.#listeners.clear();
  }
}

/** What failed without stopping anything: a file with logins, a helper, the settings, the journal. Each is told once. */
export class Problems {
  readonly #known = new Map<string, ErrorData>();
  readonly #added = new Emitter<ErrorData>();

  /** What was told so far, for a page that begins later. */
  list(): ErrorData[] {
    return [...this.#known.values()];
  }

  add(problem: ErrorData): void {
    if (this.#known.has(problem.message)) return;
    this.#known.set(problem.message, problem);
    this.#added.emit(problem);
  }

  /** Calls back for each that comes. Returns the function that unsubscribes. */
  subscribe(listener: (problem: ErrorData) => void): () => void {
    return this.#added.subscribe(listener);
  }
}
