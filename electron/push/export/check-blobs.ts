import { toPushboatError } from '../../../shared/errors.ts';
import { isElsewhere } from '../../../shared/media-types.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import type { JobRows } from '../rows.ts';

/**
 * Looks whether all blobs are there before the first is read, let alone compressed: there is no registry that might have what the
 * store lacks. Layers that only others may distribute need not be here, for their urls go along in the manifest.
 * @throws PushboatError what `LocalImage.check` throws.
 */
export async function checkBlobs(image: LocalImage, tree: ImageTree, rows: JobRows): Promise<void> {
  const wanted = tree.blobs.filter(({ descriptor }) => !isElsewhere(descriptor));
  const checked = await Promise.allSettled(wanted.map(({ descriptor }) => image.check(descriptor)));
  for (const [index, outcome] of checked.entries()) {
    const blob = wanted[index];
    if (outcome.status === 'fulfilled' || !blob) continue;
    rows.toState(blob.descriptor.digest, 'failed', { reason: toPushboatError(outcome.reason).message });
    throw outcome.reason;
  }
}
