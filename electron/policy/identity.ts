import { z } from 'zod';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { canonicalReference, type Reference, referenceOrUndefined } from '../../shared/reference.ts';

const isReference = (text: string): boolean => referenceOrUndefined(text) !== undefined;

/** A host, or a repository or its beginning, whole and without tag and digest. */
function isPrefix(text: string): boolean {
  if (!text.includes('/')) return /^[a-zA-Z0-9.-]+(?::\d+)?$/.test(text) && isReference(`${text}/name`);
  const reference = referenceOrUndefined(text);
  return reference !== undefined && repositoryName(reference) === text && isNameOnly(reference);
}

const prefix = lazySchema(() => z.string().refine(isPrefix, 'is neither a host nor a repository'));

/** Which name a signature must have; absent, `matchRepoDigestOrExact` (containers-policy.json.5, "signedBy"). */
export const identitySchema = lazySchema(() =>
  z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('matchExact') }),
      z.strictObject({ type: z.literal('matchRepoDigestOrExact') }),
      z.strictObject({ type: z.literal('matchRepository') }),
      z.strictObject({
        type: z.literal('exactReference'),
        dockerReference: z
          .string()
          .refine((text) => !isNameOnly(referenceOrUndefined(text)), 'is not a reference with a tag or digest'),
      }),
      z.strictObject({
        type: z.literal('exactRepository'),
        dockerRepository: z.string().refine(isReference, 'is no name'),
      }),
      z.strictObject({ type: z.literal('remapIdentity'), prefix, signedPrefix: prefix }),
    ])
    .default({ type: 'matchRepoDigestOrExact' }),
);
export type IdentityMatch = z.output<typeof identitySchema>;

/**
 * Whether the name in a signature is the one that the requirement wants.
 * @param image the image's own name in its store; undefined where it has none, such as in `dir:` and layouts.
 */
export function matchesIdentity(match: IdentityMatch, signedName: string, image: Reference | undefined): boolean {
  const signed = referenceOrUndefined(signedName);
  if (!signed) return false;
  switch (match.type) {
    case 'exactReference':
      return isSame(signed, referenceOrUndefined(match.dockerReference));
    case 'exactRepository':
      return isSameRepository(signed, referenceOrUndefined(match.dockerRepository));
    case 'matchExact':
      return isSame(signed, image);
    case 'matchRepository':
      return isSameRepository(signed, image);
    case 'matchRepoDigestOrExact':
      return isSameOrByDigest(signed, image);
    case 'remapIdentity':
      return isSameOrByDigest(signed, image && remapped(image, match));
  }
}

function isSameOrByDigest(signed: Reference, image: Reference | undefined): boolean {
  const isByDigest = image?.tag === undefined && image?.digest !== undefined;
  return isByDigest ? !isNameOnly(signed) && isSameRepository(signed, image) : isSame(signed, image);
}

/** The same name with the same tag or digest: none is ever added. */
function isSame(signed: Reference, wanted: Reference | undefined): boolean {
  if (!wanted || isNameOnly(wanted) || isNameOnly(signed)) return false;
  return canonicalReference(signed) === canonicalReference(wanted);
}

function isSameRepository(signed: Reference, wanted: Reference | undefined): boolean {
  return wanted !== undefined && repositoryName(signed) === repositoryName(wanted);
}

function remapped(image: Reference, { prefix: from, signedPrefix }: { prefix: string; signedPrefix: string }) {
  const name = repositoryName(image);
  if (name !== from && !name.startsWith(`${from}/`)) return image;
  return referenceOrUndefined(signedPrefix + canonicalReference(image).slice(from.length));
}

function repositoryName({ registry, repository }: Reference): string {
  return `${registry}/${repository}`;
}

function isNameOnly(reference: Reference | undefined): boolean {
  return reference?.tag === undefined && reference?.digest === undefined;
}
