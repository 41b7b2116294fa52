import type { Digest } from '../../shared/digest.ts';
import { type CompressedLayer, compressTree, plainLayers } from '../image/compress/compressed-tree.ts';
import type { CompressionSetting } from '../image/compress/types.ts';
import type { ImageTree } from '../image/tree.ts';
import type { LayerCompressor } from './compression/layer-compressor.ts';

/** The tree as it would leave the store, and the layers of which only compressing tells what they become. */
export function previewTree(
  tree: ImageTree,
  setting: CompressionSetting | undefined,
  compressor: LayerCompressor,
): { tree: ImageTree; pending: ReadonlySet<Digest> } {
  const known = new Map<Digest, CompressedLayer>();
  const pending = new Set<Digest>();
  for (const { descriptor } of setting ? plainLayers(tree) : []) {
    const compressed = setting && compressor.known(descriptor, setting);
    if (compressed) known.set(descriptor.digest, compressed);
    else pending.add(descriptor.digest);
  }
  return { tree: compressTree(tree, known), pending };
}
