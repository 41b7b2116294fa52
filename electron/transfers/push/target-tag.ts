import type { Digest } from '../../../shared/digest.ts';
import type { TagChange } from '../../../shared/transfer-events.ts';

/**
 * What the target's tag was when the job first saw it. A later run must not ask again: an earlier one may have moved the tag and lost the
 * response.
 */
export class TargetTag {
  /** Null: it was not there. Undefined: not known. */
  #before: Digest | null | undefined;

  readonly seen = (digest: Digest | null): void => {
    if (this.#before === undefined) this.#before = digest;
  };

  /** What became of it now that it points at `digest`; undefined where nobody has looked. */
  change(digest: Digest): TagChange | undefined {
    if (this.#before === undefined) return undefined;
    if (this.#before === null) return { state: 'new' };
    return this.#before === digest ? { state: 'same' } : { state: 'moved', from: this.#before };
  }
}
