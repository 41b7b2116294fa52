import type { BlobOptions, Descriptor, LocalImage } from './types.ts';

/** A short part of a blob, in memory. Fails as the store fails. */
export async function readPart(
  image: LocalImage,
  blob: Descriptor,
  options: BlobOptions & { length: number },
): Promise<Uint8Array> {
  const { offset = 0, length } = options;
  return image.bytes ? image.bytes(blob, { offset, length }) : collect(image.blob(blob, options));
}

/** All chunks as one. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all.length === 1 && all[0] ? all[0] : Buffer.concat(all);
}
