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
import { isRegistryAlone, LEAD } from './target-parts.ts';

/** What a typed target means. `text` is what would be sent: trimmed, without `docker://` or `https://`. */
export type Interpretation =
  | { kind: 'empty' }
  /** A registry, without a repository on it. */
  | { kind: 'registry'; registry: string }
  /** It ends where the next part begins. */
  | { kind: 'unfinished'; part: 'repository' | 'tag' }
  /** `position` is an offset into the typed text. */
  | { kind: 'invalid'; error: ErrorData; position: number }
  /** A reference with a digest: a push by tag cannot choose one. */
  | { kind: 'digest'; reference: Reference; position: number }
  | { kind: 'valid'; text: string; canonical: string; reference: Reference; tagAdded: boolean; official: boolean };

/** Reads a target as it is typed. */
export function interpretTarget(typed: string): Interpretation {
  const lead = LEAD.exec(typed)?.[0].length ?? 0;
  const text = typed.slice(lead).trimEnd();
  if (text === '') return { kind: 'empty' };
  if (isRegistryAlone(text.replace(/\/$/, ''))) return { kind: 'registry', registry: text.replace(/\/$/, '') };
  if (/[^/:][/:]$/.test(text) && interpretTarget(text.slice(0, -1)).kind === 'valid') {
    return { kind: 'unfinished', part: text.endsWith(':') ? 'tag' : 'repository' };
  }
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
 * The target to begin with: the image's own first whole reference, without a digest. A bare tag (`1.2`) names no place: such an image is
 * offered where the last one went, without a repository.
 */
export function defaultTarget(image: Pick<ImageSummary, 'references'>, recentTargets: readonly string[] = []): string {
  const own = image.references.find((reference) => /[/:]/.test(reference.split('@', 1)[0] ?? ''));
  if (own !== undefined) return own.split('@', 1)[0] ?? '';
  const last = recentTargets[0] === undefined ? undefined : interpretTarget(recentTargets[0]);
  return last?.kind === 'valid' && image.references.length > 0 ? `${last.reference.registry}/` : '';
}
