import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import type { JobRows } from '../rows.ts';

/**
 * An export brings a whole image: there is no registry that might have what the store lacks.
 * @throws PushboatError BLOB_MISSING and what `LocalImage.check` throws.
 */
export async function checkComplete(image: LocalImage, tree: ImageTree, rows: JobRows): Promise<void> {
  const [missing] = tree.missing;
  if (missing) {
    throw new PushboatError(
      'BLOB_MISSING',
      `The index names the manifest ${missing.digest}, which is not in the store.`,
      {
        digest: missing.digest,
        hint: 'choose-platforms',
      },
    );
  }
  // Layers that only others may distribute need not be here: their urls go along in the manifest.
  const wanted = tree.blobs.filter(({ descriptor }) => descriptor.urls === undefined);
  const checked = await Promise.allSettled(wanted.map(({ descriptor }) => image.check(descriptor)));
  for (const [index, outcome] of checked.entries()) {
    const blob = wanted[index];
    if (outcome.status === 'fulfilled' || !blob) continue;
    rows.toState(blob.descriptor.digest, 'failed', { reason: toPushboatError(outcome.reason).message });
    throw outcome.reason;
  }
}
