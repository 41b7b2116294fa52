import { app, type BrowserWindow, Notification, powerMonitor, powerSaveBlocker } from 'electron';
import { isActive, type JobInfo, type TransferEvent } from '../../shared/transfer-events.ts';
import type { Services } from '../services.ts';
import type { TransferService } from '../transfers/types.ts';
import { endReport, hasEnded } from './end-report.ts';
import type { DesktopText } from './text.ts';

/**
 * What the system shows of transfers: the computer stays awake while they run, the taskbar or dock has their progress,
 * and a notification tells of the end when the window is not in front. Returns the function that stops it.
 */
export function showTransfersToSystem(
  transfers: TransferService,
  window: BrowserWindow,
  text: DesktopText,
): () => void {
  const jobs = new Map(transfers.list().map(({ job }) => [job.id, job]));
  const awake = new StayAwake();
  const update = (): void => {
    const active = [...jobs.values()].filter(({ state }) => isActive(state));
    awake.set(active.length > 0);
    if (!window.isDestroyed()) window.setProgressBar(progressOf(active));
  };
  const unsubscribe = transfers.subscribe((events) => {
    for (const event of events) {
      const before = 'job' in event ? jobs.get(event.job.id) : undefined;
      applyEvent(jobs, event);
      if (event.type === 'job' && hasEnded(before, event.job)) notifyOfEnd(event.job, jobs.values(), window, text);
    }
    update();
  });
  update();
  return () => {
    unsubscribe();
    awake.set(false);
  };
}

/** Before the computer sleeps uploads are left where they are; afterwards they continue. Returns the function that stops it. */
export function followSleep(services: Services): () => void {
  const onSuspend = (): void => services.sleep();
  const onResume = (): void => services.wake();
  powerMonitor.on('suspend', onSuspend).on('resume', onResume);
  return () => {
    powerMonitor.off('suspend', onSuspend).off('resume', onResume);
  };
}

function applyEvent(jobs: Map<string, JobInfo>, event: TransferEvent): void {
  switch (event.type) {
    case 'job':
      jobs.set(event.job.id, event.job);
      return;
    case 'removed':
      jobs.delete(event.jobId);
      return;
    case 'layers':
      return;
  }
}

/** 0 to 1; -1 removes the bar, 2 is the moving bar of unknown length (BrowserWindow.setProgressBar). */
function progressOf(active: JobInfo[]): number {
  if (active.length === 0) return -1;
  const total = active.reduce((sum, job) => sum + job.bytesTotal, 0);
  const done = active.reduce((sum, job) => sum + job.bytesSent + job.bytesSaved, 0);
  return total === 0 ? 2 : Math.min(1, done / total);
}

function notifyOfEnd(job: JobInfo, all: Iterable<JobInfo>, window: BrowserWindow, text: DesktopText): void {
  if (window.isDestroyed() || window.isFocused() || !Notification.isSupported()) return;
  const report = endReport(job, all, text());
  if (report === undefined) return;
  const notification = new Notification(report);
  notification.on('click', () => bringToFront(window));
  notification.show();
}

export function bringToFront(window: BrowserWindow): void {
  if (window.isDestroyed()) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
  if (process.platform === 'darwin') app.focus({ steal: true });
}

class StayAwake {
  #id: number | undefined;

  set(on: boolean): void {
    if (on === (this.#id !== undefined)) return;
    if (this.#id === undefined) {
      this.#id = powerSaveBlocker.start('prevent-app-suspension');
      return;
    }
    powerSaveBlocker.stop(this.#id);
    this.#id = undefined;
  }
}
