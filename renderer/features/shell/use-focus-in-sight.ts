import { useEffect } from 'react';

const DIALOGS = '[role="dialog"], [role="alertdialog"]';

/** What holds controls, and takes the focus itself where they are gone. */
const PLACES = `${DIALOGS}, [data-pane]`;

/** What gives the focus back when it closes. */
const OVERLAYS = `${DIALOGS}, [role="menu"], [role="listbox"]`;

/** Where the focus was. */
interface Seen {
  element: HTMLElement;
  /** What lies over the window, with the element in it. */
  overlay: HTMLElement | null;
  /** Around the element, and those that had the focus before: a menu is in none, and belongs to where it was opened. */
  places: readonly HTMLElement[];
}

/**
 * Keeps the keyboard where it was when the control that it was at goes away or can no longer be pressed: browsers then begin anew at the top of
 * the page. It goes to the dialog or pane around that control, or to the view that took the pane's place; Tab goes on from there.
 */
export function useFocusInSight(): void {
  useEffect(() => {
    let last: Seen | undefined;
    let frame = 0;
    const note = ({ target }: FocusEvent) => {
      cancelAnimationFrame(frame);
      if (target instanceof HTMLElement) last = seenAt(target, last);
    };
    const keep = () => {
      if (last !== undefined && isLost(last)) focusNear(last.places);
    };
    // An overlay gives the focus back in the frame after it has gone, and only while the focus is nowhere.
    const keepAfterThat = () => {
      frame = requestAnimationFrame(() => {
        frame = requestAnimationFrame(keep);
      });
    };
    const look = () => {
      if (last === undefined || !isLost(last)) return;
      cancelAnimationFrame(frame);
      if (last.overlay !== null && !last.overlay.isConnected) keepAfterThat();
      // After all others who hear of the same change: a list knows better which row comes next.
      else queueMicrotask(keep);
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, {
      childList: true,
      subtree: true,
      attributeFilter: ['disabled', 'hidden', 'inert'],
    });
    document.addEventListener('focusin', note);
    // What is no longer seen, as in a window that became narrow, loses the focus without a change of the page.
    document.addEventListener('focusout', look);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      document.removeEventListener('focusin', note);
      document.removeEventListener('focusout', look);
    };
  }, []);
}

function seenAt(element: HTMLElement, before: Seen | undefined): Seen {
  const place = element.closest<HTMLElement>(PLACES);
  const others = (before?.places ?? []).filter((each) => each !== place);
  const places = [...(place === null ? [] : [place]), ...others].slice(0, MOST_PLACES);
  return { element, overlay: element.closest<HTMLElement>(OVERLAYS), places };
}

/** Dialogs over dialogs, at most, and the pane below them. */
const MOST_PLACES = 4;

/** A person may also have pressed where nothing takes the focus: then it is where it was wanted. */
function isLost({ element }: Seen): boolean {
  const at = document.activeElement;
  return (at === null || at === document.body) && !(isShown(element) && !element.matches(':disabled'));
}

function isShown(element: HTMLElement): boolean {
  return element.isConnected && element.checkVisibility({ visibilityProperty: true });
}

function focusNear(places: readonly HTMLElement[]): void {
  // Of a dialog that is closed the one before counts; of a pane the view that is there now.
  const place = places.find((each) => isShown(each) || !each.matches(DIALOGS));
  const near = place && isShown(place) ? place : document.querySelector<HTMLElement>('main [data-pane]');
  const dialog = [...document.querySelectorAll<HTMLElement>(DIALOGS)].at(-1);
  (dialog === undefined || dialog.contains(near) ? near : dialog)?.focus();
}
