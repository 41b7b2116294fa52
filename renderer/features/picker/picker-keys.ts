import type { KeyboardEvent } from 'react';
import type { TargetPart } from '../../model/target-parts.ts';
import type { Offer } from './offers.ts';

interface Picker {
  isOpen: boolean;
  marked: Offer | undefined;
  /** What the marked offer adds to the text at its end. */
  ghost: string;
  /** At the cursor. */
  part: TargetPart;
  open: () => void;
  close: () => void;
  step: (by: 1 | -1) => void;
  take: (offer: Offer) => void;
  /** To the part before this one; false where there is none. */
  goBack: () => boolean;
}

/**
 * Keys of a target's field: the arrow keys open the list and move in it, Enter takes what is marked, Tab and → at the end of the text take what
 * it adds, Shift+Tab goes a part back, and Esc closes the list and nothing else.
 */
export function onPickerKey(event: KeyboardEvent<HTMLInputElement>, picker: Picker): void {
  const { isOpen, marked, ghost, part, open, close, step, take, goBack } = picker;
  const arrow = event.altKey ? undefined : ARROWS[event.key];
  if (arrow !== undefined) {
    event.preventDefault();
    if (isOpen) step(arrow);
    else open();
  } else if (!isOpen) {
    return;
  } else if (event.key === 'Escape') {
    event.stopPropagation();
    close();
  } else if (marked && takes(event, ghost)) {
    event.preventDefault();
    take(marked);
  } else if (event.key === 'Tab' && event.shiftKey && part !== 'registry' && goBack()) {
    event.preventDefault();
  }
}

const ARROWS: Record<string, 1 | -1 | undefined> = { ArrowDown: 1, ArrowUp: -1 };

function takes(event: KeyboardEvent<HTMLInputElement>, ghost: string): boolean {
  if (event.key === 'Enter') return !event.ctrlKey && !event.metaKey;
  const { selectionStart, value } = event.currentTarget;
  const completes = event.key === 'Tab' || event.key === 'ArrowRight';
  return completes && !event.shiftKey && selectionStart === value.length && ghost !== '';
}
