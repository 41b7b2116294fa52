import type { Digest } from '../../../shared/digest.ts';
import type { ImageTree, TreeBlob, TreeManifest } from '../tree.ts';
import type { Descriptor } from '../types.ts';

/**
 * The tree below a root, of these manifests and of blobs that are known from the tree before or were made: what no manifest names any more
 * is not in it. Order, and what is told of each blob, stay.
 */
export function rebuildTree(
  root: TreeManifest,
  manifests: Iterable<TreeManifest>,
  before: ImageTree,
  namedBy: (manifest: TreeManifest) => readonly Descriptor[] = blobsOf,
): ImageTree {
  const byDigest = new Map<Digest, TreeManifest>();
  for (const manifest of manifests) byDigest.set(manifest.descriptor.digest, manifest);
  const kept: TreeManifest[] = [];
  const named = new Map<Digest, Descriptor>();
  const children = new Set<Digest>();
  const configs = new Set<Digest>();
  const visit = (manifest: TreeManifest): void => {
    if (kept.includes(manifest)) return;
    const below = manifest.parsed.kind === 'index' ? manifest.parsed.manifests : [];
    for (const { digest } of below) {
      children.add(digest);
      const child = byDigest.get(digest);
      if (child) visit(child);
    }
    if (manifest.parsed.kind === 'manifest') configs.add(manifest.parsed.config.digest);
    for (const blob of namedBy(manifest)) if (!named.has(blob.digest)) named.set(blob.digest, blob);
    kept.push(manifest);
  };
  visit(root);
  return {
    root: root.descriptor,
    manifests: kept,
    blobs: orderedBlobs(named, before.blobs, configs),
    missing: before.missing.filter(({ digest }) => children.has(digest)),
  };
}

/** Config and layers of a manifest. */
function blobsOf({ parsed }: TreeManifest): readonly Descriptor[] {
  return parsed.kind === 'index' ? [] : [parsed.config, ...parsed.layers];
}

function orderedBlobs(
  named: ReadonlyMap<Digest, Descriptor>,
  before: readonly TreeBlob[],
  configs: ReadonlySet<Digest>,
): TreeBlob[] {
  const known = new Map(before.map((blob) => [blob.descriptor.digest, blob]));
  const kept = before.flatMap((blob): TreeBlob[] => {
    const descriptor = named.get(blob.descriptor.digest);
    return descriptor ? [{ ...blob, descriptor }] : [];
  });
  const made = [...named.values()].filter(({ digest }) => !known.has(digest));
  const kindOf = ({ digest }: Descriptor): TreeBlob['kind'] => (configs.has(digest) ? 'config' : 'layer');
  return [...kept, ...made.map((descriptor): TreeBlob => ({ descriptor, kind: kindOf(descriptor) }))];
}
