import type { Platform } from '../../../shared/images.ts';
import type { PushOptions } from '../../../shared/ipc.ts';
import { parsePlatform } from '../../../shared/platforms.ts';
import { choosePlatforms } from '../../image/convert/choose-platforms.ts';
import { removeSignatures } from '../../image/convert/remove-signatures.ts';
import { type ImageTree, readImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';

/**
 * The tree of an image as a person wants it pushed: of the platforms chosen, with or without signatures. Without such a choice it is the
 * image's own, byte for byte.
 * @throws PushboatError as `readImageTree` and `choosePlatforms`.
 */
export async function prepareTree(
  image: LocalImage,
  options: Pick<PushOptions, 'platforms' | 'removeSignatures'>,
  signal?: AbortSignal,
): Promise<ImageTree> {
  const tree = await readImageTree(image, { signal });
  const unsigned = options.removeSignatures ? removeSignatures(tree) : tree;
  return choosePlatforms(unsigned, wantedPlatforms(options.platforms ?? []));
}

function wantedPlatforms(texts: readonly string[]): Platform[] {
  return texts.map(parsePlatform).filter((platform) => platform !== undefined);
}
