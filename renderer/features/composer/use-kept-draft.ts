import { useEffect } from 'react';
import { inBackground, request } from '../../api.ts';
import { keepDraft, type TypedTarget, useDrafts } from '../../stores/drafts.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';

/** Images whose drafts are kept for the next start. */
const MOST_DRAFTS = 200;

/** Wait after the last key before a draft is kept for the next start, in milliseconds. */
const SAVE_AFTER_MS = 1000;

/**
 * Keeps what is typed: at once while the window is open, and for its next start when it comes to rest or the image is left.
 * @param usual what the image is offered with when there is no draft
 */
export function useKeptDraft(imageId: string, typed: TypedTarget[], usual: string): void {
  useEffect(() => {
    keepDraft(imageId, typed);
    const timer = setTimeout(() => saveDraft(imageId, usual), SAVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [imageId, typed, usual]);
  useEffect(() => () => saveDraft(imageId, usual), [imageId, usual]);
}

function saveDraft(imageId: string, usual: string): void {
  const { [imageId]: before = [usual], ...others } = useSettings.getState().settings.drafts;
  const now = useDrafts.getState()[imageId]?.map(({ typed }) => typed) ?? before;
  if (now.join('\n') === before.join('\n')) return;
  const kept = now.join('\n') === usual ? others : { ...others, [imageId]: now };
  const drafts = Object.fromEntries(Object.entries(kept).slice(-MOST_DRAFTS));
  inBackground(request('settings.update', { drafts }), showError);
}
