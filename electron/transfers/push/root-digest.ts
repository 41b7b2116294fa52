import { type Digest, digestAlgorithm } from '../../../shared/digest.ts';
import type { ImageTree, TreeManifest } from '../../image/tree.ts';
import { digestOf } from '../../image/verify.ts';

/**
 * Whether a registry means this manifest by a digest: most know what is put under a tag by its sha256, whatever its store calls it
 * (https://github.com/opencontainers/distribution-spec/issues/494).
 */
export function isDigestOf({ descriptor, bytes }: TreeManifest, digest: Digest): boolean {
  if (digest === descriptor.digest) return true;
  const algorithm = digestAlgorithm(digest);
  return algorithm !== digestAlgorithm(descriptor.digest) && digest === digestOf(bytes, algorithm);
}

/** The same of the image itself. */
export function isRootDigest({ manifests, root }: ImageTree, digest: Digest): boolean {
  const manifest = manifests.find(({ descriptor }) => descriptor.digest === root.digest);
  return manifest === undefined ? digest === root.digest : isDigestOf(manifest, digest);
}
