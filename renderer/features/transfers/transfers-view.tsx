import { ArrowUpFromLine, ChevronDown, ChevronUp, Maximize2, Pause } from 'lucide-react';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { isActive } from '../../../shared/transfer-events.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { isFromEarlier, sectionOf, shownTransfers } from '../../model/job-groups.ts';
import { showError } from '../../stores/messages.ts';
import { countActive, type TransfersState, useTransfers } from '../../stores/transfers.ts';
import { showView } from '../../stores/view.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Page } from '../../ui/page.tsx';
import { pauseJob } from './actions.ts';
import { BandwidthChoice } from './bandwidth-choice.tsx';
import { EarlierNotices } from './earlier-notice.tsx';
import { JobSections } from './job-sections.tsx';
import { OverallLine } from './overall-line.tsx';
import { useKeptFocus } from './use-kept-focus.ts';

/** All transfers, over the whole width. */
export function TransfersView() {
  const { t } = useTexts();
  const order = useTransfers((state) => state.order);
  return (
    <Page
      title={t('transfers.title')}
      actions={
        <div className="flex min-w-0 flex-wrap items-center gap-x-2">
          <PauseAll />
          <ClearFinished />
          <BandwidthChoice />
        </div>
      }
    >
      {order.length === 0 ? (
        <EmptyState icon={ArrowUpFromLine} title={t('transfers.none')}>
          <p>{t('transfers.noneBody')}</p>
        </EmptyState>
      ) : (
        <Jobs isWhole />
      )}
    </Page>
  );
}

/** The transfers below the image list; nothing while there are none. */
export function TransfersDock() {
  const { t, format } = useTexts();
  const order = useTransfers((state) => state.order);
  const active = useTransfers(countActive);
  const [isOpen, setOpen] = useState(true);
  const list = useNewestInSight();
  if (order.length === 0) return null;
  return (
    <section
      aria-label={t('panes.transfers')}
      data-pane
      tabIndex={-1}
      className="relative flex max-h-[55%] min-h-0 shrink-0 flex-col border-t border-line bg-surface"
    >
      {isOpen ? null : <OverallLine className="inset-x-0 -top-px" />}
      <div className="flex h-9 shrink-0 items-center gap-1 bg-side pr-2 pl-4">
        <h2 className="section-title flex-1">
          {t('transfers.title')}
          {active === 0 ? '' : ` · ${t('transfers.running', { count: active, formatted: format.count(active) })}`}
        </h2>
        <ClearFinished />
        <BandwidthChoice />
        <IconButton icon={Maximize2} label={t('transfers.showAll')} onPress={() => showView('transfers')} />
        <IconButton
          icon={isOpen ? ChevronDown : ChevronUp}
          label={isOpen ? t('transfers.collapse') : t('transfers.expand')}
          aria-expanded={isOpen}
          onPress={() => setOpen(!isOpen)}
        />
      </div>
      {isOpen ? (
        <div ref={list} className="relative min-h-0 flex-1 overflow-y-auto border-t border-line">
          <Jobs isWhole={false} />
        </div>
      ) : null}
    </section>
  );
}

/** Around the transfers: what was just asked for is seen to begin, at their top. */
function useNewestInSight(): RefObject<HTMLDivElement | null> {
  const list = useRef<HTMLDivElement>(null);
  const seen = useRef(0);
  const newestAt = useTransfers(newestTime);
  useEffect(() => {
    if (newestAt > seen.current) list.current?.scrollTo({ top: 0 });
    seen.current = Math.max(seen.current, newestAt);
  }, [newestAt]);
  return list;
}

/** When the newest transfer of this start was asked for; epoch milliseconds. */
function newestTime({ order, jobs }: TransfersState): number {
  const newest = order.map((id) => jobs[id]).find((job) => job !== undefined && !isFromEarlier(job));
  return newest?.createdAt ?? 0;
}

function Jobs({ isWhole }: { isWhole: boolean }) {
  const keptFocus = useKeptFocus();
  return (
    <div tabIndex={-1} className="outline-none" {...keptFocus}>
      <EarlierNotices />
      <JobSections isWhole={isWhole} />
    </div>
  );
}

/** For when the line is slow and something else needs it; one job has its own button. */
function PauseAll() {
  const { t } = useTexts();
  const ids = useTransfers(useShallow(activeIn));
  if (ids.length < 2) return null;
  return (
    <Button look="quiet" size="small" icon={Pause} onPress={() => ids.forEach(pauseJob)}>
      {t('transfers.pauseAll')}
    </Button>
  );
}

function activeIn({ order, jobs }: TransfersState): string[] {
  return order.filter((id) => jobs[id] !== undefined && isActive(jobs[id].state));
}

function ClearFinished() {
  const { t } = useTexts();
  const any = useTransfers((state) => overIn(state).length > 0);
  if (!any) return null;
  const clear = () => {
    const over = overIn(useTransfers.getState());
    inBackground(Promise.all(over.map((id) => request('transfers.forget', id))), showError);
  };
  return (
    <Button look="quiet" size="small" onPress={clear}>
      {t('transfers.clear')}
    </Button>
  );
}

/** Failed jobs stay, with their whole group: their message has not been dealt with. */
function overIn(state: TransfersState): string[] {
  const over = shownTransfers(state).filter(({ jobs }) => sectionOf(jobs) === 'done');
  return over.flatMap(({ jobs }) => jobs.map(({ id }) => id));
}
