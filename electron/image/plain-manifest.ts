import type { Digest } from '../../shared/digest.ts';
import { MediaType } from '../../shared/media-types.ts';
import type { Descriptor } from './types.ts';
import { digestOf } from './verify.ts';

/** A layer as a store keeps it: the tar without compression, whose digest is the diffID. */
export interface PlainLayer {
  digest: Digest;
  /** Bytes. */
  size: number;
}

export interface PlainManifest {
  descriptor: Descriptor;
  bytes: Uint8Array;
}

/**
 * The OCI manifest of an image of which a store has the config and plain layers only. Docker's config is a superset of OCI's, so its
 * bytes, and with them the image's id, stay the same (image-spec config.md). The same input gives the same bytes.
 */
export function plainManifest(
  config: { digest: Digest; size: number },
  layers: readonly PlainLayer[],
  annotations: Record<string, string> = {},
): PlainManifest {
  const document = {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: { mediaType: MediaType.ociConfig, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: MediaType.ociLayer, digest, size })),
    annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const digest = digestOf(bytes, 'sha256');
  return { bytes, descriptor: { mediaType: MediaType.ociManifest, digest, size: bytes.byteLength } };
}
