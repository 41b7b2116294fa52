import { useEffect } from 'react';
import { useTexts } from '../../i18n/use-texts.ts';
import { percentDone, useTransfers } from '../../stores/transfers.ts';

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
