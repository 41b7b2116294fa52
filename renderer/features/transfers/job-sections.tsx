import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useShallow } from 'zustand/react/shallow';
import { useTexts } from '../../i18n/use-texts.ts';
import { type Section, sectionOf, type TransfersState, useTransfers } from '../../stores/transfers.ts';
import { classes } from '../../ui/classes.ts';
import { JobCard } from './job-card.tsx';

/** Finished transfers that are in sight; older ones are folded away. */
const SHOWN_DONE = 3;

/** The transfers, those first that are at work or want something; each moves only when its state changes. */
export function JobSections() {
  const { t } = useTexts();
  const cutOff = useTransfers(useShallow((state) => idsOf(state, 'held').filter((id) => isCutOff(state, id))));
  const running = useTransfers(useShallow((state) => idsOf(state, 'running')));
  const held = useTransfers(useShallow((state) => idsOf(state, 'held').filter((id) => !isCutOff(state, id))));
  const failed = useTransfers(useShallow((state) => idsOf(state, 'failed')));
  const done = useTransfers(useShallow((state) => idsOf(state, 'done')));
  const inSight = [...cutOff, ...running, ...held, ...failed, ...done.slice(0, SHOWN_DONE)];
  const [newest] = useTransfers(useShallow(({ order }) => order.slice(0, 1)));
  return (
    <>
      <ul aria-label={t('transfers.title')}>
        {inSight.map((id) => (
          <JobCard key={id} jobId={id} startsOpen={id === newest} />
        ))}
      </ul>
      <Older ids={done.slice(SHOWN_DONE)} />
    </>
  );
}

function idsOf({ order, jobs }: TransfersState, section: Section): string[] {
  return order.filter((id) => jobs[id] !== undefined && sectionOf(jobs[id]) === section);
}

function isCutOff({ jobs }: TransfersState, id: string): boolean {
  return jobs[id]?.state === 'interrupted';
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
            <JobCard key={id} jobId={id} startsOpen={false} />
          ))}
        </ul>
      ) : null}
    </>
  );
}
