import type { JobInfo, TransferEvent } from '../../../shared/transfer-events.ts';
import { texts } from '../../i18n/i18n.ts';
import type { TransfersState } from '../../stores/transfers.ts';
import { announce } from '../../ui/announce.ts';

/** Says what a person who does not look at the bars must know: a change of state, never every step of progress. */
export function announcePushEvents(before: TransfersState, events: readonly TransferEvent[]): void {
  for (const event of events) {
    if (event.type !== 'job' || before.jobs[event.job.id]?.state === event.job.state) continue;
    const text = spokenState(event.job);
    if (text !== undefined) announce(text);
  }
}

function spokenState(job: JobInfo): string | undefined {
  const { imageName: name, target, registry = target } = job;
  switch (job.state) {
    case 'done':
      return texts.t(job.destination ? 'transfers.announceExported' : 'transfers.announceDone', { name, target });
    case 'failed': {
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
