import { inBackground, request } from '../../api.ts';
import { showError } from '../../ui/messages-store.ts';

export function pauseJob(jobId: string): void {
  inBackground(request('push.pause', jobId), showError);
}

export function resumeJob(jobId: string): void {
  inBackground(request('push.resume', jobId), showError);
}

/** Gives up a push that was cut off, and takes it off the list. */
export function discardJob(jobId: string): void {
  const done = request('push.cancel', jobId).then(() => request('push.forget', jobId));
  inBackground(done, showError);
}
