import type { TransferOptions } from '../../../shared/ipc.ts';
import type { ExportPreview, ExportPreviewImage } from '../../../shared/transfer-events.ts';
import type { ImageDestination } from '../../destinations/types.ts';
import { needsConversion } from '../../image/convert/convert-tree.ts';
import type { ImageTree } from '../../image/tree.ts';
import { oddityNotes } from '../content/job-notes.ts';
import type { LayerCompressor } from '../content/layer-compressor.ts';
import { prepareTree } from '../content/prepare-tree.ts';
import { previewTree } from '../content/preview-tree.ts';
import { compressionFor } from '../content/setting.ts';
import type { ExportImage, ExportRequest } from '../types.ts';
import { exportFormat } from './convert-for.ts';

/**
 * What an export would do, from the images alone: the destination is not looked at.
 * @throws PushboatError when an image cannot be read.
 */
export async function previewExport(
  request: ExportRequest,
  compressor: LayerCompressor,
  signal: AbortSignal,
): Promise<ExportPreview> {
  const images: ExportPreviewImage[] = [];
  const sizes = new Map<string, number>();
  for (const each of request.images) {
    const { preview, documents } = await previewImage(request, each, compressor, signal);
    images.push(preview);
    for (const { digest, size } of [...preview.blobs, ...documents]) sizes.set(digest, size);
  }
  const bytesTotal = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { destination: request.destination.text, images, bytesTotal };
}

async function previewImage(
  { destination, options }: ExportRequest,
  { imageName: name, openImage }: ExportImage,
  compressor: LayerCompressor,
  signal: AbortSignal,
) {
  const image = await openImage(signal);
  const setting = destination.layers === 'compressed' ? compressionFor(image, options) : undefined;
  const prepared = await prepareTree(image, options, signal);
  const { tree, pending } = await previewTree({ image, tree: prepared.tree, compressor }, setting, signal);
  const preview: ExportPreviewImage = {
    name,
    digest: pending.size > 0 || isConverted(destination, options, tree) ? undefined : tree.root.digest,
    mediaType: tree.root.mediaType,
    differs: [...oddityNotes(image), ...prepared.faults.disputes, ...prepared.notes],
    blobs: tree.blobs.map(({ descriptor: { digest, mediaType, size }, kind, createdBy }) => ({
      digest,
      kind,
      mediaType,
      size,
      createdBy,
      action: pending.has(digest) ? 'compress' : 'write',
    })),
  };
  return { preview, documents: tree.manifests.map(({ descriptor }) => descriptor) };
}

/** Of the names that only schema 1 has, none is the same for sure. */
function isConverted(destination: ImageDestination, options: TransferOptions, tree: ImageTree): boolean {
  const format = exportFormat(destination, options);
  return format !== undefined && needsConversion(tree, format, { name: '', tag: '' });
}
