import { useEffect } from 'react';
import { isActive } from '../../../shared/transfer-events.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { type TransfersState, useTransfers } from '../../stores/transfers.ts';

/** The window's title says how far the transfers at work have come, for the taskbar and for the list of windows. */
export function useTitle(): void {
  const { t, format } = useTexts();
  // A whole number, so that this renders a hundred times at most.
  const percent = useTransfers(percentDone);
  const title = percent === undefined ? t('app.name') : `${format.percent(percent / 100)} · ${t('app.name')}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function percentDone({ jobs }: TransfersState): number | undefined {
  const active = Object.values(jobs).filter(({ state }) => isActive(state));
  const total = active.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0);
  if (total === 0) return undefined;
  const done = active.reduce((sum, { bytesSent, bytesSaved }) => sum + bytesSent + bytesSaved, 0);
  return Math.min(100, Math.floor((100 * done) / total));
}
