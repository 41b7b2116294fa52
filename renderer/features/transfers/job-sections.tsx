import { ChevronRight } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useShallow } from 'zustand/react/shallow';
import type { JobInfo } from '../../../shared/transfer-events.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { isFromEarlier, type Section, sectionOf, shownTransfers } from '../../model/job-groups.ts';
import { type TransfersState, useTransfers } from '../../stores/transfers.ts';
import { foldFinished, showView, useView } from '../../stores/view.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { collapseRows } from '../../ui/collapse-rows.ts';
import { Fold, useFold } from '../../ui/fold.tsx';
import { resumeJob } from './actions.ts';
import { GroupCard } from './group-card.tsx';
import { JobCard } from './job-card.tsx';

/** Finished transfers that have a line each; older ones are folded to a number. */
const SHOWN_DONE = 6;

/**
 * The transfers: first what an earlier start has left, what is at work, and what is held back, then what is over, the newest first: a person
 * looks there for what became of the last push. Of that the newest is whole, as are failures, which want something done; others are a line.
 * One list, so that a card whose state changes keeps its element, and with it the focus.
 */
export function JobSections({ isWhole }: { isWhole: boolean }) {
  const { t } = useTexts();
  const earlier = useTransfers(useShallow((state) => idsOf(state, 'held', true)));
  const running = useTransfers(useShallow((state) => idsOf(state, 'running')));
  const held = useTransfers(useShallow((state) => idsOf(state, 'held', false)));
  const over = useTransfers(useShallow((state) => idsOf(state, 'over')));
  const done = useTransfers(useShallow((state) => idsOf(state, 'done')));
  const isFolding = useView((state) => state.foldsFinished);
  const { isThere, motion, ref } = useFold<HTMLDivElement>(!isFolding);
  const older = done.slice(SHOWN_DONE);
  const newest = useTransfers((state) => shownTransfers(state)[0]?.id);
  const card = (id: string) => (
    <Card key={id} id={id} startsOpen={id === newest} folds={id !== over[0] && done.includes(id)} />
  );
  return (
    <div ref={ref} data-fold={motion} className="fold-rows">
      <ul ref={collapseRows} aria-label={t('transfers.title')}>
        {earlier.map(card)}
        {isWhole && running.length > 0 ? <Heading section="running" count={running.length} /> : null}
        {running.map(card)}
        {isWhole && held.length > 0 ? (
          <Heading section="held" count={held.length}>
            <ResumeAll ids={held} />
          </Heading>
        ) : null}
        {held.map(card)}
        {over.length > 0 ? <FinishedHeading count={over.length} failed={over.length - done.length} /> : null}
        {isThere ? over.filter((id) => !older.includes(id)).map(card) : null}
      </ul>
      <Fold isOpen={!isFolding}>
        <Older ids={older} />
      </Fold>
    </div>
  );
}

interface CardProps {
  id: string;
  startsOpen: boolean;
  folds: boolean;
}

function Card({ id, ...props }: CardProps) {
  const isJob = useTransfers(({ jobs }) => id in jobs);
  return isJob ? <JobCard jobId={id} {...props} /> : <GroupCard group={id} {...props} />;
}

function idsOf(state: TransfersState, wanted: Section | 'over', isEarlier?: boolean): string[] {
  const sections: readonly Section[] = wanted === 'over' ? ['failed', 'done'] : [wanted];
  const isOver = !['running', 'held'].includes(wanted);
  return shownTransfers(state)
    .sort((a, b) => (isOver ? endOf(b.jobs) - endOf(a.jobs) : 0))
    .filter(({ jobs }) => sections.includes(sectionOf(jobs)))
    .filter(({ jobs }) => isEarlier === undefined || jobs.some(isFromEarlier) === isEarlier)
    .map(({ id }) => id);
}

/** When the last of them ended; epoch milliseconds. */
function endOf(jobs: readonly JobInfo[]): number {
  return Math.max(...jobs.map(({ finishedAt, createdAt }) => finishedAt ?? createdAt));
}

const HEADING_CLASSES = 'flex h-8 items-center gap-2 border-b border-line bg-side px-3';

function Heading({ section, count, children }: { section: 'running' | 'held'; count: number; children?: ReactNode }) {
  const { t, format } = useTexts();
  return (
    <li className={HEADING_CLASSES}>
      <h2 className="section-title flex-1">
        {t(`transfers.sections.${section}`)} <span className="pl-1 font-normal tabular">{format.count(count)}</span>
      </h2>
      {children}
    </li>
  );
}

function ResumeAll({ ids }: { ids: readonly string[] }) {
  const { t } = useTexts();
  const jobIds = useTransfers(
    useShallow((state) =>
      shownTransfers(state)
        .filter(({ id }) => ids.includes(id))
        .flatMap(({ jobs }) => jobs.filter((job) => sectionOf([job]) === 'held').map(({ id }) => id)),
    ),
  );
  if (ids.length < 2) return null;
  return (
    <Button look="link" onPress={() => jobIds.forEach(resumeJob)}>
      {t('transfers.resumeAll')}
    </Button>
  );
}

/** Folds all that is over to this line, and unfolds it. */
function FinishedHeading({ count, failed }: { count: number; failed: number }) {
  const { t, format } = useTexts();
  const isFolding = useView((state) => state.foldsFinished);
  return (
    <li data-over className={classes(HEADING_CLASSES, isFolding && 'border-b-0')}>
      <h2 className="section-title min-w-0 flex-1">
        <AriaButton
          onPress={() => foldFinished(!isFolding)}
          aria-expanded={!isFolding}
          className="-ml-1 flex h-6 max-w-full items-center gap-2 rounded-sm pr-2 hover:bg-hover hover:text-text"
        >
          <ChevronRight aria-hidden size={14} className={classes('mx-0.75 shrink-0', !isFolding && 'rotate-90')} />
          <span className="truncate">
            {t('transfers.sections.over')} <span className="pl-1 font-normal tabular">{format.count(count)}</span>
            {failed === 0 ? null : (
              <span className="font-normal text-bad">
                {` · ${t('transfers.groupFailed', { count: failed, formatted: format.count(failed) })}`}
              </span>
            )}
          </span>
        </AriaButton>
      </h2>
      <Button look="link" onPress={() => showView('history')}>
        {t('transfers.openHistory')}
      </Button>
    </li>
  );
}

function Older({ ids }: { ids: readonly string[] }) {
  const { t, format } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const panelId = useId();
  if (ids.length === 0) return null;
  return (
    <>
      <AriaButton
        onPress={() => setOpen(!isOpen)}
        aria-expanded={isOpen}
        {...(isOpen ? { 'aria-controls': panelId } : {})}
        className="flex h-8 w-full items-center gap-1 border-t border-line px-3 text-left text-sm text-quiet hover:bg-hover hover:text-text"
      >
        <ChevronRight aria-hidden size={14} className={classes('shrink-0', isOpen && 'rotate-90')} />
        {t('transfers.doneFolded', { count: ids.length, formatted: format.count(ids.length) })}
      </AriaButton>
      <Fold isOpen={isOpen} id={panelId}>
        <ul ref={collapseRows} aria-label={t('transfers.older')}>
          {ids.map((id) => (
            <Card key={id} id={id} startsOpen={false} folds />
          ))}
        </ul>
      </Fold>
    </>
  );
}
