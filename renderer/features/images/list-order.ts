import type { ImageSummary } from '../../../shared/images.ts';
import { platformText } from '../../../shared/platforms.ts';
import { nameParts } from '../../model/image-name.ts';

export type SortColumn = 'name' | 'tag' | 'platform' | 'size' | 'created';

export interface SortOrder {
  column: SortColumn;
  descending: boolean;
}

/** The images of one source (null: all) whose name, references or digest hold every word of the search, in order. */
export function imagesInOrder(
  images: Iterable<ImageSummary>,
  sourceId: string | null,
  search: string,
  order: SortOrder,
): ImageSummary[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const shown: ImageSummary[] = [];
  for (const image of images) {
    if (sourceId !== null && image.sourceId !== sourceId) continue;
    if (words.length > 0 && !matches(image, words)) continue;
    shown.push(image);
  }
  const compare = COMPARERS[order.column];
  const sign = order.descending ? -1 : 1;
  return shown.sort((a, b) => sign * compare(a, b) || byName(a, b));
}

function matches(image: ImageSummary, words: string[]): boolean {
  const haystack = [image.name, ...image.references, image.storeName ?? '', image.digest ?? '']
    .concat(image.platforms.map(platformText))
    .join('\n')
    .toLowerCase();
  return words.every((word) => haystack.includes(word));
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

function byName(a: ImageSummary, b: ImageSummary): number {
  return collator.compare(a.name, b.name);
}

const COMPARERS: Record<SortColumn, (a: ImageSummary, b: ImageSummary) => number> = {
  name: byName,
  tag: (a, b) => collator.compare(nameParts(a).tag ?? '', nameParts(b).tag ?? ''),
  platform: (a, b) => collator.compare(a.platforms.map(platformText).join(), b.platforms.map(platformText).join()),
  size: (a, b) => (a.size ?? -1) - (b.size ?? -1),
  created: (a, b) => (Date.parse(a.created ?? '') || 0) - (Date.parse(b.created ?? '') || 0),
};
