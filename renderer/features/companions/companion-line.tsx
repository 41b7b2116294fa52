import { useEffect, useRef, useState } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { type CompanionCounts, companionCount, sumOfCompanions } from '../../../shared/signing.ts';
import { request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { companionWords } from './companion-dialog.tsx';

/** What belongs to several images, counted before they are pushed; nothing where there is nothing. */
export function CompanionLine({ images }: { images: readonly ImageSummary[] }) {
  const texts = useTexts();
  const counts = useCounts(images);
  if (companionCount(counts) === 0) return null;
  return (
    <p className="text-quiet">
      {texts.t('many.companions', { things: texts.format.list(companionWords(counts, texts)) })}
    </p>
  );
}

/** Each image is asked about once, as long as it stays what it is. */
function useCounts(images: readonly ImageSummary[]): CompanionCounts {
  const [known, setKnown] = useState<ReadonlyMap<string, CompanionCounts>>(new Map());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    const fresh = images.filter((image) => !asked.current.has(keyOf(image)));
    if (fresh.length === 0) return;
    for (const image of fresh) asked.current.add(keyOf(image));
    const keep = (counts: readonly CompanionCounts[]) => {
      const entries = fresh.flatMap((image, at) => (counts[at] ? [[keyOf(image), counts[at]] as const] : []));
      setKnown((all) => new Map([...all, ...entries]));
    };
    // What cannot be counted is told of by its push.
    request(
      'images.companions',
      fresh.map(({ id }) => id),
    ).then(keep, () => undefined);
  }, [images]);
  return sumOfCompanions(images.flatMap((image) => known.get(keyOf(image)) ?? []));
}

function keyOf({ id, digest }: ImageSummary): string {
  return `${id} ${digest ?? ''}`;
}
