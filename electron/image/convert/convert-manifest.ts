import { digestAlgorithm } from '../../../shared/digest.ts';
import { isSchema1MediaType, MediaType } from '../../../shared/media-types.ts';
import { isImageConfigMediaType } from '../parse.ts';
import type { TreeManifest } from '../tree.ts';
import type { Descriptor, Manifest } from '../types.ts';
import { digestOf } from '../verify.ts';
import { unsupportedIn } from './errors.ts';
import { layerType, reasonAgainstLayer } from './layer-types.ts';

/** The formats between which a manifest changes by its media types alone. */
export type TypedFormat = 'oci' | 'v2s2';

/** True for manifests that every format can hold; others are artifacts, which only OCI knows. */
export function isImage({ config, subject, artifactType }: Manifest): boolean {
  return isImageConfigMediaType(config.mediaType) && subject === undefined && artifactType === undefined;
}

export function isInFormat(mediaType: string, format: TypedFormat): boolean {
  const types: string[] =
    format === 'oci'
      ? [MediaType.ociManifest, MediaType.ociIndex]
      : [MediaType.dockerManifest, MediaType.dockerManifestList];
  return types.includes(mediaType);
}

/**
 * The image's manifest in another format: the same config, byte for byte, and the same layers under the media types of that format.
 * Annotations are kept in OCI and dropped in Docker's format, which has none.
 * @throws PushboatError FORMAT_UNSUPPORTED for artifacts and for layers without such a type.
 */
export function convertManifest(from: TreeManifest, parsed: Manifest, format: TypedFormat): TreeManifest {
  const { digest } = from.descriptor;
  if (!isImage(parsed)) {
    const why = 'it is an artifact or belongs to another manifest (subject), which only OCI knows';
    throw unsupportedIn(format, digest, why);
  }
  const layers = parsed.layers.map((layer) => {
    const mediaType = layerType(layer.mediaType, format);
    if (mediaType === undefined) throw unsupportedIn(format, digest, reasonAgainstLayer(layer));
    return { ...layer, mediaType };
  });
  const config = { ...parsed.config, mediaType: format === 'oci' ? MediaType.ociConfig : MediaType.dockerConfig };
  return manifestOf(from, { ...parsed, config, layers }, format);
}

/** A manifest with this config and these layers, in the place of `from`. */
export function manifestOf(
  from: TreeManifest,
  content: Pick<Manifest, 'config' | 'layers' | 'annotations'>,
  format: TypedFormat,
): TreeManifest {
  const isOci = format === 'oci';
  const mediaType = isOci ? MediaType.ociManifest : MediaType.dockerManifest;
  const annotations = isOci ? content.annotations : {};
  const written = isOci ? ociDescriptor : dockerDescriptor;
  const document = {
    schemaVersion: 2,
    mediaType,
    config: written(content.config),
    layers: content.layers.map(written),
    annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
  };
  const { config, layers } = content;
  return replaced(from, document, { kind: 'manifest', mediaType, config, layers, annotations });
}

/** A new document in the place of `from`: its digest and size, and its own descriptor's platform. */
export function replaced(from: TreeManifest, document: object, parsed: TreeManifest['parsed']): TreeManifest {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const { data: _embedded, ...kept } = from.descriptor;
  // Schema 1 may have been found under a digest of its own kind; registries expect SHA-256 of Docker's formats.
  const algorithm = isSchema1MediaType(from.descriptor.mediaType) ? 'sha256' : digestAlgorithm(kept.digest);
  const digest = digestOf(bytes, algorithm);
  return {
    platform: from.platform,
    descriptor: { ...kept, mediaType: parsed.mediaType, digest, size: bytes.byteLength },
    bytes,
    parsed,
  };
}

/** Fields in the order in which the tools of each format write them, so that the same image gets the same digest from all of them. */
function ociDescriptor({ mediaType, digest, size, urls, annotations, data }: Descriptor): object {
  return { mediaType, digest, size, urls, annotations, data };
}

function dockerDescriptor({ mediaType, digest, size, urls }: Descriptor): object {
  return { mediaType, size, digest, urls };
}
