import { Pause, Play, RotateCw, X } from 'lucide-react';
import { memo, useId, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { isActive, isFinished, isHeldBack, type JobInfo, type JobState } from '../../../shared/transfer-events.ts';
import { inBackground, request } from '../../api.ts';
import { type Texts, useTexts } from '../../i18n/use-texts.ts';
import {
  commonPlace,
  groupFraction,
  isUnsigned,
  jobsOf,
  sectionOf,
  sumsOf,
  workedTime,
} from '../../model/job-groups.ts';
import { showError } from '../../stores/messages.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { Bar } from '../../ui/bar.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { ReceiptMenu } from '../receipts/receipt-menu.tsx';
import { pauseJob, resumeJob } from './actions.ts';
import { CardHead, FoldedLine } from './card-head.tsx';
import { GroupRows } from './group-rows.tsx';
import { isBusy, isWaitedFor, JOB_LOOKS, NO_ANSWER, restWords } from './job-summary.ts';
import { OutageNotice } from './outage-notice.tsx';
import { Still, useStillWords } from './still.tsx';
import { useSentAgain } from './use-sent-again.ts';

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
      data-state={stateOf(jobs)}
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
      {isFolded ? null : (
        <>
          <Progress jobs={jobs} label={label} />
          <Outages jobs={jobs} />
        </>
      )}
      {isOpen ? <GroupRows id={panelId} label={name} jobs={jobs} /> : null}
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
      look={JOB_LOOKS[stateOf(jobs)]}
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

/** Once all are over. */
function endNumbers(jobs: readonly JobInfo[], { t, format }: Texts): string[] {
  const sums = sumsOf(jobs);
  const time = workedTime(jobs);
  return [
    ...(time > 0 ? [t('transfers.took', { time: format.duration(time / 1000) })] : []),
    t('transfers.sent', { size: format.bytes(sums.bytesSent) }),
    ...(sums.bytesSaved > 0 ? [t('transfers.saved', { size: format.bytes(sums.bytesSaved) })] : []),
  ];
}

function ForgetAll({ jobs }: { jobs: readonly JobInfo[] }) {
  const { t } = useTexts();
  return <IconButton icon={X} label={t('transfers.forgetAll')} onPress={() => askEach('transfers.forget', jobs)} />;
}

function askEach(channel: 'transfers.cancel' | 'transfers.forget', of: readonly JobInfo[]): void {
  inBackground(Promise.all(of.map(({ id }) => request(channel, id))), showError);
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

/** How the whole group is. */
function stateOf(jobs: readonly JobInfo[]): JobState {
  const section = sectionOf(jobs);
  if (section !== 'running') return section === 'held' ? 'paused' : section;
  const states = new Set(jobs.map(({ state }) => state));
  // What only a person can let go on is said before what goes on by itself.
  return (
    (['needs-login', 'needs-trust', 'running', 'planning'] as const).find((state) => states.has(state)) ?? 'queued'
  );
}

function Progress({ jobs, label }: { jobs: readonly JobInfo[]; label: string }) {
  const texts = useTexts();
  const { t, format } = texts;
  const state = stateOf(jobs);
  const moves = jobs.some(isBusy);
  const isSilent = !moves && jobs.some(isWaitedFor);
  const look = isSilent ? NO_ANSWER : JOB_LOOKS[state];
  const sums = sumsOf(jobs);
  const again = useSentAgain({
    there: sums.bytesThere,
    total: sums.bytesTotal,
    of: `${jobs.length} ${sums.cancelled}`,
  });
  const still = useStillWords(jobs);
  const fraction = groupFraction(jobs);
  const isOver = jobs.every((job) => isFinished(job.state));
  const trouble = (['failed', 'unsigned'] as const).filter((kind) => sums[kind] > 0);
  const failed = trouble.map((kind) =>
    t(kind === 'failed' ? 'transfers.groupFailed' : 'transfers.groupUnsigned', {
      count: sums[kind],
      formatted: format.count(sums[kind]),
    }),
  );
  const pushed = sums.done + sums.unsigned;
  const counts = { count: pushed, done: format.count(pushed), total: format.count(sums.total) };
  const cancelled =
    sums.cancelled > 0
      ? [t('transfers.groupCancelled', { count: sums.cancelled, formatted: format.count(sums.cancelled) })]
      : [];
  const numbers = [...cancelled, ...(isOver ? endNumbers(jobs, texts) : runningNumbers())];
  const stateWords = isSilent ? t('transfers.noAnswer') : t(`jobState.${state}`);
  const parts = [stateWords, t('transfers.groupDone', counts), ...numbers];
  // Who does not answer is said below, with the next try.
  const atWorkParts = isSilent ? parts.slice(1) : parts;
  const shownParts = isOver ? [t('transfers.groupPushed', counts), ...numbers] : atWorkParts;

  function runningNumbers(): string[] {
    const left = sums.bytesTotal - sums.bytesThere;
    const rate = isSilent ? 0 : sums.rate;
    return [
      ...(sums.bytesTotal > 0 ? [format.progress(sums.bytesThere, sums.bytesTotal)] : []),
      ...(state === 'paused' && jobs.every(({ destination }) => destination === undefined)
        ? restWords(sums.bytesThere, sums.bytesTotal, t, format)
        : []),
      ...again,
      ...(rate > 0 ? [format.rate(rate)] : []),
      ...(rate > 0 && !sums.isOpen ? [t('transfers.left', { time: format.duration(left / rate) })] : []),
      ...(sums.bytesSaved > 0 ? [t('transfers.saved', { size: format.bytes(sums.bytesSaved) })] : []),
    ];
  }
  return (
    <div className="space-y-1 pt-0.5 pl-6">
      {isOver ? null : (
        <Bar
          thick
          label={label}
          fraction={fraction}
          valueText={`${format.percent(fraction)}, ${[...parts, ...failed].join(', ')}`}
          tone={look.bar}
        />
      )}
      <p className="flex items-center gap-1.5 text-sm text-quiet tabular">
        {isSilent ? null : (
          <look.icon aria-hidden size={13} className={classes('shrink-0', look.tone, look.turns && 'animate-spin')} />
        )}
        <span className="min-w-0 flex-1 truncate" title={[...shownParts, ...failed, ...still].join(' · ')}>
          <span className={isSilent ? '' : failed.length > 0 && isOver ? 'text-text' : look.tone}>{shownParts[0]}</span>
          {failed.map((part) => (
            <span key={part}>
              {' · '}
              <span className="font-semibold text-bad">{part}</span>
            </span>
          ))}
          {shownParts.slice(1).map((part) => ` · ${part}`)}
          {still.map((part) => (
            <Still key="still" words={part} />
          ))}
        </span>
        {isOver ? null : <span>{format.percent(fraction)}</span>}
      </p>
    </div>
  );
}

function GroupActions({ jobs }: { jobs: readonly JobInfo[] }) {
  const { t, format } = useTexts();
  const ids = (isWanted: (state: JobState) => boolean) =>
    jobs.filter(({ state }) => isWanted(state)).map(({ id }) => id);
  const unsigned = jobs.filter(isUnsigned).map(({ id }) => id);
  const failed = ids((state) => state === 'failed').filter((id) => !unsigned.includes(id));
  const active = ids(isActive);
  const held = ids(isHeldBack);
  const unfinished = jobs.filter(({ state }) => !isFinished(state));
  const all = jobs.map(({ id }) => id);
  return (
    <div data-actions className="flex flex-wrap items-center justify-end gap-1">
      {unsigned.length === 0 ? null : (
        <Button size="small" icon={RotateCw} onPress={() => unsigned.forEach(resumeJob)}>
          {t('signing.againMany', { count: unsigned.length, formatted: format.count(unsigned.length) })}
        </Button>
      )}
      {failed.length === 0 ? null : (
        <Button size="small" icon={RotateCw} onPress={() => failed.forEach(resumeJob)}>
          {t('transfers.pushFailed', { count: failed.length, formatted: format.count(failed.length) })}
        </Button>
      )}
      {unfinished.length === 0 ? <ReceiptMenu of="transfers" ids={all} /> : null}
      {held.length === 0 ? null : (
        <Button size="small" icon={Play} onPress={() => held.forEach(resumeJob)}>
          {t('transfers.resumeAll')}
        </Button>
      )}
      {active.length === 0 ? null : (
        <IconButton icon={Pause} label={t('transfers.pauseAll')} onPress={() => active.forEach(pauseJob)} />
      )}
      {unfinished.length === 0 ? (
        <ForgetAll jobs={jobs} />
      ) : (
        <IconButton icon={X} label={t('transfers.cancelAll')} onPress={() => askEach('transfers.cancel', unfinished)} />
      )}
    </div>
  );
}
