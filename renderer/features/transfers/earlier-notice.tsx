import { Info, Play } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import { useTexts } from '../../i18n/use-texts.ts';
import { isFromEarlier } from '../../model/job-groups.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { Button } from '../../ui/button.tsx';
import { discardJob, resumeJob } from './actions.ts';

/** Above the transfers, while there are some of an earlier start: what became of them, that nothing is lost, and how to continue. */
export function EarlierNotices() {
  return (
    <>
      <EarlierNotice state="interrupted" />
      <EarlierNotice state="paused" />
    </>
  );
}

function EarlierNotice({ state }: { state: 'interrupted' | 'paused' }) {
  const { t, format } = useTexts();
  const ids = useTransfers(
    useShallow(({ order, jobs }) =>
      order.filter((id) => jobs[id] !== undefined && jobs[id].state === state && isFromEarlier(jobs[id])),
    ),
  );
  const hasExports = useTransfers(({ jobs }) => ids.some((id) => jobs[id]?.destination !== undefined));
  const count = ids.length;
  if (count === 0) return null;
  return (
    <div role="note" className="flex flex-wrap items-center gap-2 border-b border-line bg-sunken px-3 py-2">
      <Info aria-hidden size={14} className="shrink-0 text-accent" />
      <p className="min-w-48 flex-1 text-balance">
        {t(`transfers.${state === 'paused' ? 'stillPaused' : 'cutOff'}${hasExports ? 'Exports' : ''}`, {
          count,
          formatted: format.count(count),
        })}
      </p>
      {count === 1 ? null : (
        <div className="flex gap-1">
          <Button size="small" icon={Play} onPress={() => ids.forEach(resumeJob)}>
            {t('transfers.resumeAll')}
          </Button>
          <Button size="small" look="quiet" onPress={() => ids.forEach(discardJob)}>
            {t('transfers.discardAll')}
          </Button>
        </div>
      )}
    </div>
  );
}
