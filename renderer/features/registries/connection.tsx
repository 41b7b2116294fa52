import { FileKey2, LockOpen, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { connectionOf, MAX_REQUESTS, MAX_UPLOADS, type RegistryPolicy } from '../../../shared/registry-policy.ts';
import { inBackground, request } from '../../api.ts';
import { MEGABYTE } from '../../i18n/format.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { Select } from '../../ui/select.tsx';
import { useRegistryInfo } from '../composer/use-registry-info.ts';

/** What a person may set. Smaller chunks would be all round trips; larger ones lose what chunks are for. */
const LEAST_MEGABYTES = 0.1;
const MOST_CHUNK_MEGABYTES = 10_000;

interface ConnectionProps {
  registry: string;
  policy: RegistryPolicy;
}

type Save = (change: Partial<RegistryPolicy>) => void;

/** How to connect to one registry: certificate, CA, and how much at once. Every change is saved at once. */
export function Connection({ registry, policy }: ConnectionProps) {
  const save: Save = (change) =>
    inBackground(request('registries.setPolicy', { registry, policy: { ...policy, ...change } }), showError);
  const isChecked = policy.tls === undefined || policy.tls === 'verify' || policy.tls === 'pinned';
  return (
    <div className="space-y-3 pl-7">
      <div className="flex flex-wrap items-end gap-3">
        <Tls registry={registry} policy={policy} save={save} />
        {isChecked ? <CaFile registry={registry} path={policy.caFile} save={save} /> : null}
      </div>
      <Used registry={registry} />
      <div className="flex flex-wrap gap-3">
        <Limits registry={registry} policy={policy} save={save} />
      </div>
    </div>
  );
}

/** What is really used, where it is not what people expect. */
function Used({ registry }: { registry: string }) {
  const { t } = useTexts();
  const scheme = useRegistryInfo(registry)?.scheme;
  if (scheme !== 'http') return null;
  return (
    <p className="flex items-center gap-1.5 text-sm text-warn">
      <LockOpen aria-hidden size={13} className="shrink-0" />
      {t('registries.usedHttp')}
    </p>
  );
}

const TLS_CHOICES = ['verify', 'no-verify', 'plain-http'] as const;

function Tls({ registry, policy, save }: ConnectionProps & { save: Save }) {
  const { t } = useTexts();
  // One certificate can be pinned only where it was shown: in the dialog of a push.
  const choices = policy.tls === 'pinned' ? (['verify', 'pinned', 'no-verify', 'plain-http'] as const) : TLS_CHOICES;
  const mayFallBack = connectionOf(registry, { ...policy, tls: undefined }).plainHttp === 'allowed';
  const textOf = (id: (typeof choices)[number]) =>
    id === 'verify' && mayFallBack && policy.tls === undefined
      ? t('registries.tls.fallback')
      : t(`registries.tls.${id}`);
  return (
    <Labelled text={t('registries.connection')}>
      <Select
        label={t('registries.connectionTo', { registry })}
        hideLabel
        options={choices.map((id) => ({ id, text: textOf(id) }))}
        value={policy.tls ?? 'verify'}
        onChange={(tls) => save({ tls })}
        className="w-64"
      />
    </Labelled>
  );
}

function Limits({ registry, policy, save }: ConnectionProps & { save: Save }) {
  const { t } = useTexts();
  const { maxUploads, maxRequests, chunkSize } = policy;
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
    </>
  );
}

function CaFile({ registry, path, save }: { registry: string; path: string | undefined; save: Save }) {
  const { t } = useTexts();
  const choose = async () => {
    const caFile = await request('registries.chooseCaFile');
    if (caFile !== null) save({ caFile });
  };
  return (
    <div className="flex h-8 min-w-0 items-center gap-2">
      {path === undefined ? null : (
        <>
          <FileKey2 aria-hidden size={14} className="shrink-0 text-quiet" />
          <span className="selectable min-w-0 truncate text-sm text-quiet" title={path}>
            {t('registries.caFile', { name: path.split(/[\\/]/).at(-1) })}
          </span>
          <IconButton
            icon={X}
            label={t('registries.removeCaFile', { registry })}
            onPress={() => save({ caFile: undefined })}
          />
        </>
      )}
      <Button
        look="quiet"
        size="small"
        aria-label={t('registries.chooseCaFileOf', { registry })}
        onPress={() => inBackground(choose(), showError)}
      >
        {t('registries.chooseCaFile')}
      </Button>
    </div>
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
