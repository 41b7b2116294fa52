import { resolve } from 'node:path';
import type { Digest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import { canonicalReference, type Reference } from '../../shared/reference.ts';
import type { ImageDestination } from '../destinations/types.ts';

/** Where a job brings its image: to a registry, or to a place that is not one. */
export type JobTarget =
  | { readonly kind: 'registry'; readonly reference: Reference & { tag: string } }
  | { readonly kind: 'destination'; readonly destination: ImageDestination };

/** As it is told: the canonical reference, or the destination's own text. */
export function targetText(target: JobTarget): string {
  return target.kind === 'registry' ? canonicalReference(target.reference) : target.destination.text;
}

/** Names what only one job at a time may write: a tag, or a file or folder under whatever name within it. */
export function targetPlace(target: JobTarget): string {
  if (target.kind === 'registry') return `registry ${targetText(target)}`;
  const { destination } = target;
  return `destination ${absolutePath(destination) ?? destination.text}`;
}

/** The repository that a target is in, or the text of a destination. */
export function targetRepository(target: JobTarget): string {
  if (target.kind === 'destination') return target.destination.text;
  return `${target.reference.registry}/${target.reference.repository}`;
}

/** Of images that are pushed together: a signature or an SBOM that goes to the repository of its image as one of them does not stay behind. */
export function digestsByRepository(
  images: Iterable<{ digest: Digest; target: JobTarget }>,
): Map<string, ReadonlySet<Digest>> {
  const digests = new Map<string, Set<Digest>>();
  for (const { digest, target } of images) {
    const place = targetRepository(target);
    digests.set(place, (digests.get(place) ?? new Set()).add(digest));
  }
  return digests;
}

/** The file or folder that a destination writes; undefined where an engine or a store takes the image. */
export function absolutePath({ path }: ImageDestination): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

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
