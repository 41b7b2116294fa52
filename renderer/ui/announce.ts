import { create } from 'zustand';

/** Least time between two announcements, in milliseconds: a screen reader must be able to finish a sentence. */
const SPACING_MS = 1500;

interface AnnounceState {
  text: string;
}

/** What the polite live region says now. */
export const useAnnouncement = create<AnnounceState>(() => ({ text: '' }));

const waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

function next(): void {
  timer = undefined;
  const text = waiting.shift();
  if (text === undefined) return;
  useAnnouncement.setState({ text });
  timer = setTimeout(next, SPACING_MS);
}

/**
 * Says something politely. Announcements are spaced out; `key` lets a newer one of the same kind replace one that
 * still waits (progress).
 */
export function announce(text: string, replaces?: (waitingText: string) => boolean): void {
  if (replaces) {
    const index = waiting.findIndex(replaces);
    if (index !== -1) waiting.splice(index, 1);
  }
  waiting.push(text);
  if (timer === undefined) next();
}
