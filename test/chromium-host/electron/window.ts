import { EventEmitter } from 'node:events';
import { recorded } from '../host-state.ts';
import { app } from './app.ts';
import { setCurrentWindow } from './current-window.ts';
import { WebContents } from './web-contents.ts';

interface Bounds {
  width: number;
  height: number;
  x?: number;
  y?: number;
}

export interface WindowOptions extends Bounds {
  minWidth: number;
  minHeight: number;
  webPreferences: { preload: string };
}

/** One Chromium window in `--app` mode. The browser starts with it, and ends with it. */
export class BrowserWindow extends EventEmitter {
  readonly webContents: WebContents;
  #bounds: Bounds;
  #maximized = false;
  #focused = false;
  #destroyed = false;

  constructor(options: WindowOptions) {
    super();
    const { width, height, x, y } = options;
    this.#bounds = { width, height, ...(x === undefined || y === undefined ? {} : { x, y }) };
    this.webContents = new WebContents(options.webPreferences.preload, {
      placement: () => ({ ...this.#bounds, maximized: this.#maximized }),
      onState: ({ focused, ...bounds }) => {
        this.#focused = focused;
        // A maximised window's place is not what to remember.
        if (!this.#maximized) this.#bounds = bounds;
      },
      onLoaded: () => this.emit('ready-to-show'),
      onGone: () => this.#gone(),
      mayClose: () => this.#mayClose(),
    });
    setCurrentWindow(this);
    app.closeWindow = () => this.close();
    app.emit('web-contents-created', {}, this.webContents);
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }

  /** As the window's close button: the application may prevent it. */
  close(): void {
    if (this.#mayClose()) void this.webContents.end().then(() => this.#gone());
  }

  maximize(): void {
    this.#maximized = true;
  }

  isMaximized(): boolean {
    return this.#maximized;
  }

  isMinimized(): boolean {
    return false;
  }

  isFocused(): boolean {
    return this.#focused;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  getNormalBounds(): Bounds {
    return { ...this.#bounds };
  }

  setProgressBar(progress: number): void {
    recorded.progress = progress;
  }

  show(): void {}

  hide(): void {}

  restore(): void {}

  focus(): void {
    this.webContents.bringToFront();
  }

  #mayClose(): boolean {
    let prevented = false;
    this.emit('close', {
      preventDefault: () => {
        prevented = true;
      },
    });
    return !prevented;
  }

  /** The person closed the browser's window, or it crashed whole: nothing is left that the application could show itself in. */
  #gone(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    app.closeWindow = undefined;
    this.emit('closed');
    app.quit();
  }
}
