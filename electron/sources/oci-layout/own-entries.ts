import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { isIndexMediaType } from '../../../shared/media-types.ts';
import { parseManifest } from '../../image/parse.ts';
import { type LayoutEntry, layoutEntries, openEntry } from './layout-entries.ts';
import type { LayoutFiles, ReadIndex } from './layout-files.ts';

/** Indexes that are read to see which images are theirs. */
const MOST_READ = 100;

/**
 * The entries of a layout, with those marked that are parts of others: oras lists the images of an index next to it, without a name. Indexes
 * are read only where something has no name.
 */
export async function markedEntries(files: LayoutFiles, { index }: ReadIndex): Promise<LayoutEntry[]> {
  const entries = layoutEntries(index, files.path);
  const indexes = entries.filter(({ descriptor }) => isIndexMediaType(descriptor.mediaType)).slice(0, MOST_READ);
  if (indexes.length === 0 || entries.every(({ references }) => references.length > 0)) return entries;
  const children = await Promise.all(indexes.map((entry) => childrenOf(files, entry)));
  const parts = new Set<Digest>(children.flat());
  return entries.map((entry) => {
    const isPart = entry.references.length === 0 && parts.has(entry.descriptor.digest);
    return isPart ? { ...entry, besideOthers: 'part' } : entry;
  });
}

/** Those that people look for: a part of an index is shown with it. */
export function shownEntries<Entry extends Pick<LayoutEntry, 'besideOthers'>>(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ besideOthers }) => besideOthers !== 'part');
}

/** None of an index that cannot be read: whoever opens it is told why. */
async function childrenOf(files: LayoutFiles, entry: LayoutEntry): Promise<Digest[]> {
  try {
    const image = await openEntry(files, entry);
    const parsed = parseManifest(await image.read(image.root), image.root.mediaType);
    return parsed.kind === 'index' ? parsed.manifests.map(({ digest }) => digest) : [];
  } catch (error) {
    if (error instanceof PushboatError) return [];
    throw error;
  }
}
