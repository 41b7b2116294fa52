import { useEffect, useRef } from 'react';
import { arePressed } from './keys.tsx';

/** Ctrl+Enter (Cmd+Enter on macOS) pushes, from anywhere in the window but a dialog. All who use it hear of it. */
export function usePushShortcut(push: () => void): void {
  const latest = useRef(push);
  useEffect(() => {
    latest.current = push;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!arePressed(['MOD', 'Enter'], event)) return;
      if (document.querySelector('[role="dialog"], [role="alertdialog"]')) return;
      event.preventDefault();
      event.stopPropagation();
      latest.current();
    };
    // Before the fields see it: the suggestions would take Enter as a choice.
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);
}
