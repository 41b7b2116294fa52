import { isFinished, type JobInfo } from '../../../shared/transfer-events.ts';
import { type Texts, useTexts } from '../../i18n/use-texts.ts';
import { groupFraction, groupState, sumsOf, workedTime } from '../../model/job-groups.ts';
import { Bar } from '../../ui/bar.tsx';
import { classes } from '../../ui/classes.ts';
import { isBusy, isWaitedFor, JOB_LOOKS, NO_ANSWER, restWords } from './job-summary.ts';
import { Still, useStillWords } from './still.tsx';
import { useSentAgain } from './use-sent-again.ts';

/** The bar of a group, and its numbers in words. */
export function GroupProgress({ jobs, label }: { jobs: readonly JobInfo[]; label: string }) {
  const texts = useTexts();
  const { t, format } = texts;
  const state = groupState(jobs);
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

/** Once all are over. */
export function endNumbers(jobs: readonly JobInfo[], { t, format }: Texts): string[] {
  const sums = sumsOf(jobs);
  const time = workedTime(jobs);
  return [
    ...(time > 0 ? [t('transfers.took', { time: format.duration(time / 1000) })] : []),
    t('transfers.sent', { size: format.bytes(sums.bytesSent) }),
    ...(sums.bytesSaved > 0 ? [t('transfers.saved', { size: format.bytes(sums.bytesSaved) })] : []),
  ];
}
