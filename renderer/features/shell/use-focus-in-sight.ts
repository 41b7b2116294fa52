import { useEffect } from 'react';

/** What holds controls, and takes the focus itself where they are gone. */
const PLACES = '[role="dialog"], [role="alertdialog"], [data-pane]';

/** Wait before the focus is looked for, in milliseconds: a dialog that closes gives it back by itself, and so does a list. */
const LOOK_AFTER_MS = 60;

/**
 * Keeps the keyboard where it was when the control that it was at goes away or can no longer be pressed: browsers then begin anew at the top of
 * the page. It goes to the dialog or pane around that control, or to the view that took the pane's place; Tab goes on from there.
 */
export function useFocusInSight(): void {
  useEffect(() => {
    let last: { element: HTMLElement; place: HTMLElement | null } | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const note = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement) last = { element: target, place: target.closest<HTMLElement>(PLACES) };
    };
    const look = () => {
      timer = undefined;
      if (last === undefined || !isFocusLost() || isThere(last.element)) return;
      const place = last.place?.isConnected ? last.place : document.querySelector<HTMLElement>('main [data-pane]');
      const dialog = [...document.querySelectorAll('[role="dialog"], [role="alertdialog"]')].at(-1);
      last = undefined;
      if (dialog === undefined || dialog.contains(place)) place?.focus();
    };
    const observer = new MutationObserver(() => {
      if (last !== undefined && isFocusLost()) timer ??= setTimeout(look, LOOK_AFTER_MS);
    });
    observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] });
    document.addEventListener('focusin', note);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener('focusin', note);
    };
  }, []);
}

function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** A person may have pressed where nothing takes the focus: then it is where it was wanted. */
function isThere(element: HTMLElement): boolean {
  return element.isConnected && !element.matches(':disabled');
}
