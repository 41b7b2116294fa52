import { useEffect, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { BlobState, JobInfo } from '../../../shared/transfer-events.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { isBusy } from './job-summary.ts';

/** So long nothing may move without a word about it: a registry takes its time to commit what it got. Seconds. */
const NOTICED = 5;

/** What moves by what the other side does. */
export const IN_TRAFFIC: readonly BlobState[] = ['checking', 'uploading', 'committing', 'retrying'];

/**
 * Says for how long nothing of transfers has moved that are sending, once it is worth words; empty otherwise. A line that is stalled is no outage
 * before a timeout says so, and until then a bar that stands still looks like a window that hangs.
 */
export function useStillWords(jobs: readonly JobInfo[]): string[] {
  const { t, format } = useTexts();
  const busy = jobs.filter((job) => job.state === 'running' && isBusy(job)).map(({ id }) => id);
  const rows = useTransfers(useShallow(({ layers }) => busy.map((id) => layers[id]?.byDigest)));
  const isSending = rows.some((each) => Object.values(each ?? {}).some(({ state }) => IN_TRAFFIC.includes(state)));
  const seconds = useSecondsSince(rows, isSending);
  return seconds < NOTICED ? [] : [t('transfers.still', { time: format.duration(seconds) })];
}

/** Behind the numbers of a transfer that does not move. */
export function Still({ words }: { words: string }) {
  return (
    <>
      {' · '}
      <span className="text-warn">{words}</span>
    </>
  );
}

/** Whole seconds since `moved` was another, while `isRunning`. */
function useSecondsSince(moved: unknown, isRunning: boolean): number {
  const [counted, setCounted] = useState({ moved, seconds: 0 });
  useEffect(() => {
    if (!isRunning) return undefined;
    const began = Date.now();
    const timer = setInterval(() => setCounted({ moved, seconds: Math.floor((Date.now() - began) / 1000) }), 1000);
    return () => clearInterval(timer);
  }, [moved, isRunning]);
  return isRunning && counted.moved === moved ? counted.seconds : 0;
}
