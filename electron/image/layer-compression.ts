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
  if (image.bytes) return compressionOf(Buffer.from(await image.bytes(layer, { offset: 0, length })));
  const chunks: Uint8Array[] = [];
  const stream = image.blob(layer, { length, signal });
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return compressionOf(Buffer.concat(chunks));
}
