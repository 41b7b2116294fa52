import { EventEmitter } from 'node:events';
import type { Page } from 'playwright-core';
import { type HostBrowser, openBrowser, type WindowState } from '../browser.ts';
import { HOST_ORIGIN, toHostUrl } from '../origin.ts';
import { PAGE_SIDE } from '../page-script.ts';
import { app } from './app.ts';
import { nativeTheme } from './desktop.ts';

export interface WindowCallbacks {
  placement: () => { width: number; height: number; x?: number; y?: number; maximized: boolean };
  onState: (state: WindowState) => void;
  onLoaded: () => void;
  onGone: () => void;
  mayClose: () => boolean;
}

type OpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' };

/** The page in the window. Calls that are immediate in Electron wait here for the browser, in order. */
export class WebContents extends EventEmitter {
  readonly #preload: string;
  readonly #callbacks: WindowCallbacks;
  #browser: Promise<HostBrowser> | undefined;
  #page: Page | undefined;
  #sending: Promise<unknown> = Promise.resolve();
  #crashed = false;
  #ended = false;
  #mayOpen: OpenHandler = () => ({ action: 'allow' });

  constructor(preload: string, callbacks: WindowCallbacks) {
    super();
    this.#preload = preload;
    this.#callbacks = callbacks;
    app.atExit.push(() => this.end());
  }

  async loadURL(url: string): Promise<void> {
    this.#browser ??= this.#open();
    const { page } = await this.#browser;
    this.#page = page;
    await this.applyTheme(nativeTheme.themeSource);
    await page.goto(toHostUrl(url));
  }

  #open(): Promise<HostBrowser> {
    return openBrowser({
      preload: this.#preload,
      ...this.#callbacks.placement(),
      onState: this.#callbacks.onState,
      onPage: (page) => this.#follow(page),
      onStartLoading: () => this.emit('did-start-loading'),
      onNavigation: (target) => this.#isPrevented('will-navigate', target),
      onPopup: (target) => this.#mayOpen({ url: target }).action === 'deny',
      mayClose: this.#callbacks.mayClose,
      onGone: () => {
        if (!this.#ended) this.#callbacks.onGone();
      },
    });
  }

  #follow(page: Page): void {
    this.#page = page;
    page.on('load', () => {
      if (page === this.#page && page.url().startsWith(HOST_ORIGIN)) this.#loaded();
    });
    page.on('crash', () => {
      this.#crashed = true;
      this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 });
    });
  }

  #loaded(): void {
    this.#crashed = false;
    this.#callbacks.onLoaded();
    this.emit('did-finish-load');
  }

  /** Reloads the page; after a crash in a new page, because Playwright cannot use a crashed one. */
  reload(): void {
    void this.#reload().catch((thrown: unknown) => console.error('reload failed:', thrown));
  }

  async #reload(): Promise<void> {
    const browser = await this.#browser;
    if (browser === undefined) return;
    if (this.#crashed) await browser.replacePage();
    else await this.#page?.reload();
  }

  send(channel: string, ...payload: unknown[]): void {
    const message = JSON.stringify(payload);
    this.#sending = this.#sending.then(async () => {
      await this.#page
        ?.evaluate(
          ([pageSide, name, data]) => {
            const side = (window as unknown as Record<string, { emit(name: string, data: string): void }>)[pageSide];
            side?.emit(name, data);
          },
          [PAGE_SIDE, channel, message] as const,
        )
        // The page is on its way out: as in Electron, nobody hears it.
        .catch(() => undefined);
    });
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#mayOpen = handler;
  }

  isCrashed(): boolean {
    return this.#crashed;
  }

  isDestroyed(): boolean {
    return this.#ended;
  }

  forcefullyCrashRenderer(): void {
    void this.#page?.goto('chrome://crash').catch(() => undefined);
  }

  bringToFront(): void {
    void this.#page?.bringToFront().catch(() => undefined);
  }

  async applyTheme(source: 'system' | 'light' | 'dark'): Promise<void> {
    await this.#page?.emulateMedia({ colorScheme: source === 'system' ? null : source }).catch(() => undefined);
  }

  async writeClipboard(text: string): Promise<void> {
    await this.#page?.evaluate((value) => navigator.clipboard.writeText(value), text).catch(() => undefined);
  }

  async confirm(question: string): Promise<boolean> {
    return (await this.#page?.evaluate((text) => window.confirm(text), question)) ?? false;
  }

  /** Undefined when cancelled. */
  async prompt(question: string, proposed: string): Promise<string | undefined> {
    const ask = ([text, value]: [string, string]) => window.prompt(text, value) ?? undefined;
    return this.#page?.evaluate(ask, [question, proposed] as [string, string]);
  }

  async choosePaths(kind: 'file' | 'folder'): Promise<string[]> {
    const browser = await this.#browser;
    if (browser === undefined) return [];
    return kind === 'file' ? browser.chooseFile() : browser.chooseFolder();
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const browser = await this.#browser;
    await browser?.close();
  }

  #isPrevented(event: string, url: string): boolean {
    let prevented = false;
    this.emit(event, {
      url,
      preventDefault: () => {
        prevented = true;
      },
    });
    return prevented;
  }
}
