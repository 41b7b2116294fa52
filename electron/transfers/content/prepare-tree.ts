import type { Platform } from '../../../shared/images.ts';
import type { JobNote } from '../../../shared/job-notes.ts';
import { parsePlatform } from '../../../shared/platforms.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { choosePlatforms } from '../../image/convert/choose-platforms.ts';
import { removeSignatures } from '../../image/convert/remove-signatures.ts';
import { type LayerFaults, layerFaults } from '../../image/layer-faults.ts';
import { type ImageTree, readImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import type { SourceGate } from '../../policy/source-gate.ts';
import { leftOutNotes } from './job-notes.ts';

export interface PreparedTree {
  tree: ImageTree;
  /** What the choices left out. */
  notes: JobNote[];
  faults: LayerFaults;
}

/**
 * The tree of an image as a person wants it pushed: of the platforms chosen, with or without signatures. Without such a choice it is the
 * image's own, byte for byte.
 * @param gate asked whether the image may be used, when it is known what of it is.
 * @throws PushboatError as `readImageTree`, `choosePlatforms`, the gate and `layerFaults`.
 */
export async function prepareTree(
  image: LocalImage,
  options: Pick<TransferOptions, 'platforms' | 'removeSignatures'>,
  gate: SourceGate | undefined,
  signal?: AbortSignal,
): Promise<PreparedTree> {
  const whole = await readImageTree(image, { signal });
  const unsigned = options.removeSignatures ? removeSignatures(whole) : whole;
  const tree = choosePlatforms(unsigned, wantedPlatforms(options.platforms ?? []));
  await gate?.(image, tree, signal);
  const faults = await layerFaults(image, tree, signal);
  return { tree, notes: leftOutNotes(whole, unsigned, tree), faults };
}

function wantedPlatforms(texts: readonly string[]): Platform[] {
  return texts.map(parsePlatform).filter((platform) => platform !== undefined);
}
