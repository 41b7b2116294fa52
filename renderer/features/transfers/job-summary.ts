import type { TFunction } from 'i18next';
import { isAtWork, type JobInfo } from '../../../shared/transfer-events.ts';

interface Formats {
  bytes: (bytes: number) => string;
  rate: (bytesPerSecond: number) => string;
  progress: (sent: number, total: number) => string;
  duration: (seconds: number) => string;
}

/** Part of the job that is done, 0 to 1: what was sent and what need not be. */
export function jobFraction({ state, bytesTotal, bytesSent, bytesSaved }: JobInfo): number {
  if (state === 'done') return 1;
  if (bytesTotal === 0) return 0;
  return Math.min(1, (bytesSent + bytesSaved) / bytesTotal);
}

/** The job's state in words, and its numbers; every part that is known, in the order in which people want them. */
export function jobSummary(job: JobInfo, t: TFunction, format: Formats): string[] {
  const parts = [stateText(job, t)];
  if (job.state === 'done' && job.result) {
    parts.push(t('transfers.took', { time: format.duration(job.result.durationMs / 1000) }));
    const size = format.bytes(job.result.bytesSent);
    parts.push(t(job.destination ? 'transfers.written' : 'transfers.sent', { size }));
    if (job.result.bytesSaved > 0) parts.push(t('transfers.saved', { size: format.bytes(job.result.bytesSaved) }));
    return parts;
  }
  if (job.state === 'queued') return parts;
  if (job.bytesTotal > 0) parts.push(format.progress(job.bytesSent + job.bytesSaved, job.bytesTotal));
  if (job.state === 'running' && job.rate > 0) parts.push(format.rate(job.rate));
  if (job.state === 'running' && job.etaSeconds !== undefined) {
    parts.push(t('transfers.left', { time: format.duration(job.etaSeconds) }));
  }
  if (job.bytesSaved > 0) parts.push(t('transfers.saved', { size: format.bytes(job.bytesSaved) }));
  return parts;
}

function stateText(job: JobInfo, t: TFunction): string {
  if (job.state === 'needs-login') {
    const username = job.login?.tried?.username;
    if (job.login?.denied && username !== undefined) return t('transfers.waitingRights', { username });
    return t('transfers.waitingLogin', { registry: job.registry });
  }
  if (job.destination && isAtWork(job.state)) return t(`exportState.${job.state}`);
  if (job.state === 'needs-trust') return t('transfers.waitingTrust', { registry: job.registry });
  return t(`jobState.${job.state}`);
}
