import { create } from 'zustand';
import type { PushboatError } from '../../shared/errors.ts';
import { inBackground, request } from '../api.ts';
import { useSettings } from './settings.ts';

/** A destination as it is typed. */
export interface TypedTarget {
  key: number;
  typed: string;
}

/** What was typed for each image, by its id. */
export const useDrafts = create<Readonly<Record<string, TypedTarget[]>>>(() => ({}));

/** Images whose drafts are kept for the next start. */
const MOST_DRAFTS = 200;

export function keepDraft(imageId: string, targets: TypedTarget[]): void {
  useDrafts.setState({ [imageId]: targets });
}

/** What was typed for an image, in this window or in an earlier one; undefined: nothing. */
export function draftOf(imageId: string): TypedTarget[] | undefined {
  const earlier = useSettings.getState().settings.drafts[imageId];
  return useDrafts.getState()[imageId] ?? earlier?.map((typed, key) => ({ key, typed }));
}

/**
 * Keeps the draft of an image for the next start.
 * @param usual what the image is offered with when there is no draft
 */
export function saveDraft(imageId: string, usual: string, onError: (error: PushboatError) => void): void {
  const { [imageId]: before = [usual], ...others } = useSettings.getState().settings.drafts;
  const now = useDrafts.getState()[imageId]?.map(({ typed }) => typed) ?? before;
  if (now.join('\n') === before.join('\n')) return;
  const kept = now.join('\n') === usual ? others : { ...others, [imageId]: now };
  const drafts = Object.fromEntries(Object.entries(kept).slice(-MOST_DRAFTS));
  inBackground(request('settings.update', { drafts }), onError);
}
