import { Gauge } from 'lucide-react';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { Select } from '../../ui/select.tsx';

/** Bytes per second; others can be typed in the settings. */
const LIMITS = [500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000];

/** The limit of all uploads, at hand while they run. */
export function BandwidthChoice() {
  const { t, format } = useTexts();
  const limit = useSettings((state) => state.settings.bandwidthLimit);
  const limits = [...new Set([...LIMITS, limit])].filter((each) => each > 0).sort((a, b) => a - b);
  return (
    <Select
      label={t('transfers.limit')}
      hideLabel
      size="small"
      icon={Gauge}
      options={[
        { id: '0', text: t('transfers.noLimit') },
        ...limits.map((each) => ({ id: String(each), text: format.rate(each) })),
      ]}
      value={String(limit)}
      onChange={(chosen) => inBackground(request('settings.update', { bandwidthLimit: Number(chosen) }), showError)}
    />
  );
}
