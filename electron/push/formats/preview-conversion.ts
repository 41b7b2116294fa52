import type { KeyObject } from 'node:crypto';
import type { ConversionLoss } from '../../../shared/job-notes.ts';
import { isIndexMediaType, MediaType } from '../../../shared/media-types.ts';
import { convertImage } from '../../image/convert/convert-image.ts';
import { factsNeeded, needsConversion } from '../../image/convert/convert-tree.ts';
import type { ManifestFormat } from '../../image/convert/errors.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import { requireTag } from '../target.ts';
import type { PushRequest } from '../types.ts';
import { formatFor, schema1NameOf } from './format-push.ts';

/** What a push would make of the manifests. */
export interface PreviewedConversion {
  /** Media type of the root. */
  to: string;
  lost: readonly ConversionLoss[];
  /** The result is known only after all layers were read. */
  isOpen: boolean;
}

/** The tree in the format of the push; the same where nothing is converted, or only reading the layers could tell. @throws as `convertImage` */
export async function previewConversion(
  { request, signingKey, signal }: { request: PushRequest; signingKey: () => Promise<KeyObject>; signal: AbortSignal },
  image: LocalImage,
  tree: ImageTree,
): Promise<{ tree: ImageTree; conversion?: PreviewedConversion }> {
  const format = formatFor(tree, request.options);
  const name = schema1NameOf(requireTag(request.target));
  if (format === undefined || !needsConversion(tree, format, name)) return { tree };
  if (factsNeeded(tree, format).layers.length > 0) {
    return { tree, conversion: { to: rootType(tree, format), lost: [], isOpen: true } };
  }
  const converted = await convertImage(image, tree, { format, name, signingKey, signal });
  if (!converted) return { tree };
  return {
    tree: converted.tree,
    conversion: { to: converted.tree.root.mediaType, lost: converted.lost, isOpen: false },
  };
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
