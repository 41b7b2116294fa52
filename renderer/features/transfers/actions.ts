import { useEffect } from 'react';
import { create } from 'zustand';
import type { PushboatError } from '../../../shared/errors.ts';
import { isActive, type JobInfo } from '../../../shared/transfer-events.ts';
import { inBackground, request } from '../../api.ts';
import { undismissLogin } from '../../stores/login.ts';
import { showError } from '../../stores/messages.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { openTrust } from '../../stores/trust.ts';

/** Uploads get a moment to end their chunks; until then it is said that the pause was heard. */
export function pauseJob(jobId: string): void {
  usePausing.setState(({ ids }) => ({ ids: new Set([...ids, jobId]) }));
  inBackground(request('transfers.pause', jobId), showError);
}

/** Jobs that were asked to pause and are still at work. */
const usePausing = create<{ ids: ReadonlySet<string> }>(() => ({ ids: new Set() }));

export function useIsPausing({ id, state }: Pick<JobInfo, 'id' | 'state'>): boolean {
  const isAsked = usePausing(({ ids }) => ids.has(id));
  const isOver = isAsked && !isActive(state);
  useEffect(() => {
    if (isOver) usePausing.setState(({ ids }) => ({ ids: new Set([...ids].filter((other) => other !== id)) }));
  }, [id, isOver]);
  return isAsked && !isOver;
}

/** What an earlier run has left at the registry is closed first: over a slow line that takes a while, and until then it is said to be heard. */
export function resumeJob(jobId: string): void {
  const stand = standOf(jobId);
  useResuming.setState(({ ids }) => ({ ids: new Set([...ids, jobId]) }));
  const stop = useTransfers.subscribe(() => (standOf(jobId) === stand ? undefined : end()));
  const end = () => {
    stop();
    useResuming.setState(({ ids }) => ({ ids: new Set([...ids].filter((other) => other !== jobId)) }));
  };
  request('transfers.resume', jobId).catch((error: PushboatError) => {
    end();
    showError(error);
  });
}

/** Jobs that were asked to go on and still stand as they stood then. */
const useResuming = create<{ ids: ReadonlySet<string> }>(() => ({ ids: new Set() }));

export function useIsResuming({ id }: Pick<JobInfo, 'id'>): boolean {
  return useResuming(({ ids }) => ids.has(id));
}

function standOf(jobId: string): string {
  const job = useTransfers.getState().jobs[jobId];
  return `${job?.state} ${job?.finishedAt}`;
}

/** What a person pushes once more asks again for what it waits for, where that was put off. */
export function askAgain(jobIds: readonly string[]): void {
  for (const id of jobIds) {
    openTrust(id);
    const registry = useTransfers.getState().jobs[id]?.registry;
    if (registry !== undefined) undismissLogin(registry);
  }
}

/** Gives up a transfer of an earlier start, and takes it off the list. */
export function discardJob(jobId: string): void {
  const done = request('transfers.cancel', jobId).then(() => request('transfers.forget', jobId));
  inBackground(done, showError);
}
