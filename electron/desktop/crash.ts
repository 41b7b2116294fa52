import { app, type BrowserWindow, dialog } from 'electron';
import { toPushboatError } from '../../shared/errors.ts';
import type { Log } from './log.ts';
import type { DesktopText } from './text.ts';

/** Reloads of a page that keeps crashing, before it is left alone. */
const MAX_RELOADS = 3;
const RELOADS_WITHIN_MS = 60_000;

/** Bugs of the main process are logged and shown, never swallowed; jobs that can continue do. */
export function reportUncaught(log: Log, text: DesktopText): void {
  const report = (kind: string, thrown: unknown): void => {
    const { code, message, facts } = toPushboatError(thrown);
    log.write('error', kind, { code, message, ...facts, stack: thrown instanceof Error ? thrown.stack : undefined });
    dialog.showErrorBox(text().crashTitle, `${message}\n\n${log.folder}`);
  };
  process.on('uncaughtException', (thrown) => report('uncaught exception', thrown));
  process.on('unhandledRejection', (thrown) => report('unhandled rejection', thrown));
}

export function logChildProcesses(log: Log): void {
  app.on('child-process-gone', (_event, { type, reason, exitCode, name }) => {
    log.write('error', 'child process gone', { type, reason, exitCode, name });
  });
}

/** A page that crashed or hangs is loaded again: jobs run in the main process and continue, and the new page lists them. */
export function recoverPage(window: BrowserWindow, log: Log, text: DesktopText): void {
  const reloads: number[] = [];
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log.write('error', 'page gone', { reason, exitCode });
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = Date.now();
    reloads.push(now);
    if (reloads.filter((time) => now - time < RELOADS_WITHIN_MS).length <= MAX_RELOADS) window.webContents.reload();
  });

  let asking: AbortController | undefined;
  window.on('unresponsive', () => {
    log.write('warning', 'page unresponsive');
    if (asking !== undefined) return;
    asking = new AbortController();
    void askToReload(window, text, asking.signal).finally(() => {
      asking = undefined;
    });
  });
  window.on('responsive', () => asking?.abort());
}

async function askToReload(window: BrowserWindow, text: DesktopText, signal: AbortSignal): Promise<void> {
  const words = text();
  const { response } = await dialog.showMessageBox(window, {
    type: 'warning',
    message: words.unresponsiveMessage,
    detail: words.unresponsiveDetail,
    buttons: [words.reload, words.wait],
    defaultId: 1,
    cancelId: 1,
    signal,
  });
  if (response === 0 && !window.isDestroyed()) {
    // A page in an endless loop does not reload; its process has to end first.
    window.webContents.forcefullyCrashRenderer();
  }
}
