import type { Digest } from '../../../shared/digest.ts';
import { MediaType } from '../../../shared/media-types.ts';
import type { Compression } from '../tar/unpack.ts';
import type { Descriptor } from '../types.ts';

/** The same layer in OCI's and in Docker's words. */
const PAIRS: readonly (readonly [oci: string, docker: string])[] = [
  [MediaType.ociLayer, MediaType.dockerLayer],
  [MediaType.ociLayerGzip, MediaType.dockerLayerGzip],
  [MediaType.ociForeignLayer, MediaType.dockerForeignLayer],
  [MediaType.ociForeignLayerGzip, MediaType.dockerForeignLayerGzip],
];
const TO_DOCKER = new Map(PAIRS);
const TO_OCI = new Map(PAIRS.map(([oci, docker]) => [docker, oci] as const));

/** A layer's media type in the other format, itself when it is there already, undefined when that format has none. */
export function layerType(mediaType: string, format: 'oci' | 'v2s2'): string | undefined {
  const [there, other] = format === 'oci' ? [TO_DOCKER, TO_OCI] : [TO_OCI, TO_DOCKER];
  return there.has(mediaType) ? mediaType : other.get(mediaType);
}

/** The media type of a compressed layer in a format; undefined where that has none. */
export function packedType(compression: Compression, format: 'oci' | 'v2s2'): string | undefined {
  if (compression === 'gzip') return format === 'oci' ? MediaType.ociLayerGzip : MediaType.dockerLayerGzip;
  return compression === 'zstd' && format === 'oci' ? MediaType.ociLayerZstd : undefined;
}

/** Why a layer has no type in a format. */
export function reasonAgainstLayer({ mediaType, digest }: Descriptor): string {
  const isZstd = mediaType.endsWith('+zstd');
  return isZstd
    ? `the layer ${digest} is compressed with zstd, which this format does not have`
    : `the layer ${digest} is of type ${JSON.stringify(mediaType.slice(0, 255))}, which this format does not have`;
}

/**
 * A gzipped tar without members. Schema 1 has no entries without a layer, so every tool puts this one there: these bytes, since registries
 * and clients know them by their digest.
 */
export const EMPTY_LAYER = Uint8Array.from([
  31, 139, 8, 0, 0, 9, 110, 136, 0, 255, 98, 24, 5, 163, 96, 20, 140, 88, 0, 8, 0, 0, 255, 255, 46, 175, 181, 239, 0, 4,
  0, 0,
]);
export const EMPTY_LAYER_DIGEST = 'sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4' as Digest;
