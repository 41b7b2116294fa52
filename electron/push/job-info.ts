import type { JobInfo } from '../../shared/push-events.ts';
import { absolutePath } from '../destinations/destination-path.ts';
import { type JobTarget, targetText } from './job-target.ts';
import type { JobRows } from './rows.ts';

/** What a job knows of itself, beside its rows. */
export type JobFacts = Pick<JobInfo, 'id' | 'imageId' | 'imageName' | 'state' | 'createdAt'> & {
  target: JobTarget;
} & { [K in 'startedAt' | 'finishedAt' | 'login' | 'error' | 'result']: JobInfo[K] | undefined };

/** The job as it is told: its facts, and the sums and the rate of its rows. */
export function jobInfo(rows: JobRows, facts: JobFacts): JobInfo {
  const { target, startedAt, finishedAt, login, error, result, ...rest } = facts;
  const { total, sent, saved } = rows.sums();
  const rate = facts.state === 'running' ? rows.meter.rate() : 0;
  return {
    ...rest,
    target: targetText(target),
    ...whereTo(target),
    bytesTotal: total,
    bytesSent: sent,
    bytesSaved: saved,
    rate,
    ...(rate > 0 ? { etaSeconds: (total - sent - saved) / rate } : {}),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(login ? { login } : {}),
    ...(error ? { error } : {}),
    ...(result ? { result } : {}),
  };
}

function whereTo(target: JobTarget): Pick<JobInfo, 'registry' | 'destination'> {
  if (target.kind === 'registry') return { registry: target.reference.registry };
  const { transport } = target.destination;
  const path = absolutePath(target.destination);
  return { destination: { transport, ...(path === undefined ? {} : { path }) } };
}
