import { create } from 'zustand';
import type { ImageSummary, SourceInfo } from '../../shared/images.ts';
import type { EventPayloads } from '../../shared/ipc.ts';

interface ImagesState {
  sources: SourceInfo[];
  /** By image id. Replaced, never changed, so that rows can be compared by identity. */
  images: ReadonlyMap<string, ImageSummary>;
  /** False until the first list has arrived. */
  loaded: boolean;
}

/** What the local stores hold, as the main process tells it. */
export const useImages = create<ImagesState>(() => ({ sources: [], images: new Map(), loaded: false }));

export function setSources(sources: SourceInfo[]): void {
  const ids = new Set(sources.map(({ id }) => id));
  useImages.setState(({ images }) => {
    const orphaned = [...images.values()].some(({ sourceId }) => !ids.has(sourceId));
    if (!orphaned) return { sources };
    return { sources, images: new Map([...images].filter(([, { sourceId }]) => ids.has(sourceId))) };
  });
}

export function setImages(images: ImageSummary[]): void {
  useImages.setState({ images: new Map(images.map((image) => [image.id, image])), loaded: true });
}

/** Applies one change event of one source. */
export function applyImages({ sourceId, reset, upserted, removed }: EventPayloads['images']): void {
  useImages.setState((state) => {
    const images = new Map(state.images);
    if (reset) {
      for (const [id, image] of images) if (image.sourceId === sourceId) images.delete(id);
    }
    for (const id of removed) images.delete(id);
    for (const image of upserted) images.set(image.id, image);
    return { images };
  });
}
