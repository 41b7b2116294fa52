import type { ConversionLoss } from '../../../shared/job-notes.ts';
import { isIndexMediaType, MediaType } from '../../../shared/media-types.ts';
import { type ConvertOptions, convertImage } from '../../image/convert/convert-image.ts';
import { factsNeeded, needsConversion } from '../../image/convert/convert-tree.ts';
import type { ManifestFormat } from '../../image/convert/errors.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';

/** What a push or an export would make of the manifests. */
interface PreviewedConversion {
  /** Media type of the root. */
  to: string;
  lost: readonly ConversionLoss[];
  /** The result is known only after all layers were read. */
  isOpen: boolean;
}

interface PreviewedTree {
  tree: ImageTree;
  /** Absent where nothing has to change. */
  conversion?: PreviewedConversion;
  /** Layers that would get the media type that their bytes have. */
  retyped: number;
}

/**
 * The tree in the format that it would get, with layers left unread; the same tree where nothing is converted, or only reading the layers
 * could tell what it becomes. @throws as `convertImage`
 */
export async function previewConversion(
  image: LocalImage,
  tree: ImageTree,
  { format, ...options }: Omit<ConvertOptions, 'format'> & { format: ManifestFormat | undefined },
): Promise<PreviewedTree> {
  if (format === undefined || !needsConversion(tree, format, options.name)) return { tree, retyped: 0 };
  if (factsNeeded(tree, format).layers.length > 0) {
    return { tree, conversion: { to: rootType(tree, format), lost: [], isOpen: true }, retyped: 0 };
  }
  const converted = await convertImage(image, tree, { format, ...options });
  if (!converted) return { tree, retyped: 0 };
  const { lost, retyped } = converted;
  return { tree: converted.tree, conversion: { to: converted.tree.root.mediaType, lost, isOpen: false }, retyped };
}

function rootType({ root }: ImageTree, format: ManifestFormat): string {
  const isIndex = isIndexMediaType(root.mediaType);
  switch (format) {
    case 'oci':
      return isIndex ? MediaType.ociIndex : MediaType.ociManifest;
    case 'v2s2':
      return isIndex ? MediaType.dockerManifestList : MediaType.dockerManifest;
    case 'v2s1':
      return MediaType.dockerManifestV1Signed;
  }
}
