import { inBackground, request } from '../../api.ts';
import { showError } from '../../stores/messages.ts';

export function pauseJob(jobId: string): void {
  inBackground(request('transfers.pause', jobId), showError);
}

export function resumeJob(jobId: string): void {
  inBackground(request('transfers.resume', jobId), showError);
}

/** Gives up a push that was cut off, and takes it off the list. */
export function discardJob(jobId: string): void {
  const done = request('transfers.cancel', jobId).then(() => request('transfers.forget', jobId));
  inBackground(done, showError);
}
