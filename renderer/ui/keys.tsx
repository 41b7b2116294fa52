import { useSettings } from '../stores/settings.ts';

/** How keys are written that have another name in events; MOD is Cmd on a Mac and Ctrl elsewhere. */
const WRITTEN: Readonly<Record<string, string>> = { MOD: 'Ctrl', Delete: 'Del' };
const WRITTEN_ON_MAC: Readonly<Record<string, string>> = { ...WRITTEN, MOD: '⌘' };

/** A key as it is written on this computer's keyboard. */
export function useKeyNames(): (key: string) => string {
  const isMac = useSettings((state) => state.app?.platform === 'darwin');
  const written = isMac ? WRITTEN_ON_MAC : WRITTEN;
  return (key) => written[key] ?? key;
}

export function Key({ name }: { name: string }) {
  const nameOf = useKeyNames();
  return (
    <kbd className="min-w-6 rounded-sm border border-line-strong bg-sunken px-1.5 text-center font-sans text-sm">
      {nameOf(name)}
    </kbd>
  );
}

/** Keys that are pressed together. */
export function Keys({ names }: { names: readonly string[] }) {
  return (
    <span className="flex shrink-0 gap-1">
      {names.map((name) => (
        <Key key={name} name={name} />
      ))}
    </span>
  );
}

/** Whether an event is that of these keys, and of no more of Ctrl, Cmd, Shift and Alt. */
export function arePressed(
  keys: readonly string[],
  {
    key,
    ctrlKey,
    metaKey,
    shiftKey,
    altKey,
  }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>,
): boolean {
  const isMod = ctrlKey || metaKey;
  if (altKey || isMod !== keys.includes('MOD') || shiftKey !== keys.includes('Shift')) return false;
  return key.toLowerCase() === keys.at(-1)?.toLowerCase();
}
