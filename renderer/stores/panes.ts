import { create } from 'zustand';
import type { Settings } from '../../shared/settings.ts';
import { useSettings } from './settings.ts';

export type Pane = keyof Settings['panes'];

/** Widths while an edge is moved, in pixels; those that are kept are in the settings. */
const useMoving = create<Partial<Record<Pane, number>>>(() => ({}));

/** The width that a person gave a pane; undefined: the one that suits the window. */
export function usePaneWidth(pane: Pane): number | undefined {
  const moving = useMoving((state) => state[pane]);
  const kept = useSettings(({ settings }) => settings.panes[pane]);
  return moving ?? kept;
}

/** Undefined: what is kept counts again. */
export function movePane(pane: Pane, width: number | undefined): void {
  useMoving.setState({ [pane]: width });
}
