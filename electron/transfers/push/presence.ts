/**
 * When so many blobs in a row are not there, the image is new to the repository: asking for each small one costs as much as sending
 * it. So few are asked for first, and the others wait for what is said of them.
 */
const SAMPLE = 12;

/** What the registry has of an image, as far as it was asked in one run. */
export class Presence {
  /** Questions that were or are asked; those that failed aside. */
  #asked = 0;
  #found = 0;
  #missing = 0;
  #answered = Promise.withResolvers<void>();
  #isKnown = false;

  /** @param hasImage whether the repository has the image's manifest: then it most likely has the blobs, too. Must not reject. */
  constructor(hasImage: Promise<boolean> = Promise.resolve(false)) {
    void hasImage.then((has) => {
      if (has) this.#expectAll();
    });
  }

  /**
   * Whether a blob is there, by asking for it. A question that fails says nothing, and another blob is asked for in its place.
   * @param mayBeSpared it is as cheap to send as to ask for: it is not asked for when the image is new to the repository.
   * @throws what `question` throws.
   */
  async isThere(mayBeSpared: boolean, question: () => Promise<boolean>): Promise<boolean> {
    while (mayBeSpared && this.#isOpen() && this.#asked >= SAMPLE) await this.#answered.promise;
    if (mayBeSpared && this.#isNew()) return false;
    // Without a pause since the last look: otherwise all of many blobs would take themselves for the first.
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
      this.#wake();
    }
  }

  #expectAll(): void {
    this.#isKnown = true;
    this.#wake();
  }

  #wake(): void {
    this.#answered.resolve();
    this.#answered = Promise.withResolvers<void>();
  }

  /** The answers so far do not tell yet. */
  #isOpen(): boolean {
    return !this.#isKnown && this.#found === 0 && this.#missing < SAMPLE;
  }

  #isNew(): boolean {
    return !this.#isKnown && this.#found === 0 && this.#missing >= SAMPLE;
  }
}
