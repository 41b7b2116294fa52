import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useShallow } from 'zustand/react/shallow';
import { useTexts } from '../../i18n/use-texts.ts';
import { isFromEarlier, type Section, sectionOf, shownTransfers } from '../../model/job-groups.ts';
import { type TransfersState, useTransfers } from '../../stores/transfers.ts';
import { classes } from '../../ui/classes.ts';
import { GroupCard } from './group-card.tsx';
import { JobCard } from './job-card.tsx';

/** Finished transfers that are always in sight; older ones are folded. */
const SHOWN_DONE = 3;

/**
 * The transfers: first what an earlier start has left, what is at work, and what is held back, then what is over, the newest first: a person
 * looks there for what became of the last push. Each moves only when its state changes.
 */
export function JobSections() {
  const { t } = useTexts();
  const earlier = useTransfers(useShallow((state) => idsOf(state, 'held', true)));
  const running = useTransfers(useShallow((state) => idsOf(state, 'running')));
  const held = useTransfers(useShallow((state) => idsOf(state, 'held', false)));
  const over = useTransfers(useShallow((state) => idsOf(state, 'over')));
  const done = useTransfers(useShallow((state) => idsOf(state, 'done')));
  const older = done.slice(SHOWN_DONE);
  const inSight = [...earlier, ...running, ...held, ...over.filter((id) => !older.includes(id))];
  const newest = useTransfers((state) => shownTransfers(state)[0]?.id);
  return (
    <>
      <ul aria-label={t('transfers.title')}>
        {inSight.map((id) => (
          <Card key={id} id={id} startsOpen={id === newest} />
        ))}
      </ul>
      <Older ids={older} />
    </>
  );
}

function Card({ id, startsOpen }: { id: string; startsOpen: boolean }) {
  const isJob = useTransfers(({ jobs }) => id in jobs);
  return isJob ? <JobCard jobId={id} startsOpen={startsOpen} /> : <GroupCard group={id} startsOpen={startsOpen} />;
}

function idsOf(state: TransfersState, wanted: Section | 'over', isEarlier?: boolean): string[] {
  const sections: readonly Section[] = wanted === 'over' ? ['failed', 'done'] : [wanted];
  return shownTransfers(state)
    .filter(({ jobs }) => sections.includes(sectionOf(jobs)))
    .filter(({ jobs }) => isEarlier === undefined || jobs.some(isFromEarlier) === isEarlier)
    .map(({ id }) => id);
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
      {isOpen ? (
        <ul id={panelId} aria-label={t('transfers.older')}>
          {ids.map((id) => (
            <Card key={id} id={id} startsOpen={false} />
          ))}
        </ul>
      ) : null}
    </>
  );
}
