import { realpath } from 'node:fs/promises';
import type { Digest } from '../../shared/digest.ts';
import { isIndexMediaType } from '../../shared/media-types.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import type { ImageTree } from '../image/tree.ts';
import type { ImageOrigin, LocalImage } from '../image/types.ts';
import { requireAllowed, type SignedManifest } from './decide.ts';
import { readPolicy } from './read-policy.ts';

/** Lets an image be used or fails. @param chosen what of the image is used. @throws PushboatError POLICY_REFUSED, POLICY_INVALID */
export type SourceGate = (image: LocalImage, chosen: ImageTree, signal?: AbortSignal) => Promise<void>;

/** The gate of the policy that a file says: the one that was named, else the usual ones. It is read again for each image. */
export function sourceGate(named: string | undefined, environment: LocalEnvironment): SourceGate {
  return async (image, chosen, signal) => {
    const policy = await readPolicy(named, environment);
    if (!policy) return;
    const origin = image.origin && (await whereItIs(image.origin));
    await requireAllowed(policy, origin, signedManifests(image, chosen), { ...environment, signal });
  };
}

/** Scopes are paths without links. */
async function whereItIs(origin: ImageOrigin): Promise<ImageOrigin> {
  return 'path' in origin ? { ...origin, path: await realpath(origin.path) } : origin;
}

/** Each manifest that is used; of an index from which images were chosen the index, too. */
function signedManifests(image: LocalImage, { root, manifests }: ImageTree): SignedManifest[] {
  const own = image.signedAs ?? image.root.digest;
  const digests = manifests.map(({ descriptor }) =>
    descriptor.digest === image.root.digest ? own : descriptor.digest,
  );
  const isChoice = isIndexMediaType(root.mediaType) && root.digest !== image.root.digest;
  const used = isChoice ? [...digests.filter((digest) => digest !== root.digest), own] : digests;
  return used.map((digest: Digest) => ({ digest, signatures: async () => (await image.signatures?.(digest)) ?? [] }));
}
