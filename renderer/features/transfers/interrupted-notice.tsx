import { Info, Play } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import { useTexts } from '../../i18n/use-texts.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { Button } from '../../ui/button.tsx';
import { discardJob, resumeJob } from './actions.ts';

/** Above the transfers, while there are some that the end of the application cut off: nothing is lost, and how to continue. */
export function InterruptedNotice() {
  const { t, format } = useTexts();
  const cutOff = useTransfers(useShallow(({ order, jobs }) => order.filter((id) => jobs[id]?.state === 'interrupted')));
  const hasExports = useTransfers(({ jobs }) => cutOff.some((id) => jobs[id]?.destination !== undefined));
  const count = cutOff.length;
  if (count === 0) return null;
  return (
    <div role="note" className="flex flex-wrap items-center gap-2 border-b border-line bg-sunken px-3 py-2">
      <Info aria-hidden size={14} className="shrink-0 text-accent" />
      <p className="min-w-48 flex-1">
        {t(hasExports ? 'transfers.cutOffExports' : 'transfers.cutOff', { count, formatted: format.count(count) })}
      </p>
      {count === 1 ? null : (
        <div className="flex gap-1">
          <Button size="small" icon={Play} onPress={() => cutOff.forEach(resumeJob)}>
            {t('transfers.resumeAll')}
          </Button>
          <Button size="small" look="quiet" onPress={() => cutOff.forEach(discardJob)}>
            {t('transfers.discardAll')}
          </Button>
        </div>
      )}
    </div>
  );
}
