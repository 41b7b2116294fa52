import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { DEFAULT_SETTINGS, type Settings } from '../../shared/settings.ts';
import { makeTempDir } from '../fixtures/temp-dir.ts';
import { launchOnChromium } from './chromium-app.ts';
import { openDisplay } from './display.ts';
import { launchElectron, presentElectron } from './electron-app.ts';
import type { RunningApp } from './running-app.ts';

export interface AppOptions {
  /** Over the defaults; written before the start. */
  settings?: Partial<Settings>;
  /** Added to the environment: where stores and engines are. */
  env?: Record<string, string>;
  /** Command-line paths. */
  paths?: string[];
  /** Language of the system. */
  locale?: string;
  /** Folder of an earlier start, to start again with the same data. */
  folder?: string;
  keyring?: boolean;
}

export interface App extends RunningApp, AsyncDisposable {
  /** Home, data and image store of this start. */
  readonly folder: string;
  /** Drops files or folders on the middle of the window, as the file manager does. */
  drop(paths: string[]): Promise<void>;
  /** What its log holds. */
  log(): Promise<string>;
  /** Messages of the page's console that are errors, the CSP's included. */
  readonly problems: string[];
}

/** The longest wait for one thing on the page, in milliseconds. */
const WAIT_MS = 150_000;

/** Starts the built application with a home, data folder and image store of its own. Disposing ends all of it. */
export async function startApp(options: AppOptions = {}): Promise<App> {
  await using cleanup = new AsyncDisposableStack();
  const folder = options.folder ?? cleanup.use(await makeTempDir('app')).path;
  const display = cleanup.adopt(await openDisplay(process.env), (opened) => opened.close());
  await prepare(folder, options.settings);
  const input = {
    env: { ...environment(folder, display.name), ...options.env },
    paths: options.paths ?? [],
    locale: options.locale ?? 'en-US',
    keyring: options.keyring ?? false,
  };
  const electron = presentElectron();
  const app = electron === undefined ? await launchOnChromium(input) : await launchElectron(electron, input);
  cleanup.defer(() => app.close());
  const owned = cleanup.move();
  const close = (): Promise<void> => owned.disposeAsync();
  const { page } = app;
  // Each wait is for something that comes; a busy machine is slow, and the end of the test is the end of the patience.
  page.context().setDefaultTimeout(WAIT_MS);
  return {
    ...app,
    folder,
    problems: collectProblems(page),
    drop: (paths) => drop(page, paths),
    log: () => readFile(join(folder, 'data/logs/pushboat.log'), 'utf8').catch(() => ''),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function prepare(folder: string, settings: Partial<Settings> = {}): Promise<void> {
  for (const name of ['data', 'home', 'images', 'run', 'tmp'])
    await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  const file = join(folder, 'data/settings.json');
  if (existsSync(file)) return;
  await writeFile(file, JSON.stringify({ ...DEFAULT_SETTINGS, imagesStoreDir: join(folder, 'images'), ...settings }));
}

/** Nothing of the person's own logins, settings or proxies reaches the test. */
function environment(folder: string, display: string): NodeJS.ProcessEnv {
  const { PATH, LANG, PUSHBOAT_CHROMIUM, ELECTRON_OVERRIDE_DIST_PATH } = process.env;
  const kept = { PATH, LANG, PUSHBOAT_CHROMIUM, ELECTRON_OVERRIDE_DIST_PATH };
  return {
    ...Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)),
    DISPLAY: display,
    HOME: join(folder, 'home'),
    XDG_RUNTIME_DIR: join(folder, 'run'),
    // What a killed browser leaves goes with the folder.
    TMPDIR: join(folder, 'tmp'),
    PUSHBOAT_DATA_DIR: join(folder, 'data'),
  };
}

async function drop(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: width / 2, y: height / 2, data });
  }
  await session.detach();
}

function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  return problems;
}
