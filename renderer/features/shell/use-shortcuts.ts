import { useEffect } from 'react';
import { inBackground } from '../../api.ts';
import { showError } from '../../stores/messages.ts';
import { focusSearch, showKeys } from '../../stores/view.ts';
import { arePressed } from '../../ui/keys.tsx';
import { ADD_KEYS, chooseAndAdd } from '../drop/add-paths.ts';

/** Keys that work everywhere: Ctrl/Cmd+F searches, Ctrl/Cmd+O adds images, F6 and Shift+F6 move between the panes, ? lists the keys. */
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
      } else if (arePressed(ADD_KEYS.archives, event) || arePressed(ADD_KEYS.folders, event)) {
        event.preventDefault();
        // A key that is held would open one dialog after the other.
        if (!event.repeat) inBackground(chooseAndAdd(event.shiftKey ? 'folders' : 'archives'), showError);
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

/** What a pane is for: where a person is in it, or what is typed in it. */
const MAIN = '[aria-current="page"], [role="combobox"], input[type="text"]';

const CONTROLS = 'input, button:not([disabled]), [tabindex="0"]:not([role="separator"])';

/**
 * Moves the focus to the next pane in sight: to what it is for, else to its first control, or to itself where it has none. Its edge is none: it is
 * about the pane.
 */
function moveToPane(step: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.offsetParent !== null);
  const current = panes.findIndex((pane) => pane.contains(document.activeElement));
  const start = current === -1 && step === -1 ? 0 : current;
  const pane = panes.at((start + step) % panes.length);
  // A control that this width of the window hides takes no focus, and the way would end there.
  const find = (selector: string) =>
    [...(pane?.querySelectorAll<HTMLElement>(selector) ?? [])].find((control) => control.checkVisibility());
  (find(MAIN) ?? find(CONTROLS) ?? pane)?.focus();
}
