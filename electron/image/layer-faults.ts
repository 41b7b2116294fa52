import { type Digest, digestAlgorithm, isDigest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import { isElsewhere, MediaType } from '../../shared/media-types.ts';
import { isImageConfigMediaType } from './parse.ts';
import { readPart } from './read-part.ts';
import { type Compression, compressionOf, MAGIC_LENGTH } from './tar/unpack.ts';
import type { ImageTree } from './tree.ts';
import type { Descriptor, LocalImage, Manifest } from './types.ts';

/** How a manifest and its config tell of different layers. */
export type LayerDispute =
  | { kind: 'layerCount'; manifest: Digest; layers: number; diffIds: number }
  /** The first plain layer whose digest is not the diffID at its place. */
  | { kind: 'layerDigest'; manifest: Digest; at: number; layer: Digest; diffId: string };

export interface LayerFaults {
  /** At most one for each manifest. */
  disputes: LayerDispute[];
  /** Layers that their media type calls plain although their bytes are compressed. */
  mistyped: ReadonlyMap<Digest, Compression>;
}

/** What is said of a diffID that is none, in characters. */
const SHOWN = 200;

/**
 * Looks for layers that are not what the configs say (image-spec config.md, `diff_ids`) or what their media types say. Only layers that are
 * called plain and have another digest than their diffID are looked at, at their first bytes. Artifacts have no diffIDs, and no faults.
 * Fails as the store fails; a layer that is missing is left to whoever checks or reads it.
 */
export async function layerFaults(image: LocalImage, tree: ImageTree, signal?: AbortSignal): Promise<LayerFaults> {
  const disputes: LayerDispute[] = [];
  const mistyped = new Map<Digest, Compression>();
  for (const { descriptor, parsed, diffIds = [] } of tree.manifests) {
    if (parsed.kind === 'index' || diffIds.length === 0 || !isContainerImage(parsed)) continue;
    const manifest = descriptor.digest;
    const { layers } = parsed;
    if (layers.length !== diffIds.length)
      disputes.push({ kind: 'layerCount', manifest, layers: layers.length, diffIds: diffIds.length });
    const isSameCount = layers.length === diffIds.length;
    let isDisputed = !isSameCount;
    for (const [at, layer] of layers.entries()) {
      signal?.throwIfAborted();
      const diffId = diffIds[at] ?? '';
      if (!isCalledPlain(layer) || (isSameCount && isSame(layer, diffId))) continue;
      const compression = await compressionAtHand(image, layer, signal);
      if (compression === 'absent') continue;
      if (compression !== undefined) mistyped.set(layer.digest, compression);
      else if (!isDisputed) {
        isDisputed = true;
        disputes.push({ kind: 'layerDigest', manifest, at, layer: layer.digest, diffId: diffId.slice(0, SHOWN) });
      }
    }
  }
  return { disputes, mistyped };
}

/** False for artifacts that borrow the config of an image, such as attestations and signatures. */
export function isContainerImage({ config, layers }: Manifest): boolean {
  const layerType = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./;
  return isImageConfigMediaType(config.mediaType) && layers.every(({ mediaType }) => layerType.test(mediaType));
}

/** Why manifest and config cannot belong together, for messages; undefined where they may. */
export function countFault(layers: readonly Descriptor[], diffIds: readonly string[]): string | undefined {
  if (layers.length === diffIds.length) return undefined;
  return `it has ${layers.length} layers, and its config ${diffIds.length} diff_ids`;
}

/** True when the media type says that the layer is a tar without compression. */
export function isCalledPlain(layer: Descriptor): boolean {
  const { mediaType, data } = layer;
  const isPlain = mediaType === MediaType.ociLayer || mediaType === MediaType.dockerLayer;
  return isPlain && data === undefined && !isElsewhere(layer);
}

/** Digests of two algorithms cannot be compared: then nothing is said. */
function isSame({ digest }: Descriptor, diffId: string): boolean {
  if (digest === diffId) return true;
  return isDigest(diffId) && digestAlgorithm(digest) !== digestAlgorithm(diffId);
}

/** As `layerCompression`; `absent` for a layer that the store does not have as its descriptor says. */
export async function compressionAtHand(
  image: LocalImage,
  layer: Descriptor,
  signal: AbortSignal | undefined,
): Promise<Compression | 'absent' | undefined> {
  try {
    return await layerCompression(image, layer, signal);
  } catch (error) {
    if (error instanceof PushboatError && ['BLOB_MISSING', 'BLOB_SIZE_MISMATCH'].includes(error.code)) return 'absent';
    throw error;
  }
}

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
