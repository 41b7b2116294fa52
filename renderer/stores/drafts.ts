import { create } from 'zustand';

/** A destination as it is typed. */
export interface TypedTarget {
  key: number;
  typed: string;
}

/** What was typed for each image, by its id: it stays the image's own while the window is open. */
export const useDrafts = create<Readonly<Record<string, TypedTarget[]>>>(() => ({}));

export function keepDraft(imageId: string, targets: TypedTarget[]): void {
  useDrafts.setState({ [imageId]: targets });
}
