import type { Digest } from '../../../shared/digest.ts';
import { readImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import { runPush } from './push-image.ts';
import type { PushRun } from './run.ts';

/**
 * Brings what belongs to an image after it: signatures under the tags of cosign, and what names it as its subject, with all that is about
 * those. Each keeps its digest. What is about another manifest than was pushed, for that was converted, has nothing to belong to.
 * @param pushed the image's manifests, as they are in the registry.
 * @returns the digests of what was brought. @throws PushboatError as `runPush`
 */
export async function pushCompanions(
  run: Omit<PushRun, 'image' | 'tree' | 'sendBlob' | 'makeReady' | 'tagSeen'>,
  image: LocalImage,
  pushed: readonly Digest[],
): Promise<Digest[]> {
  const companions = (await image.companionsOf?.(new Set(pushed))) ?? [];
  const brought: Digest[] = [];
  for (const { image: companion, tag } of companions) {
    run.draining.throwIfAborted();
    const tree = await readImageTree(companion, { signal: run.signal });
    run.progress.addTree(tree);
    await runPush({ ...run, image: companion, tree, target: { ...run.target, tag: tag ?? tree.root.digest } });
    brought.push(...tree.manifests.map(({ descriptor }) => descriptor.digest));
  }
  return brought;
}
