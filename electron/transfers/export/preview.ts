import type { KeyObject } from 'node:crypto';
import type { Digest } from '../../../shared/digest.ts';
import type { ExportPreview, ExportPreviewImage } from '../../../shared/transfer-events.ts';
import type { LocalImage } from '../../image/types.ts';
import type { SourceGate } from '../../policy/source-gate.ts';
import { companionNotes, layerNotes, oddityNotes } from '../content/job-notes.ts';
import type { LayerCompressor } from '../content/layer-compressor.ts';
import { type PreparedTree, prepareTree } from '../content/prepare-tree.ts';
import { previewConversion } from '../content/preview-conversion.ts';
import { previewTree } from '../content/preview-tree.ts';
import { compressionFor } from '../content/setting.ts';
import type { ExportImage, ExportRequest } from '../types.ts';
import { exportFormat, schema1Name } from './convert-for.ts';
import { companionsAlong } from './export-companions.ts';
import { dockerConversion, placeNotes } from './place-notes.ts';

interface PreviewContext {
  compressor: LayerCompressor;
  /** Signs manifests of Docker's schema 1. */
  signingKey: () => Promise<KeyObject>;
  gate: SourceGate | undefined;
  signal: AbortSignal;
}

interface OpenedImage extends PreparedTree {
  requested: ExportImage;
  image: LocalImage;
}

/**
 * What an export would do, from the images alone: the destination is not looked at.
 * @throws PushboatError when an image cannot be read.
 */
export async function previewExport(request: ExportRequest, context: PreviewContext): Promise<ExportPreview> {
  const opened: OpenedImage[] = [];
  for (const requested of request.images) {
    const image = await requested.openImage(context.signal);
    opened.push({ requested, image, ...(await prepareTree(image, request.options, context.gate, context.signal)) });
  }
  const along = opened.flatMap(({ tree }) => tree.manifests.map(({ descriptor }) => descriptor.digest));
  const images: ExportPreviewImage[] = [];
  const sizes = new Map<string, number>();
  for (const each of opened) {
    const { preview, documents } = await previewImage(request, each, along, context);
    images.push(preview);
    for (const { digest, size } of [...preview.blobs, ...documents]) sizes.set(digest, size);
  }
  const bytesTotal = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { destination: request.destination.text, images, bytesTotal };
}

async function previewImage(
  { destination, options }: ExportRequest,
  { requested, image, ...prepared }: OpenedImage,
  along: readonly Digest[],
  { compressor, signingKey, signal }: PreviewContext,
) {
  const isPlain = destination.layers === 'plain';
  const setting = destination.layers === 'compressed' ? compressionFor(image, options) : undefined;
  const compressed = await previewTree({ image, tree: prepared.tree, compressor }, setting, signal);
  const converting = { format: exportFormat(destination, options), name: schema1Name(image), signingKey, signal };
  const { tree, ...converted } = await previewConversion(image, compressed.tree, converting);
  const from = prepared.tree.root.mediaType;
  const conversion = converted.conversion && { from, to: converted.conversion.to, lost: converted.conversion.lost };
  const own = tree.manifests.map(({ descriptor }) => descriptor.digest);
  const companions = await companionsAlong(destination, options, image, own);
  const brought = companions.map((companion) => companion.image.root.digest);
  const { pending } = compressed;
  const isOpen = pending.size > 0 || converted.conversion?.isOpen === true;
  const preview: ExportPreviewImage = {
    name: requested.imageName,
    digest: isOpen ? undefined : tree.root.digest,
    mediaType: conversion?.to ?? tree.root.mediaType,
    conversion: conversion ?? dockerConversion(destination, image, prepared.tree),
    companions: options.referrers ? companions.length : undefined,
    differs: [
      ...oddityNotes(image),
      ...layerNotes(
        isPlain ? { ...prepared.faults, mistyped: new Map() } : prepared.faults,
        compressed.retyped + converted.retyped,
      ),
      ...prepared.notes,
      ...placeNotes(destination, prepared.tree),
      ...(await companionNotes(image, prepared.tree, [...along, ...(requested.along ?? []), ...brought])),
    ],
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
