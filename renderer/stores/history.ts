import { create } from 'zustand';

/** How often the history has grown since the window is open: whoever shows it reads it again. */
export const useHistory = create<{ changes: number }>(() => ({ changes: 0 }));

export function historyChanged(): void {
  useHistory.setState(({ changes }) => ({ changes: changes + 1 }));
}
