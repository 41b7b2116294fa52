import { useEffect } from 'react';
import { focusSearch, showKeys } from '../../stores/view.ts';

/** Keys that work everywhere: Ctrl/Cmd+F searches, F6 and Shift+F6 move between the panes, ? lists the keys. */
export function useShortcuts(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (document.querySelector('[role="dialog"], [role="alertdialog"]')) return;
      if (event.key === 'F6') {
        event.preventDefault();
        moveToPane(event.shiftKey ? -1 : 1);
      } else if (event.key.toLowerCase() === 'f' && (event.ctrlKey || event.metaKey) && !event.altKey) {
        event.preventDefault();
        focusSearch();
      } else if (event.key === '?' && !isTyping(event.target)) {
        event.preventDefault();
        showKeys(true);
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('input, textarea');
}

/** Moves the focus to the next pane in sight: to its first control, or to itself where it has none. Its edge is none: it is about the pane. */
function moveToPane(step: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.offsetParent !== null);
  const current = panes.findIndex((pane) => pane.contains(document.activeElement));
  const start = current === -1 && step === -1 ? 0 : current;
  const pane = panes.at((start + step) % panes.length);
  const controls = pane?.querySelectorAll<HTMLElement>(
    '[aria-current="page"], input, button:not([disabled]), [tabindex="0"]:not([role="separator"])',
  );
  // A control that this width of the window hides takes no focus, and the way would end there.
  const target = [...(controls ?? [])].find((control) => control.checkVisibility());
  (target ?? pane)?.focus();
}
