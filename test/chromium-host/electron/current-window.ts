/** What the parts of the stand-in that are global in Electron need of the page here. */
interface CurrentPage {
  writeClipboard(text: string): Promise<void>;
  applyTheme(source: 'system' | 'light' | 'dark'): Promise<void>;
  forcefullyCrashRenderer(): void;
}

interface CurrentWindow {
  readonly webContents: CurrentPage;
  close(): void;
}

let window: CurrentWindow | undefined;

/** The one window. */
export function currentWindow(): CurrentWindow | undefined {
  return window;
}

export function setCurrentWindow(current: CurrentWindow): void {
  window = current;
}
