import type { ErrorData } from '../../shared/errors.ts';
import { toPushboatError } from '../../shared/errors.ts';
import type { ImageSummary } from '../../shared/images.ts';
import {
  canonicalReference,
  DOCKER_HUB,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../../shared/reference.ts';

/** What a typed target means. `text` is what would be sent: trimmed, without `docker://`. */
export type Interpretation =
  | { kind: 'empty' }
  /** `position` is an offset into the typed text. */
  | { kind: 'invalid'; error: ErrorData; position: number }
  /** A reference with a digest: a push by tag cannot choose one. */
  | { kind: 'digest'; reference: Reference; position: number }
  | { kind: 'valid'; text: string; canonical: string; reference: Reference; tagAdded: boolean; official: boolean };

/** Reads a target as it is typed. */
export function interpretTarget(typed: string): Interpretation {
  const lead = /^\s*(?:docker:\/\/)?/.exec(typed)?.[0].length ?? 0;
  const text = typed.slice(lead).trimEnd();
  if (text === '') return { kind: 'empty' };
  try {
    const reference = parseReference(text);
    if (reference.digest !== undefined) return { kind: 'digest', reference, position: lead + text.indexOf('@') };
    const tagged = withDefaultTag(reference);
    return {
      kind: 'valid',
      text,
      canonical: canonicalReference(tagged),
      reference: tagged,
      tagAdded: reference.tag === undefined,
      official: reference.registry === DOCKER_HUB && reference.repository.startsWith('library/'),
    };
  } catch (thrown) {
    const error = toPushboatError(thrown).toData();
    return { kind: 'invalid', error, position: lead + (error.position ?? 0) };
  }
}

/**
 * The target to begin with: the image's own first whole reference, without a digest. A bare tag (`1.2`) names no place,
 * so it gives none.
 */
export function defaultTarget(image: Pick<ImageSummary, 'references'>): string {
  const own = image.references.find((reference) => /[/:]/.test(reference.split('@', 1)[0] ?? ''));
  return own?.split('@', 1)[0] ?? '';
}
