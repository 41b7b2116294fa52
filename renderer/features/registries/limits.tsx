import type { ReactNode } from 'react';
import { MAX_REQUESTS, MAX_UPLOADS, MOST_RETRY_SECONDS } from '../../../shared/choices.ts';
import { type RegistryPolicy } from '../../../shared/registry-policy.ts';
import { MEGABYTE } from '../../i18n/format.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useSettings } from '../../stores/settings.ts';
import { NumberField } from '../../ui/number-field.tsx';

/** What a person may set. Smaller chunks would be all round trips; larger ones lose what chunks are for. */
const LEAST_MEGABYTES = 0.1;
const MOST_CHUNK_MEGABYTES = 10_000;

export type SavePolicy = (change: Partial<RegistryPolicy>) => void;

interface LimitsProps {
  registry: string;
  policy: RegistryPolicy;
  save: SavePolicy;
}

/** How much at once, and how long it is waited for. */
export function Limits({ registry, policy, save }: LimitsProps) {
  const { t, format } = useTexts();
  const usualSeconds = useSettings(({ settings }) => settings.retryForSeconds);
  const { maxUploads, maxRequests, chunkSize, retryForSeconds } = policy;
  return (
    <>
      <Labelled text={t('registries.uploads')}>
        <NumberField
          label={t('registries.uploadsOf', { registry })}
          hideLabel
          placeholder={t('registries.automatic')}
          value={maxUploads}
          minValue={1}
          maxValue={MAX_UPLOADS}
          step={1}
          onChange={(count) => save({ maxUploads: count })}
          className="w-28"
        />
      </Labelled>
      <Labelled text={t('registries.requests')}>
        <NumberField
          label={t('registries.requestsOf', { registry })}
          hideLabel
          placeholder={t('registries.automatic')}
          value={maxRequests}
          minValue={1}
          maxValue={MAX_REQUESTS}
          step={1}
          onChange={(count) => save({ maxRequests: count })}
          className="w-28"
        />
      </Labelled>
      <Labelled text={t('registries.chunk')}>
        <NumberField
          label={t('registries.chunkOf', { registry })}
          hideLabel
          placeholder={t('registries.automatic')}
          unit="MB"
          value={chunkSize === undefined ? undefined : chunkSize / MEGABYTE}
          minValue={LEAST_MEGABYTES}
          maxValue={MOST_CHUNK_MEGABYTES}
          onChange={(size) => save({ chunkSize: size === undefined ? undefined : Math.round(size * MEGABYTE) })}
          className="w-28"
        />
      </Labelled>
      <Labelled text={t('registries.retryFor')}>
        <NumberField
          label={t('registries.retryForOf', { registry })}
          hideLabel
          placeholder={format.count(usualSeconds / 60)}
          unit={t('settings.minutes')}
          value={retryForSeconds === undefined ? undefined : retryForSeconds / 60}
          minValue={0}
          maxValue={MOST_RETRY_SECONDS / 60}
          onChange={(minutes) =>
            save({ retryForSeconds: minutes === undefined ? undefined : Math.round(minutes * 60) })
          }
          className="w-28"
        />
      </Labelled>
    </>
  );
}

/** A short label to see; the control carries a longer one for assistive technology. */
function Labelled({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1">
      <span aria-hidden className="text-sm font-medium text-quiet">
        {text}
      </span>
      {children}
    </div>
  );
}
