import { create } from 'zustand';
import { useSettings } from './settings.ts';

/** A destination as it is typed. */
export interface TypedTarget {
  key: number;
  typed: string;
  /** A person typed or took it; otherwise it is what the image is offered with. */
  isChosen: boolean;
}

/** What was typed for each image, by its id. */
export const useDrafts = create<Readonly<Record<string, TypedTarget[]>>>(() => ({}));

export function keepDraft(imageId: string, targets: TypedTarget[]): void {
  useDrafts.setState({ [imageId]: targets });
}

/** What was typed for an image, in this window or in an earlier one; undefined: nothing. */
export function draftOf(imageId: string): TypedTarget[] | undefined {
  const earlier = useSettings.getState().settings.drafts[imageId];
  return useDrafts.getState()[imageId] ?? earlier?.map((typed, key) => ({ key, typed, isChosen: true }));
}
