import type { KeyObject } from 'node:crypto';
import type { Digest } from '../../../shared/digest.ts';
import { layerFaults } from '../layer-faults.ts';
import type { ImageTree } from '../tree.ts';
import type { LocalImage } from '../types.ts';
import { type Conversion, convertTree, factsNeeded, needsConversion } from './convert-tree.ts';
import { ConvertedImage } from './converted-image.ts';
import { diffIdOf } from './diff-id.ts';
import type { ManifestFormat } from './errors.ts';
import type { Schema1Name } from './to-schema1.ts';

export interface ConvertOptions {
  format: ManifestFormat;
  /** Of the target, for schema 1. */
  name: Schema1Name;
  /** Signs manifests of schema 1. Asked only when there is something to sign. */
  signingKey: () => Promise<KeyObject>;
  signal?: AbortSignal;
}

/**
 * An image and its tree in another format: reads what the conversion needs, and converts. Undefined when nothing has to change.
 * @throws PushboatError as `convertTree`, and what reading configs and layers throws.
 */
export async function convertImage(
  image: LocalImage,
  tree: ImageTree,
  { format, name, signingKey, signal }: ConvertOptions,
): Promise<(Conversion & { image: LocalImage }) | undefined> {
  if (!needsConversion(tree, format, name)) return undefined;
  const needed = factsNeeded(tree, format);
  const configs = new Map<Digest, Uint8Array>();
  for (const config of needed.configs) configs.set(config.digest, await image.read(config));
  const diffIds = new Map<Digest, Digest>();
  for (const layer of needed.layers) {
    signal?.throwIfAborted();
    if (!diffIds.has(layer.digest)) diffIds.set(layer.digest, await diffIdOf(image, layer, signal));
  }
  const schema1 = format === 'v2s1' ? { ...name, privateKey: await signingKey(), time: new Date() } : undefined;
  const { mistyped: packed } = await layerFaults(image, tree, signal);
  const conversion = convertTree({ tree, format, configs, diffIds, packed, schema1 });
  return { ...conversion, image: new ConvertedImage(image, conversion) };
}
