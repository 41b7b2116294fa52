import { useCallback, useMemo } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { chooseImages, selectImage, toggleImage, useView } from '../../stores/view.ts';

/** What is held while a row is pressed; `ctrlKey` stands for Cmd, too. */
export interface PickKeys {
  shiftKey: boolean;
  ctrlKey: boolean;
}

/** How a person chooses images of the list: one, one more (Ctrl or Cmd), or all up to there (Shift). Damaged images are chosen alone. */
export function useChoice(images: readonly ImageSummary[]) {
  const upTo = useCallback(
    (index: number) => {
      const { anchorId, imageId } = useView.getState();
      const start = images.findIndex(({ id }) => id === (anchorId ?? imageId));
      const from = start === -1 ? index : start;
      const row = images.slice(Math.min(from, index), Math.max(from, index) + 1);
      const lead = images[index];
      if (lead !== undefined) chooseImages(idsOfWhole(row), lead.kind === 'broken' ? imageId : lead.id);
    },
    [images],
  );
  const pick = useCallback(
    (index: number, keys: PickKeys) => {
      const image = images[index];
      if (image === undefined) return;
      if (keys.shiftKey) upTo(index);
      else if (keys.ctrlKey && image.kind !== 'broken') toggleImage(image.id);
      else selectImage(image.id);
    },
    [images, upTo],
  );
  const all = useCallback(() => {
    const ids = idsOfWhole(images);
    const { imageId } = useView.getState();
    chooseImages(ids, imageId !== null && ids.includes(imageId) ? imageId : (ids[0] ?? null));
  }, [images]);
  const countWhole = useMemo(() => idsOfWhole(images).length, [images]);
  return { pick, upTo, all, countWhole };
}

function idsOfWhole(images: readonly ImageSummary[]): string[] {
  return images.filter(({ kind }) => kind !== 'broken').map(({ id }) => id);
}
