import type { TFunction } from 'i18next';
import {
  Ban,
  CircleArrowRight,
  CircleCheck,
  CircleX,
  Clock,
  KeyRound,
  LoaderCircle,
  type LucideIcon,
  Pause,
  ShieldAlert,
  WifiOff,
} from 'lucide-react';
import { isAtWork, type JobInfo, type JobState } from '../../../shared/transfer-events.ts';

export interface JobLook {
  icon: LucideIcon;
  tone: string;
  bar: 'active' | 'good' | 'quiet' | 'bad' | 'warn';
  /** Its icon turns: it is at work, and no number moves yet. A turning icon beside a moving bar would only cost frames. */
  turns?: true;
}

/** Each state has its own icon: colour alone never tells. */
export const JOB_LOOKS: Record<JobState, JobLook> = {
  queued: { icon: Clock, tone: 'text-quiet', bar: 'quiet' },
  planning: { icon: LoaderCircle, tone: 'text-accent', bar: 'active', turns: true },
  'needs-login': { icon: KeyRound, tone: 'text-warn', bar: 'warn' },
  'needs-trust': { icon: ShieldAlert, tone: 'text-warn', bar: 'warn' },
  running: { icon: CircleArrowRight, tone: 'text-accent', bar: 'active' },
  paused: { icon: Pause, tone: 'text-quiet', bar: 'quiet' },
  interrupted: { icon: Pause, tone: 'text-warn', bar: 'quiet' },
  done: { icon: CircleCheck, tone: 'text-good', bar: 'good' },
  failed: { icon: CircleX, tone: 'text-bad', bar: 'bad' },
  cancelled: { icon: Ban, tone: 'text-quiet', bar: 'quiet' },
};

export const NO_ANSWER: JobLook = { icon: WifiOff, tone: 'text-warn', bar: 'warn' };

export function jobLook(job: JobInfo): JobLook {
  return isWaitedFor(job) ? NO_ANSWER : JOB_LOOKS[job.state];
}

/** Its registry does not answer: it is at work, but nothing moves. */
export function isWaitedFor({ state, outage }: JobInfo): boolean {
  return outage !== undefined && isAtWork(state);
}

/** It is at work, and moves. */
export function isBusy(job: JobInfo): boolean {
  return isAtWork(job.state) && !isWaitedFor(job);
}

interface Formats {
  bytes: (bytes: number) => string;
  rate: (bytesPerSecond: number) => string;
  progress: (sent: number, total: number) => string;
  duration: (seconds: number) => string;
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
  const there = job.bytesSent + job.bytesSaved;
  if (job.bytesTotal > 0) parts.push(format.progress(there, job.bytesTotal));
  if (job.state === 'paused' && job.destination === undefined)
    parts.push(...restWords(there, job.bytesTotal, t, format));
  if (job.state === 'running' && isBusy(job) && job.rate > 0) parts.push(format.rate(job.rate));
  if (job.state === 'running' && isBusy(job) && job.etaSeconds !== undefined) {
    parts.push(t('transfers.left', { time: format.duration(job.etaSeconds) }));
  }
  if (job.bytesSaved > 0) parts.push(t('transfers.saved', { size: format.bytes(job.bytesSaved) }));
  return parts;
}

/** What a push that is paused has still to send: the registry keeps what it got. */
export function restWords(there: number, total: number, t: TFunction, format: Pick<Formats, 'bytes'>): string[] {
  if (there >= total) return [];
  return [t(there === 0 ? 'transfers.restAll' : 'transfers.rest', { size: format.bytes(total - there) })];
}

/** The job's state in words. */
export function stateText(job: JobInfo, t: TFunction): string {
  if (job.state === 'needs-login') {
    const username = job.login?.tried?.username;
    if (job.login?.denied && username !== undefined) return t('transfers.waitingRights', { username });
    return t('transfers.waitingLogin', { registry: job.registry });
  }
  if (isWaitedFor(job)) return t('transfers.noAnswer');
  if (job.destination && isAtWork(job.state)) return t(`exportState.${job.state}`);
  if (job.state === 'needs-trust') return t('transfers.waitingTrust', { registry: job.registry });
  if (job.error?.code === 'NOT_SIGNED' && job.state === 'failed') return t('errors.NOT_SIGNED');
  return t(`jobState.${job.state}`);
}
