import { type Digest, digestAlgorithm } from '../../../shared/digest.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { isImageConfigMediaType } from '../parse.ts';
import type { ImageTree, TreeBlob, TreeManifest } from '../tree.ts';
import type { Descriptor } from '../types.ts';
import { digestOf } from '../verify.ts';
import type { CompressionFormat } from './types.ts';

/** A layer's compressed form. */
export interface CompressedLayer {
  digest: Digest;
  /** Bytes. */
  size: number;
  format: CompressionFormat;
}

/** By the digest of the layer without compression. */
export type CompressedLayers = ReadonlyMap<Digest, CompressedLayer>;

/** The layers of images that are plain tars, each once. Other artifacts' blobs are nobody's business, nor is embedded content. */
export function plainLayers(tree: ImageTree): TreeBlob[] {
  const plain = new Set<Digest>();
  for (const { parsed } of tree.manifests) {
    if (parsed.kind === 'index' || !isImageConfigMediaType(parsed.config.mediaType)) continue;
    for (const layer of parsed.layers) if (isPlain(layer)) plain.add(layer.digest);
  }
  return tree.blobs.filter(({ descriptor, kind }) => kind === 'layer' && plain.has(descriptor.digest));
}

/**
 * The tree with its layers compressed: new descriptors in the manifests, new manifests in the indexes and subjects that name them.
 * Everything else of the documents stays as it is, the configs too, for diffIDs are those of the uncompressed layers
 * (image-spec config.md). Manifests without such a layer keep their bytes.
 */
export function compressTree(tree: ImageTree, layers: CompressedLayers): ImageTree {
  const originals = new Map(tree.manifests.map((manifest) => [manifest.descriptor.digest, manifest]));
  const done = new Map<Digest, TreeManifest>();
  const convert = (manifest: TreeManifest): TreeManifest => {
    const known = done.get(manifest.descriptor.digest);
    if (known) return known;
    const converted = convertManifest(manifest, layers, (digest) => {
      const other = originals.get(digest);
      return other ? convert(other).descriptor : undefined;
    });
    done.set(manifest.descriptor.digest, converted);
    return converted;
  };
  const manifests = tree.manifests.map(convert);
  const root = done.get(tree.root.digest)?.descriptor ?? tree.root;
  return { root, manifests, blobs: compressBlobs(tree.blobs, layers), missing: tree.missing };
}

/** Descriptor of the compressed layer; its annotations are kept. */
export function compressedDescriptor(layer: Descriptor, { digest, size, format }: CompressedLayer): Descriptor {
  return { ...layer, mediaType: compressedType(layer.mediaType, format), digest, size };
}

/** Docker's schema 2 knows gzip only, so its layers become that whatever is wished. */
export function layerFormat({ mediaType }: Descriptor, wished: CompressionFormat): CompressionFormat {
  return mediaType === MediaType.dockerLayer ? 'gzip' : wished;
}

function compressedType(mediaType: string, format: CompressionFormat): string {
  if (mediaType === MediaType.dockerLayer) return MediaType.dockerLayerGzip;
  return format === 'gzip' ? MediaType.ociLayerGzip : MediaType.ociLayerZstd;
}

function isPlain({ mediaType, data }: Descriptor): boolean {
  return (mediaType === MediaType.ociLayer || mediaType === MediaType.dockerLayer) && data === undefined;
}

function compressBlobs(blobs: readonly TreeBlob[], layers: CompressedLayers): TreeBlob[] {
  const byDigest = new Map<Digest, TreeBlob>();
  for (const blob of blobs) {
    const layer = blob.kind === 'layer' ? layers.get(blob.descriptor.digest) : undefined;
    const descriptor = layer ? compressedDescriptor(blob.descriptor, layer) : blob.descriptor;
    if (!byDigest.has(descriptor.digest)) byDigest.set(descriptor.digest, { ...blob, descriptor });
  }
  return [...byDigest.values()];
}

/** The fields of a document that are changed; all others are carried over unread. */
interface Document {
  layers?: Descriptor[];
  manifests?: Descriptor[];
  subject?: Descriptor;
}

function convertManifest(
  manifest: TreeManifest,
  layers: CompressedLayers,
  convertedOf: (digest: Digest) => Descriptor | undefined,
): TreeManifest {
  const { descriptor, parsed } = manifest;
  let changed = false;
  const moved = (child: Descriptor): Descriptor => {
    const now = convertedOf(child.digest);
    if (!now || now.digest === child.digest) return child;
    changed = true;
    return { ...child, digest: now.digest, size: now.size };
  };
  const compressed = (layer: Descriptor): Descriptor => {
    const known = isPlain(layer) ? layers.get(layer.digest) : undefined;
    if (!known) return layer;
    changed = true;
    return compressedDescriptor(layer, known);
  };
  const document = JSON.parse(new TextDecoder().decode(manifest.bytes)) as Document;
  // Layers of artifacts stay as they are, and so do indexes' own descriptors but for digest and size.
  const isImage = parsed.kind === 'manifest' && isImageConfigMediaType(parsed.config.mediaType);
  if (isImage) document.layers = (document.layers ?? []).map(compressed);
  if (document.manifests) document.manifests = document.manifests.map(moved);
  if (document.subject) document.subject = moved(document.subject);
  if (!changed) return manifest;
  return {
    ...manifest,
    ...reserialized(document, descriptor),
    parsed:
      parsed.kind === 'index'
        ? { ...parsed, manifests: parsed.manifests.map(moved), ...subjectOf(parsed.subject, moved) }
        : {
            ...parsed,
            layers: isImage ? parsed.layers.map(compressed) : parsed.layers,
            ...subjectOf(parsed.subject, moved),
          },
  };
}

function subjectOf(subject: Descriptor | undefined, moved: (child: Descriptor) => Descriptor) {
  return subject ? { subject: moved(subject) } : {};
}

function reserialized(document: Document, descriptor: Descriptor): Pick<TreeManifest, 'bytes' | 'descriptor'> {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const { data: _embedded, ...kept } = descriptor;
  return {
    bytes,
    descriptor: { ...kept, digest: digestOf(bytes, digestAlgorithm(descriptor.digest)), size: bytes.byteLength },
  };
}
