import { type KeyboardEvent, useRef } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';

/** Letters typed within this time belong to one word, in milliseconds. */
const WORD_MS = 1000;

interface ListKeys {
  images: readonly ImageSummary[];
  /** -1: none is selected. */
  selectedIndex: number;
  pageRows: number;
  onSelect: (index: number) => void;
  /** Chooses all from where the choice began. */
  onExtend: (index: number) => void;
  onSelectAll: () => void;
}

/**
 * Arrow keys, Home, End, page keys, each with Shift for all up to there; Ctrl/Cmd+A for all; typing the beginning of a name; Enter and Space
 * choose the first where none is.
 */
export function useListKeys({ images, selectedIndex, pageRows, onSelect, onExtend, onSelectAll }: ListKeys) {
  const typed = useRef({ word: '', at: 0 });
  const last = images.length - 1;
  const moves: Record<string, number> = {
    ArrowDown: selectedIndex + 1,
    ArrowUp: selectedIndex === -1 ? 0 : selectedIndex - 1,
    PageDown: selectedIndex + pageRows,
    PageUp: selectedIndex - pageRows,
    Home: 0,
    End: last,
  };

  const find = (letter: string): number => {
    const now = performance.now();
    const isSameWord = now - typed.current.at < WORD_MS;
    const word = (isSameWord ? typed.current.word : '') + letter.toLowerCase();
    typed.current = { word, at: now };
    // A new word begins after the selected image, so that one letter typed again moves to the next name.
    const start = isSameWord ? Math.max(0, selectedIndex) : selectedIndex + 1;
    const startsWith = ({ name }: ImageSummary) => name.toLowerCase().startsWith(word);
    const after = images.findIndex((image, index) => index >= start && startsWith(image));
    return after === -1 ? images.findIndex(startsWith) : after;
  };

  return (event: KeyboardEvent) => {
    if (event.altKey || last < 0) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== 'a') return;
      event.preventDefault();
      return onSelectAll();
    }
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      const index = Math.min(last, Math.max(0, move));
      if (event.shiftKey) onExtend(index);
      else onSelect(index);
    } else if (event.key === 'Enter' || (event.key === ' ' && typed.current.word === '')) {
      event.preventDefault();
      if (selectedIndex === -1) onSelect(0);
    } else if (event.key.length === 1 && event.key !== '?') {
      event.preventDefault();
      const found = find(event.key);
      if (found !== -1) onSelect(found);
    }
  };
}
