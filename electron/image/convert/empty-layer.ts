import type { Digest } from '../../../shared/digest.ts';

/**
 * A gzipped tar without members. Schema 1 has no entries without a layer, so every tool puts this one there: these bytes, for registries
 * and clients know them by their digest.
 */
export const EMPTY_LAYER = Uint8Array.from([
  31, 139, 8, 0, 0, 9, 110, 136, 0, 255, 98, 24, 5, 163, 96, 20, 140, 88, 0, 8, 0, 0, 255, 255, 46, 175, 181, 239, 0, 4,
  0, 0,
]);
export const EMPTY_LAYER_DIGEST = 'sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4' as Digest;
