import { RotateCw, WifiOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { JobInfo, RegistryOutage } from '../../../shared/transfer-events.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { Button } from '../../ui/button.tsx';

/** From so long on it is said since when. Milliseconds. */
const LONG_MS = 60_000;

/** That the job's registry is waited for, with the seconds to the next try. */
export function OutageNotice({ job, outage }: { job: JobInfo; outage: RegistryOutage }) {
  const { t, said, format } = useTexts();
  const seconds = useSecondsTo(outage.nextTryAt);
  const { host: registry = outage.registry, reason, since } = outage;
  const isLong = outage.nextTryAt - since >= LONG_MS;
  const words = { registry, seconds, time: format.time(since) };
  return (
    <div className="flex flex-wrap items-center gap-2 text-sm text-warn" title={said(reason)}>
      <WifiOff aria-hidden size={13} className="shrink-0" />
      <span className="min-w-0 flex-1 tabular text-balance">
        {seconds === 0
          ? t('transfers.outageTrying', words)
          : t(isLong ? 'transfers.outageSince' : 'transfers.outage', words)}
      </span>
      <Button size="small" icon={RotateCw} onPress={() => inBackground(request('transfers.tryNow', job.id), showError)}>
        {t('transfers.tryNow')}
      </Button>
    </div>
  );
}

/** Whole seconds until a time, counted down. */
function useSecondsTo(time: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((time - now) / 1000));
}
