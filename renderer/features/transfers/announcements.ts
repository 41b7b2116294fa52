import { isFinished, type JobInfo, type TransferEvent } from '../../../shared/transfer-events.ts';
import { formatCount, formatList } from '../../i18n/format.ts';
import { texts } from '../../i18n/i18n.ts';
import { isUnsigned, jobsOf, sumsOf } from '../../model/job-groups.ts';
import { type TransfersState, useTransfers } from '../../stores/transfers.ts';
import { announce } from '../../ui/announce.ts';

/** Says what a person who does not look at the bars must know: a change of state, never every step of progress. */
export function announcePushEvents(before: TransfersState, events: readonly TransferEvent[]): void {
  for (const event of events) {
    if (event.type !== 'job' || before.jobs[event.job.id]?.state === event.job.state) continue;
    const text = event.job.group === undefined ? spokenState(event.job) : spokenGroup(event.job.group, event.job);
    if (text !== undefined) announce(text);
  }
}

/** Of a group not each image is told, but what it waits for, and how all of it ended. */
function spokenGroup(group: string, job: JobInfo): string | undefined {
  if (!isFinished(job.state)) return spokenState(job);
  const jobs = jobsOf(useTransfers.getState(), group);
  if (!jobs.every(({ state }) => isFinished(state))) return undefined;
  const { done, unsigned, total } = sumsOf(jobs);
  const formatted = (number: number) => formatCount(number, texts.language);
  const count = done + unsigned;
  const pushed = texts.t('transfers.announceGroup', { count, done: formatted(count), total: formatted(total) });
  const notSigned = texts.t('transfers.groupUnsigned', { count: unsigned, formatted: formatted(unsigned) });
  return unsigned === 0 ? pushed : formatList([pushed, notSigned], texts.language);
}

function spokenState(job: JobInfo): string | undefined {
  const { imageName: name, target, registry = target } = job;
  switch (job.state) {
    case 'done':
      return texts.t(job.destination ? 'transfers.announceExported' : 'transfers.announceDone', { name, target });
    case 'failed': {
      if (isUnsigned(job)) return texts.t('transfers.announceUnsigned', { name, target });
      const reason = job.error ? texts.t(`errors.${job.error.code}`) : '';
      const facts = { name, target, reason };
      return texts.t(job.destination ? 'transfers.announceExportFailed' : 'transfers.announceFailed', facts);
    }
    case 'needs-login':
      return texts.t('transfers.announceLogin', { registry });
    case 'needs-trust':
      return texts.t('transfers.announceTrust', { registry });
    default:
      return undefined;
  }
}
