import { app, type BrowserWindow } from 'electron';
import type { Settings } from '../../shared/settings.ts';
import { isFinished } from '../../shared/transfer-events.ts';
import type { Services } from '../services.ts';
import type { Log } from './log.ts';
import { boundsOf } from './window.ts';

/** How long the end may take to cancel transfers, in milliseconds; a registry that does not answer must not keep us. */
const CLOSE_WITHIN_MS = 5000;

export interface EndOptions {
  ending: AbortController;
  log: Log;
  /** Otherwise running transfers are paused, and offered again at the next start. */
  cancelRunning: boolean;
}

/** Remembers the window's place, releases everything, and exits. */
export async function end(
  window: BrowserWindow,
  services: Services,
  { ending, log, cancelRunning }: EndOptions,
): Promise<void> {
  const place = boundsOf(window);
  ending.abort();
  window.hide();
  const closed = closeServices(services, place, cancelRunning);
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CLOSE_WITHIN_MS);
  try {
    await Promise.race([closed, late]);
  } catch (thrown) {
    log.write('error', 'closing', { message: String(thrown) });
  } finally {
    clearTimeout(timer);
    app.exit(0);
  }
}

async function closeServices(services: Services, place: Settings['window'], cancelRunning: boolean): Promise<void> {
  const { settings, transfers } = services;
  await settings.update((current) => ({ ...current, window: place }));
  const unfinished = transfers.list().filter(({ job }) => !isFinished(job.state));
  if (cancelRunning) await Promise.all(unfinished.map(({ job }) => transfers.cancel(job.id)));
  else transfers.pauseAll();
  await services.close();
}
