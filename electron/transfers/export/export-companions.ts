import type { Digest } from '../../../shared/digest.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import type { ImageDestination, ImageWriter, WriteProgress } from '../../destinations/types.ts';
import { readImageTree } from '../../image/tree.ts';
import type { Companion, LocalImage } from '../../image/types.ts';
import type { JobRun } from '../work.ts';

/**
 * What goes along with an image to a destination that lists it: signatures under the tags of cosign, and what names the image as its
 * subject, with all that is about those. What is about another manifest than is written, for that was converted, has nothing to belong to.
 * @param written the image's manifests, as the destination gets them. @throws PushboatError of the store
 */
export async function companionsAlong(
  destination: ImageDestination,
  options: TransferOptions,
  image: LocalImage,
  written: readonly Digest[],
): Promise<Companion[]> {
  const goAlong = options.referrers === true && !options.removeSignatures && destination.listsCompanions === true;
  return goAlong ? ((await image.companionsOf?.(new Set(written))) ?? []) : [];
}

/** Writes them after their image, each with its digest. Returns the digests of their manifests. @throws PushboatError as `ImageWriter.add` */
export async function writeCompanions(
  writer: ImageWriter,
  companions: readonly Companion[],
  rows: WriteProgress,
  { progress, signal }: Pick<JobRun, 'progress' | 'signal'>,
): Promise<Digest[]> {
  const brought: Digest[] = [];
  for (const { image, tag } of companions) {
    const tree = await readImageTree(image, { signal });
    progress.addTree(tree);
    await writer.add({ image, tree, references: tag === undefined ? [] : [tag], isCompanion: true }, rows, signal);
    brought.push(...tree.manifests.map(({ descriptor }) => descriptor.digest));
  }
  return brought;
}
