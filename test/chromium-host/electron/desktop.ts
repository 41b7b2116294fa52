import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { dirname } from 'node:path';
import { hostOptions, recorded } from '../host-state.ts';
import { currentWindow } from './current-window.ts';

export const clipboard = {
  async writeText(text: string): Promise<void> {
    recorded.clipboard = text;
    if (hostOptions.interactive) await currentWindow()?.webContents.writeClipboard(text);
  },
};

export const shell = {
  async openExternal(url: string): Promise<void> {
    recorded.openedUrls.push(url);
    if (!hostOptions.interactive) return;
    const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
    spawn(opener, [url], { stdio: 'ignore', detached: true })
      .on('error', () => console.log(url))
      .unref();
  },
  showItemInFolder(path: string): void {
    recorded.shownPaths.push(path);
    if (hostOptions.interactive) void this.openExternal(dirname(path));
  },
};

type ThemeSource = 'system' | 'light' | 'dark';

export const nativeTheme = {
  source: 'system' as ThemeSource,
  get themeSource(): ThemeSource {
    return this.source;
  },
  set themeSource(source: ThemeSource) {
    this.source = source;
    void currentWindow()?.webContents.applyTheme(source);
  },
  get shouldUseDarkColors(): boolean {
    return this.source === 'dark';
  },
};

/** The computer of a test sleeps when the test says so. */
export const powerMonitor = new EventEmitter();

export const powerSaveBlocker = {
  start(): number {
    recorded.awake += 1;
    return recorded.awake;
  },
  stop(): void {
    recorded.awake -= 1;
  },
};

export class Notification extends EventEmitter {
  static isSupported(): boolean {
    return true;
  }
  readonly #options: { title: string; body: string };

  constructor(options: { title: string; body: string }) {
    super();
    this.#options = options;
  }

  show(): void {
    recorded.notifications.push(this.#options);
  }
}

export const screen = {
  getDisplayMatching(bounds: { x: number; y: number; width: number; height: number }) {
    return { workArea: bounds };
  },
};
