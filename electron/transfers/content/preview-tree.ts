import type { Digest } from '../../../shared/digest.ts';
import { type CompressedLayer, compressTree } from '../../image/compress/compressed-tree.ts';
import type { CompressionSetting } from '../../image/compress/types.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import type { LayerCompressor } from './layer-compressor.ts';
import { layersCalledPlain } from './layers-to-compress.ts';

/**
 * The tree as it would leave the store, the layers of which only compressing tells what they become, and how many would get the media type
 * that their bytes have.
 */
export async function previewTree(
  context: { image: LocalImage; tree: ImageTree; compressor: LayerCompressor },
  setting: CompressionSetting | undefined,
  signal: AbortSignal,
): Promise<{ tree: ImageTree; pending: ReadonlySet<Digest>; retyped: number }> {
  const { tree, compressor } = context;
  if (!setting) return { tree, pending: new Set(), retyped: 0 };
  const { plain, packed } = await layersCalledPlain(context, setting, signal);
  const known = new Map<Digest, CompressedLayer>(packed);
  const pending = new Set<Digest>();
  for (const { descriptor } of plain) {
    const compressed = compressor.known(descriptor, setting);
    if (compressed) known.set(descriptor.digest, compressed);
    else pending.add(descriptor.digest);
  }
  return { tree: compressTree(tree, known), pending, retyped: packed.size };
}
