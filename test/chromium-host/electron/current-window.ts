import type { BrowserWindow } from './window.ts';

let window: BrowserWindow | undefined;

/** The one window, for the parts of the stand-in that are global in Electron and belong to a page here. */
export function currentWindow(): BrowserWindow | undefined {
  return window;
}

export function setCurrentWindow(current: BrowserWindow): void {
  window = current;
}
