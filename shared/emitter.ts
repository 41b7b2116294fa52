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
