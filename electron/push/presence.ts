/**
 * When so many blobs in a row are not there, the image is new to the repository: asking for each small one costs as much as sending
 * it. So few are asked for first, and the others wait for what is said of them.
 */
const SAMPLE = 12;

/** What the registry has of an image, as far as it was asked in one run. */
export class Presence {
  #asked = 0;
  #found = 0;
  #missing = 0;
  #decision = Promise.withResolvers<void>();

  /** Whether a small blob can be sent without asking for it: waits while the first answers are under way. */
  async isNew(): Promise<boolean> {
    while (this.#found === 0 && this.#missing < SAMPLE) {
      if (this.#asked < SAMPLE) return false;
      await this.#decision.promise;
    }
    return this.#found === 0;
  }

  /** Counts a question and its answer. A question that fails says nothing, and another blob is asked for in its place. */
  async ask(question: () => Promise<boolean>): Promise<boolean> {
    this.#asked++;
    try {
      const found = await question();
      if (found) this.#found++;
      else this.#missing++;
      return found;
    } catch (thrown) {
      this.#asked--;
      throw thrown;
    } finally {
      this.#decision.resolve();
      this.#decision = Promise.withResolvers<void>();
    }
  }
}
