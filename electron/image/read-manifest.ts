import type { Digest } from '../../shared/digest.ts';
import { isSchema1MediaType } from '../../shared/media-types.ts';
import { type ParseFacts, parseManifest } from './parse.ts';
import { parseSchema1, type Schema1 } from './schema1.ts';
import { blobsOfSchema1, manifestOfSchema1 } from './schema1-config.ts';
import type { Descriptor, Index, LocalImage, Manifest } from './types.ts';

/** A manifest that was read, and of schema 1 what its common form does not say. */
export interface ReadManifest {
  parsed: Manifest | Index;
  /** The digest by which registries know it, and all blobs that it names. */
  schema1?: { digest: Digest; blobs: Descriptor[] };
}

/**
 * Parses a manifest of any kind. Schema 1 tells no sizes, so it can only be read from a store that does.
 * @throws PushboatError as `parseManifest`, and what the store throws for a layer that is missing.
 */
export async function readManifest(
  image: LocalImage,
  bytes: Uint8Array,
  mediaType: string,
  facts: ParseFacts,
): Promise<ReadManifest> {
  if (!isSchema1MediaType(mediaType) || !image.sizeOf) return { parsed: parseManifest(bytes, mediaType, facts) };
  const schema1 = parseSchema1(bytes, facts);
  const sizes = await sizesOf(image, schema1);
  return {
    parsed: manifestOfSchema1(schema1, sizes),
    schema1: { digest: schema1.digest, blobs: blobsOfSchema1(schema1, sizes) },
  };
}

async function sizesOf(image: LocalImage, { entries }: Schema1): Promise<Map<Digest, number>> {
  const digests = [...new Set(entries.map(({ blob }) => blob))];
  const sizes = await Promise.all(digests.map((digest) => image.sizeOf?.(digest) ?? 0));
  return new Map(digests.map((digest, index) => [digest, sizes[index] ?? 0]));
}
