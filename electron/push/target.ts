import { PushboatError } from '../../shared/errors.ts';
import { canonicalReference, type Reference } from '../../shared/reference.ts';

/** A push goes to a tag: the digest follows from the image, so a digest as target could only be a mistake (as Docker says too). */
export function requireTag(target: Reference): Reference & { tag: string } {
  if (target.digest !== undefined) {
    throw new PushboatError(
      'TARGET_DIGEST',
      `Cannot push to the digest reference ${canonicalReference(target)}: a push names a tag, and the digest follows from the image.`,
      { registry: target.registry, repository: target.repository, digest: target.digest, hint: 'push-by-tag' },
    );
  }
  return { ...target, tag: target.tag ?? 'latest' };
}
