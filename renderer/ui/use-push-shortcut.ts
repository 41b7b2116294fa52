import { useEffect, useRef } from 'react';
import { arePressed } from './keys.tsx';

/**
 * Ctrl+Enter (Cmd+Enter on macOS) pushes, from anywhere in the window but a dialog. All who use it hear of it.
 * @param hasSheet a dialog of what is pushed lies open: then from there
 */
export function usePushShortcut(push: () => void, hasSheet = false): void {
  const latest = useRef({ push, hasSheet });
  useEffect(() => {
    latest.current = { push, hasSheet };
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!arePressed(['MOD', 'Enter'], event)) return;
      const dialogs = document.querySelectorAll('[role="dialog"], [role="alertdialog"]').length;
      if (dialogs > (latest.current.hasSheet ? 1 : 0)) return;
      event.preventDefault();
      event.stopPropagation();
      latest.current.push();
    };
    // Before the fields see it: the suggestions would take Enter as a choice.
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);
}
