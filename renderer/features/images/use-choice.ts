import { type MouseEvent, useCallback } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { chooseImages, selectImage, toggleImage, useView } from '../../stores/view.ts';

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
    (index: number, event: Pick<MouseEvent, 'shiftKey' | 'ctrlKey' | 'metaKey'>) => {
      const image = images[index];
      if (image === undefined) return;
      if (event.shiftKey) upTo(index);
      else if ((event.ctrlKey || event.metaKey) && image.kind !== 'broken') toggleImage(image.id);
      else selectImage(image.id);
    },
    [images, upTo],
  );
  const all = useCallback(() => {
    const ids = idsOfWhole(images);
    const { imageId } = useView.getState();
    chooseImages(ids, imageId !== null && ids.includes(imageId) ? imageId : (ids[0] ?? null));
  }, [images]);
  return { pick, upTo, all };
}

function idsOfWhole(images: readonly ImageSummary[]): string[] {
  return images.filter(({ kind }) => kind !== 'broken').map(({ id }) => id);
}
