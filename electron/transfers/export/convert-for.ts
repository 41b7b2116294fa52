import type { KeyObject } from 'node:crypto';
import { PushboatError } from '../../../shared/errors.ts';
import { referenceOfName } from '../../../shared/reference.ts';
import type { ConversionFacts } from '../../../shared/transfer-events.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import type { ImageDestination } from '../../destinations/types.ts';
import { convertImage } from '../../image/convert/convert-image.ts';
import type { ManifestFormat } from '../../image/convert/errors.ts';
import type { Schema1Name } from '../../image/convert/to-schema1.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import type { JobProgress } from '../progress.ts';

export interface ConvertContext {
  options: TransferOptions;
  progress: JobProgress;
  signingKey: () => Promise<KeyObject>;
  signal: AbortSignal;
}

/**
 * The image with its manifests in the format that the destination takes, or that was asked for.
 * @throws PushboatError FORMAT_UNSUPPORTED when the two are not the same, and as `convertImage`.
 */
export async function convertFor(
  destination: ImageDestination,
  { image, tree }: { image: LocalImage; tree: ImageTree },
  { options, progress, signingKey, signal }: ConvertContext,
): Promise<{ image: LocalImage; tree: ImageTree; conversion?: ConversionFacts; retyped: number }> {
  const format = exportFormat(destination, options);
  if (format === undefined) return { image, tree, retyped: 0 };
  const converted = await convertImage(image, tree, { format, name: schema1Name(image), signingKey, signal });
  if (!converted) return { image, tree, retyped: 0 };
  progress.convertTree(tree, converted);
  const conversion = { from: tree.root.mediaType, to: converted.tree.root.mediaType, lost: converted.lost };
  return { image: converted.image, tree: converted.tree, conversion, retyped: converted.retyped };
}

/**
 * What Docker takes has a format of its own, whatever is asked for: undefined there, and where manifests may stay as they are.
 * @throws PushboatError FORMAT_UNSUPPORTED
 */
export function exportFormat(
  { layers, manifests, text }: ImageDestination,
  { format }: TransferOptions,
): ManifestFormat | undefined {
  if (layers === 'plain') return undefined;
  if (manifests === undefined || format === undefined || format === manifests) return format ?? manifests;
  throw new PushboatError('FORMAT_UNSUPPORTED', `${text} holds manifests in the format of OCI only.`, {
    detail: `${format} was asked for`,
    hint: 'choose-format',
  });
}

/** Schema 1 names its target; a folder has no name, so it is the image's own. */
export function schema1Name(image: LocalImage): Schema1Name {
  const own = image.references.map(referenceOfName).find((reference) => reference !== undefined);
  return { name: own?.repository ?? 'image', tag: own?.tag ?? 'latest' };
}
