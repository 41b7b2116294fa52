/**
 * When so many blobs in a row are not there, the image is new to the repository: asking for each small one costs as much as sending
 * it. So few are asked for first, and the others wait for what is said of them.
 */
const SAMPLE = 12;

/** What the registry has of an image, as far as it was asked in one run. */
export class Presence {
  /** Whether the repository has the image's manifest: then it most likely has the blobs, and each one is asked for. */
  readonly hasImage: Promise<boolean>;
  /** Questions that were or are asked; those that failed aside. */
  #asked = 0;
  #found = 0;
  #missing = 0;
  #answered = Promise.withResolvers<void>();
  #isKnown = false;

  /** @param hasImage must not reject. */
  constructor(hasImage: Promise<boolean> = Promise.resolve(false)) {
    this.hasImage = hasImage.then((has) => {
      if (has) this.#expectAll();
      return has;
    });
  }

  /**
   * Whether a blob is there, by asking for it; a small one of an image that is new to the repository is not asked for. A question that
   * fails says nothing, and another blob is asked for in its place.
   * @throws what `question` throws.
   */
  async isThere(isSmall: boolean, question: () => Promise<boolean>): Promise<boolean> {
    while (isSmall && this.#isOpen() && this.#asked >= SAMPLE) await this.#answered.promise;
    if (isSmall && this.#isNew()) return false;
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
