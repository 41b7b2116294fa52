import { type FocusEvent, type RefObject, useEffect, useRef } from 'react';

/** Where the focus was: the button itself, and the job that it belonged to. */
interface Place {
  element: HTMLElement;
  card: HTMLElement | null;
  /** Of the card among the others, for when it goes away itself. */
  index: number;
}

/**
 * Keeps the keyboard's place among the transfers. Their buttons come and go as jobs change, and a browser sets the focus back to the
 * page's beginning when what has it goes away or is moved: it then goes to the job's first button, or to the job that took its place.
 * Spread over the element around the cards.
 */
export function useKeptFocus() {
  const ref = useRef<HTMLDivElement>(null);
  const place = useRef<Place>(null);
  useEffect(() => {
    const around = ref.current;
    if (around === null) return;
    // Of any card: they are rendered by themselves, so no component hears of all their changes.
    const observer = new MutationObserver(() => keepFocus(around, place));
    observer.observe(around, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, []);
  return {
    ref,
    onFocus: ({ target }: FocusEvent<HTMLElement>) => {
      const card = target.closest<HTMLElement>(CARD);
      place.current = { element: target, card, index: card === null ? 0 : cardsOf(ref.current).indexOf(card) };
    },
    // React tells of no blur while it removes or moves elements: this is a person who goes elsewhere.
    onBlur: () => {
      place.current = null;
    },
  };
}

const CARD = '[data-card]';

function cardsOf(around: HTMLElement | null): HTMLElement[] {
  return [...(around?.querySelectorAll<HTMLElement>(CARD) ?? [])];
}

function keepFocus(around: HTMLElement, { current: place }: RefObject<Place | null>): void {
  if (place === null || (document.activeElement !== null && document.activeElement !== document.body)) return;
  if (place.element.isConnected) {
    place.element.focus();
    return;
  }
  const cards = cardsOf(around);
  const card = place.card?.isConnected ? place.card : (cards[place.index] ?? cards.at(-1));
  (card?.querySelector<HTMLElement>('[data-actions] button') ?? around).focus();
}
