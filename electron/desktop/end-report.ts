import { isFinished, type JobInfo } from '../../shared/transfer-events.ts';
import type { DesktopText } from './text.ts';

/** Whether a job is over now and was not before; what a person has cancelled is no news. */
export function hasEnded(before: JobInfo | undefined, job: JobInfo): boolean {
  return (job.state === 'done' || job.state === 'failed') && before?.state !== job.state;
}

/** What a notification says when a job has ended. Of a group only the last one is told, for all of them. */
export function endReport(
  job: JobInfo,
  all: Iterable<JobInfo>,
  words: ReturnType<DesktopText>,
): { title: string; body: string } | undefined {
  if (job.group === undefined) {
    const title = job.destination
      ? words[job.state === 'done' ? 'exportedTitle' : 'exportFailedTitle']
      : words[job.state === 'done' ? 'doneTitle' : 'failedTitle'];
    return { title, body: job.error === undefined ? job.target : `${job.target}: ${job.error.message}` };
  }
  const group = [...all].filter((each) => each.group === job.group);
  if (!group.every(({ state }) => isFinished(state))) return undefined;
  const done = group.filter(({ state }) => state === 'done').length;
  const title = words[done === group.length ? 'doneTitle' : 'someFailedTitle'];
  return { title, body: words.groupBody(done, group.length) };
}
