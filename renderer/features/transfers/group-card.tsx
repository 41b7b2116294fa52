import { memo, useId, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { JobInfo } from '../../../shared/transfer-events.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { commonPlace, groupState, jobsOf, sumsOf } from '../../model/job-groups.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { Fold } from '../../ui/fold.tsx';
import { ReceiptMenu } from '../receipts/receipt-menu.tsx';
import { CardHead, FoldedLine } from './card-head.tsx';
import { ForgetAll, GroupActions } from './group-actions.tsx';
import { endNumbers, GroupProgress } from './group-progress.tsx';
import { GroupRows } from './group-rows.tsx';
import { isWaitedFor, JOB_LOOKS } from './job-summary.ts';
import { OutageNotice } from './outage-notice.tsx';

interface GroupCardProps {
  group: string;
  /** Its images are shown, as long as nobody folds them. */
  startsOpen: boolean;
  /** Finished it is one line, with all the rest folded. */
  folds: boolean;
}

/** Images that were pushed together: one bar, a row for each, and a receipt at the end. */
export const GroupCard = memo(function GroupCard({ group, startsOpen, folds }: GroupCardProps) {
  const { t, format } = useTexts();
  const jobs = useTransfers(useShallow((state) => jobsOf(state, group)));
  const [toggled, setToggled] = useState<boolean>();
  const panelId = useId();
  const isOpen = toggled ?? startsOpen;
  const isFolded = folds && !isOpen;
  const place = commonPlace(jobs.map(({ target }) => target));
  const name = t('transfers.images', { count: jobs.length, formatted: format.count(jobs.length) });
  const label = place === '' ? name : `${name} → ${place}`;
  return (
    <li
      data-testid="group"
      data-card
      data-state={groupState(jobs)}
      className="@container border-b border-line px-3 py-2 last:border-b-0"
    >
      <CardHead
        label={t('transfers.toggleGroup', { name })}
        isOpen={isOpen}
        panelId={panelId}
        onToggle={() => setToggled(!isOpen)}
        wraps={!isFolded}
      >
        {isFolded ? (
          <FoldedGroup jobs={jobs} name={name} place={place} />
        ) : (
          <>
            <p className="min-w-32 flex-1 truncate" title={label}>
              <span className="font-medium">{name}</span>
              {place === '' ? null : (
                <>
                  <span className="sr-only"> {t('transfers.to')} </span>
                  <span aria-hidden className="text-quiet">
                    {' → '}
                  </span>
                  {place}
                </>
              )}
            </p>
            <GroupActions jobs={jobs} />
          </>
        )}
      </CardHead>
      <Fold isOpen={!isFolded}>
        <GroupProgress jobs={jobs} label={label} />
        <Outages jobs={jobs} />
      </Fold>
      <Fold isOpen={isOpen} id={panelId}>
        <GroupRows label={name} jobs={jobs} />
      </Fold>
    </li>
  );
});

function FoldedGroup({ jobs, name, place }: { jobs: readonly JobInfo[]; name: string; place: string }) {
  const texts = useTexts();
  const { t, format } = texts;
  const sums = sumsOf(jobs);
  const counts = { count: sums.done, done: format.count(sums.done), total: format.count(sums.total) };
  const cancelled = { count: sums.cancelled, formatted: format.count(sums.cancelled) };
  return (
    <FoldedLine
      look={JOB_LOOKS[groupState(jobs)]}
      name={name}
      target={place}
      words={[t('transfers.groupPushed', counts), ...endNumbers(jobs, texts)]}
      notice={sums.cancelled === 0 ? undefined : t('transfers.groupCancelled', cancelled)}
      finishedAt={Math.max(...jobs.map(({ finishedAt }) => finishedAt ?? 0))}
    >
      <ReceiptMenu of="transfers" ids={jobs.map(({ id }) => id)} isSmall />
      <ForgetAll jobs={jobs} />
    </FoldedLine>
  );
}

/** Each registry that does not answer, once: all jobs wait for the same try. */
function Outages({ jobs }: { jobs: readonly JobInfo[] }) {
  const silent = Map.groupBy(jobs.filter(isWaitedFor), ({ outage }) => outage?.host ?? outage?.registry);
  return (
    <div className="pt-1 pl-6 empty:hidden">
      {[...silent].map(([host, [job]]) =>
        job?.outage === undefined ? null : (
          <OutageNotice key={`${host} ${job.outage.nextTryAt}`} job={job} outage={job.outage} />
        ),
      )}
    </div>
  );
}
