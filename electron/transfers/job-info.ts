import type { PushboatError } from '../../shared/errors.ts';
import type { JobInfo, LoginRequest } from '../../shared/transfer-events.ts';
import type { JobProgress } from './progress.ts';
import { absolutePath, type JobTarget, targetText } from './target.ts';

/** What a job knows of itself, besides its rows. */
type JobFacts = Pick<JobInfo, 'id' | 'group' | 'imageId' | 'imageName' | 'state' | 'createdAt'> & {
  target: JobTarget;
} & {
  [K in 'startedAt' | 'finishedAt' | 'login' | 'outage' | 'error' | 'result' | 'isEarlier']: JobInfo[K] | undefined;
};

/** The job as it is told: its facts, and the sums and the rate of its rows. */
export function jobInfo(progress: JobProgress, facts: JobFacts): JobInfo {
  const { target, startedAt, finishedAt, login, outage, error, result, isEarlier, ...rest } = facts;
  const { total, sent, saved } = progress.sums();
  const rate = facts.state === 'running' ? progress.meter.rate() : 0;
  return {
    ...rest,
    target: targetText(target),
    ...whereTo(target),
    bytesTotal: total,
    bytesSent: sent,
    bytesSaved: saved,
    rate,
    etaSeconds: rate > 0 ? (total - sent - saved) / rate : undefined,
    startedAt,
    finishedAt,
    login,
    outage,
    error,
    result,
    isEarlier,
  };
}

function whereTo(target: JobTarget): Pick<JobInfo, 'registry' | 'destination'> {
  if (target.kind === 'registry') return { registry: target.reference.registry };
  const { transport } = target.destination;
  const path = absolutePath(target.destination);
  return { destination: { transport, path } };
}

/** What the person is told when a push waits for a login: the registry's own words, and the login that it refused. */
export function loginRequest(failure: PushboatError, registry: string): LoginRequest {
  const { registryErrors = [], detail, login } = failure.facts;
  const words = registryErrors.map(({ message }) => message).filter((text) => text !== '');
  return {
    registry,
    reason: words.join('; ') || (detail ?? ''),
    tried: login ?? null,
    denied: failure.code === 'DENIED',
  };
}
