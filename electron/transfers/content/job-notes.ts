import type { Digest } from '../../../shared/digest.ts';
import type { JobNote } from '../../../shared/job-notes.ts';
import { isElsewhere } from '../../../shared/media-types.ts';
import type { ConversionFacts } from '../../../shared/transfer-events.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { isAttestation } from '../../image/convert/convert-index.ts';
import type { LayerFaults } from '../../image/layer-faults.ts';
import type { ImageTree, TreeManifest } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';

/** What a conversion changed, and what it had no place for. */
export function conversionNotes(conversion: ConversionFacts | undefined, { format }: TransferOptions): JobNote[] {
  if (!conversion) return [];
  const { from, to, lost, isRefused } = conversion;
  const because = isRefused ? 'refused' : format === undefined ? 'target' : 'asked';
  return [{ kind: 'converted', from, to, because }, ...lost.map((what) => ({ kind: 'lost', what, to }) as const)];
}

/** Layers that a push leaves where their urls say. */
export function foreignNotes({ blobs }: ImageTree, { pushForeignLayers }: TransferOptions): JobNote[] {
  const count = pushForeignLayers ? 0 : blobs.filter(({ descriptor }) => isElsewhere(descriptor)).length;
  return countNote('foreign', count);
}

/** What the store keeps next to the image stays there, unless the image's own index lists it or it is brought along. */
export async function companionNotes(
  image: LocalImage,
  { manifests }: ImageTree,
  along: Iterable<Digest> = [],
): Promise<JobNote[]> {
  const own = manifests.map(({ descriptor }) => descriptor.digest);
  const count = await image.companions?.(new Set([...own, ...along])).catch(() => 0);
  return countNote('behind', count ?? 0);
}

/** Where layers are not what the config says, and those whose media type is wrong. @param retyped how many of these are right at the target. */
export function layerNotes({ disputes, mistyped }: LayerFaults, retyped: number): JobNote[] {
  return [
    ...disputes,
    ...countNote('retyped', retyped),
    ...countNote('mistyped', Math.max(0, mistyped.size - retyped)),
  ];
}

/** How the image's store is not as it should be. */
export function oddityNotes({ oddities = [] }: LocalImage): JobNote[] {
  return oddities.map((kind) => ({ kind }));
}

/** What the choices of a person took out of an index: signatures first, then what is no image of a platform that was chosen. */
export function leftOutNotes(whole: ImageTree, unsigned: ImageTree, chosen: ImageTree): JobNote[] {
  const kept = new Set(chosen.manifests.map(({ descriptor }) => descriptor.digest));
  const attachments = unsigned.manifests.filter(
    (manifest) => !kept.has(manifest.descriptor.digest) && isAttachment(manifest),
  );
  return [
    ...countNote('signatures', imageCount(whole) - imageCount(unsigned)),
    ...countNote('attachments', attachments.length),
    ...countNote(
      'absent',
      unsigned.missing.filter((child) => isAttestation(child) && !chosen.missing.includes(child)).length,
    ),
  ];
}

/** Attestations and artifacts of an index are for no platform. */
function isAttachment({ descriptor, parsed }: TreeManifest): boolean {
  const { platform, artifactType = parsed.artifactType } = descriptor;
  return (
    parsed.kind === 'manifest' &&
    (artifactType !== undefined || platform?.os === 'unknown' || isAttestation(descriptor))
  );
}

function imageCount({ manifests }: ImageTree): number {
  return manifests.filter(({ parsed }) => parsed.kind === 'manifest').length;
}

/** None of nothing. */
export function countNote(
  kind: 'absent' | 'attachments' | 'behind' | 'foreign' | 'mistyped' | 'noIndex' | 'retyped' | 'signatures',
  count: number,
): JobNote[] {
  return count > 0 ? [{ kind, count }] : [];
}
