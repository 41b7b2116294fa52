import type { Digest } from '../../../shared/digest.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { type CompressedLayer, plainLayers } from '../../image/compress/compressed-tree.ts';
import type { CompressionSetting } from '../../image/compress/types.ts';
import { compressionAtHand } from '../../image/layer-faults.ts';
import type { ImageTree, TreeBlob } from '../../image/tree.ts';
import type { Descriptor, LocalImage } from '../../image/types.ts';
import type { LayerCompressor } from './layer-compressor.ts';

/** The layers that an image calls plain, by what they are. */
export interface CalledPlain {
  /** To be compressed. */
  plain: TreeBlob[];
  /** Compressed already, though their media type does not say so: they stay as they are, under the type that says it. */
  packed: ReadonlyMap<Digest, CompressedLayer>;
}

/**
 * Tells plain layers from those that are only called so, by their first bytes; those of which is known what they become are not looked at.
 * Fails as the store fails; a layer that is missing is left to whoever checks or reads it.
 */
export async function layersCalledPlain(
  { image, tree, compressor }: { image: LocalImage; tree: ImageTree; compressor: LayerCompressor },
  setting: CompressionSetting,
  signal: AbortSignal,
): Promise<CalledPlain> {
  const plain: TreeBlob[] = [];
  const packed = new Map<Digest, CompressedLayer>();
  for (const blob of plainLayers(tree)) {
    signal.throwIfAborted();
    const { descriptor } = blob;
    const isKnown = compressor.known(descriptor, setting) !== undefined;
    const compression = isKnown ? undefined : await compressionAtHand(image, descriptor, signal);
    if (compression === undefined || compression === 'absent') plain.push(blob);
    else if (hasType(descriptor, compression)) {
      packed.set(descriptor.digest, { digest: descriptor.digest, size: descriptor.size, format: compression });
    }
  }
  return { plain, packed };
}

/** What has no media type for its compression keeps the one that it has. */
function hasType({ mediaType }: Descriptor, compression: string): compression is CompressedLayer['format'] {
  return compression === 'gzip' || (compression === 'zstd' && mediaType === MediaType.ociLayer);
}
