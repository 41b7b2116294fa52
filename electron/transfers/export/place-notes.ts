import type { JobNote } from '../../../shared/job-notes.ts';
import { formatName, isElsewhere, isIndexMediaType, MediaType } from '../../../shared/media-types.ts';
import type { ConversionFacts } from '../../../shared/transfer-events.ts';
import type { ImageDestination } from '../../destinations/types.ts';
import { isAttestation } from '../../image/convert/convert-index.ts';
import { hasAnnotations } from '../../image/convert/convert-tree.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import { countNote } from '../content/job-notes.ts';

/** What of an image the destination has no place for. */
export function placeNotes(
  { leaves = [] }: ImageDestination,
  { root, manifests, blobs, missing }: ImageTree,
): JobNote[] {
  const notes: JobNote[] = [];
  if (leaves.includes('foreign')) {
    notes.push(...countNote('foreign', blobs.filter(({ descriptor }) => isElsewhere(descriptor)).length));
  }
  if (leaves.includes('index') && isIndexMediaType(root.mediaType)) {
    const images = manifests.filter(({ parsed }) => parsed.kind === 'manifest');
    notes.push(
      ...countNote('noIndex', images.length - 1),
      ...countNote('absent', missing.filter(isAttestation).length),
    );
  }
  return notes;
}

/**
 * What Docker takes holds no manifest: what its tools show is one of Docker's, made from the config. Undefined where the image has no other
 * in its store, either.
 */
export function dockerConversion(
  { layers }: ImageDestination,
  { uncompressed }: LocalImage,
  { root, manifests }: ImageTree,
): ConversionFacts | undefined {
  const to = MediaType.dockerManifest;
  if (layers !== 'plain' || uncompressed || formatName(root.mediaType) === formatName(to)) return undefined;
  return { from: root.mediaType, to, lost: manifests.some(hasAnnotations) ? ['annotations'] : [] };
}
