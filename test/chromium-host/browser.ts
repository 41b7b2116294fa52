import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page, type Route } from 'playwright-core';
import { chromiumArguments } from './chromium.ts';
import { invokeHandler } from './electron/ipc.ts';
import { session } from './electron/session.ts';
import { chooseFile, chooseFolder, pathOfFile } from './file-paths.ts';
import { hostOptions } from './host-state.ts';
import { HOST_ORIGIN, toAppUrl } from './origin.ts';
import { BINDINGS, pageScript } from './page-script.ts';

export interface WindowState {
  x: number;
  y: number;
  width: number;
  height: number;
  focused: boolean;
}

export interface BrowserOptions {
  preload: string;
  width: number;
  height: number;
  x?: number;
  y?: number;
  maximized: boolean;
  onState: (state: WindowState) => void;
  onPage: (page: Page) => void;
  onStartLoading: () => void;
  /** True: the application does not allow it. */
  onNavigation: (url: string) => boolean;
  onPopup: (url: string) => boolean;
  /** The person closes the window: whether the application lets it. */
  mayClose: () => boolean;
  onGone: () => void;
}

export interface HostBrowser {
  page: Page;
  /** A new page in place of a crashed one, loaded. */
  replacePage(): Promise<void>;
  chooseFile(): Promise<string[]>;
  chooseFolder(): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts Chromium with one window, the application's page routed to its protocol handler and bound to its IPC. */
export async function openBrowser(options: BrowserOptions): Promise<HostBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'pushboat-window-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: hostOptions.chromium,
    headless: false,
    viewport: null,
    chromiumSandbox: process.getuid?.() !== 0,
    acceptDownloads: false,
    locale: hostOptions.locale,
    // The application ends on these signals and closes the browser itself.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: chromiumArguments({ ...options, x: options.x, y: options.y, debuggingPort: !hostOptions.interactive }),
    ignoreDefaultArgs: ['--enable-automation'],
  });
  const closed = Promise.withResolvers<void>();
  context.on('close', () => {
    closed.resolve();
    void rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).finally(options.onGone);
  });
  await bindPage(context, options);
  await routeRequests(context, options);
  const first = context.pages()[0] ?? (await context.newPage());
  if (!hostOptions.interactive) await announcePort(profile);

  let isReplacing = false;
  const browser: HostBrowser = {
    page: first,
    async replacePage() {
      const crashed = browser.page;
      isReplacing = true;
      const page = await context.newPage();
      isReplacing = false;
      browser.page = page;
      followPage(page, options);
      await page.goto(`${HOST_ORIGIN}/index.html`);
      await crashed.close();
    },
    chooseFile: () => chooseFile(browser.page),
    chooseFolder: () => chooseFolder(browser.page),
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  followPage(first, options);
  context.on('page', (popup) => {
    // Here the page's `window.open` has given it a window object already; it is empty and closed at once.
    if (!isReplacing && options.onPopup(popup.url())) void popup.close();
  });
  return browser;
}

async function bindPage(context: BrowserContext, { preload, onState }: BrowserOptions): Promise<void> {
  // As JSON: what Playwright takes apart itself takes seconds where Electron takes a moment, with thousands of images.
  await context.exposeBinding(BINDINGS.invoke, async ({ frame }, channel: string, ...input: unknown[]) => {
    const senderFrame = { url: toAppUrl(frame.url()), parent: frame.parentFrame() };
    return JSON.stringify(await invokeHandler({ senderFrame }, channel, input));
  });
  await context.exposeBinding(BINDINGS.pathOf, ({ page }, id: number) => pathOfFile(page, id));
  await context.exposeBinding(BINDINGS.state, (_source, state: WindowState) => onState(state));
  await context.addInitScript({ content: pageScript(await readFile(preload, 'utf8'), hostOptions.interactive) });
}

async function routeRequests(context: BrowserContext, { onNavigation, onStartLoading }: BrowserOptions): Promise<void> {
  // The page has no way to the network, not even by mistake.
  await context.route('**/*', async (route) => {
    const request = route.request();
    if (request.isNavigationRequest()) onNavigation(request.url());
    await route.abort('aborted');
  });
  await context.route(`${HOST_ORIGIN}/**`, async (route) => {
    if (route.request().isNavigationRequest()) onStartLoading();
    await serveFromProtocol(route);
  });
}

async function serveFromProtocol(route: Route): Promise<void> {
  const request = route.request();
  const handler = session.defaultSession.protocol.handlerOf('pushboat');
  if (handler === undefined) {
    await route.abort('failed');
    return;
  }
  const response = await handler({ url: toAppUrl(request.url()), method: request.method() });
  await route.fulfill({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  });
}

function followPage(page: Page, { onPage, mayClose }: BrowserOptions): void {
  onPage(page);
  if (!hostOptions.interactive) return;
  // With a listener Playwright leaves the page's dialogs to the person; leaving the page is the application's question.
  page.on('dialog', (dialog) => {
    if (dialog.type() !== 'beforeunload') return;
    void (mayClose() ? dialog.accept() : dialog.dismiss());
  });
}

/** Tells the test that started the host where its own Playwright can connect. */
async function announcePort(profile: string): Promise<void> {
  const file = join(profile, 'DevToolsActivePort');
  for (let tries = 0; tries < 100; tries++) {
    const port = await readFile(file, 'utf8').then(
      (text) => text.split('\n')[0],
      () => undefined,
    );
    if (port !== undefined && port !== '') {
      process.send?.({ event: 'browser', endpoint: `http://127.0.0.1:${port}` });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Chromium did not say on which port it can be debugged');
}
