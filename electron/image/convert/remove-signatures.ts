import type { Digest } from '../../../shared/digest.ts';
import type { ImageTree, TreeManifest } from '../tree.ts';
import type { Descriptor } from '../types.ts';
import { convertIndex } from './convert-index.ts';
import { rebuildTree } from './rebuild-tree.ts';

/** What cosign, sigstore bundles and Notation call their signatures: artifact types, and types of configs and layers. */
const SIGNATURE_TYPE = /^application\/vnd\.(?:dev\.cosign\.|dev\.sigstore\.bundle|cncf\.notary\.signature)/;

/**
 * The image without the signatures that its index lists next to the images: `--remove-signatures`. Signatures that stand elsewhere (tags of
 * cosign, referrers, `signature-1` of a `dir:`) are never pushed, and that of schema 1 is made again. Only an index that lists some changes.
 */
export function removeSignatures(tree: ImageTree): ImageTree {
  const byDigest = new Map(tree.manifests.map((manifest) => [manifest.descriptor.digest, manifest]));
  const root = byDigest.get(tree.root.digest);
  if (!root) return tree;
  const reduced = new Map<Digest, TreeManifest>();
  const reduce = (manifest: TreeManifest): TreeManifest => {
    const { parsed } = manifest;
    if (parsed.kind !== 'index') return manifest;
    const children = new Map(parsed.manifests.map((child) => [child.digest, childOf(child)]));
    const isSame = [...children].every(([digest, now]) => now === undefined || now?.descriptor.digest === digest);
    const result = isSame ? manifest : convertIndex(manifest, parsed, ({ digest }) => children.get(digest), undefined);
    reduced.set(manifest.descriptor.digest, result);
    return result;
  };
  const childOf = (child: Descriptor): TreeManifest | null | undefined => {
    const manifest = byDigest.get(child.digest);
    if (isSignature(child, manifest)) return null;
    return manifest && reduce(manifest);
  };
  const now = reduce(root);
  return now === root ? tree : rebuildTree(now, [...tree.manifests, ...reduced.values()], tree);
}

function isSignature({ artifactType = '' }: Descriptor, manifest: TreeManifest | undefined): boolean {
  if (SIGNATURE_TYPE.test(artifactType)) return true;
  const { parsed } = manifest ?? {};
  if (parsed?.kind !== 'manifest') return false;
  const types = [
    parsed.artifactType ?? '',
    parsed.config.mediaType,
    ...parsed.layers.map(({ mediaType }) => mediaType),
  ];
  return types.some((type) => SIGNATURE_TYPE.test(type));
}
