import { readPart } from './read-part.ts';
import { type Compression, compressionOf, MAGIC_LENGTH } from './tar/unpack.ts';
import type { Descriptor, LocalImage } from './types.ts';

/**
 * What a layer's first bytes say that it is compressed with, whatever its media type says: there are images whose types are wrong
 * (https://github.com/containers/skopeo/issues/2343). Reads no more than that of it. Fails as the store fails.
 */
export async function layerCompression(
  image: LocalImage,
  layer: Descriptor,
  signal?: AbortSignal,
): Promise<Compression | undefined> {
  const length = Math.min(MAGIC_LENGTH, layer.size);
  if (length === 0) return undefined;
  return compressionOf(Buffer.from(await readPart(image, layer, { length, signal })));
}
