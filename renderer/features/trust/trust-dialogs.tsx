import { ShieldAlert } from 'lucide-react';
import type { CertificateFacts } from '../../../shared/error-data.ts';
import type { ErrorData } from '../../../shared/errors.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import type { JobInfo } from '../../../shared/transfer-events.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { dismissTrust, useTrust } from '../../stores/trust.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { whyText } from '../../ui/error-text.ts';

/** The question that a job in `needs-trust` waits for, one at a time. After the choice the job continues by itself. */
export function TrustDialogs() {
  const dismissed = useTrust((state) => state.dismissed);
  const jobId = useTransfers(({ order, jobs }) =>
    order.findLast((id) => jobs[id]?.state === 'needs-trust' && !dismissed.includes(id)),
  );
  const job = useTransfers((state) => (jobId === undefined ? undefined : state.jobs[jobId]));
  return job === undefined ? null : <TrustDialog key={job.id} job={job} />;
}

function TrustDialog({ job }: { job: JobInfo }) {
  const texts = useTexts();
  const { t } = texts;
  const error = job.error ?? UNKNOWN;
  const registry = error.registry ?? job.registry ?? job.target;
  const close = () => dismissTrust(job.id);
  const isHttp = error.code === 'PLAIN_HTTP_REFUSED';
  return (
    <Dialog
      isOpen
      width={isHttp ? 'question' : 'form'}
      role="alertdialog"
      isDismissable={false}
      title={t(isHttp ? 'trust.titleHttp' : 'trust.titleCertificate', { registry })}
      onClose={close}
      footer={
        <>
          <Button onPress={close}>{t('common.cancel')}</Button>
          <Choices
            registry={registry}
            isHttp={isHttp}
            fingerprint={error.certificate?.fingerprint256}
            onChosen={close}
          />
        </>
      }
    >
      <div className="flex gap-3">
        <ShieldAlert aria-hidden size={24} className="shrink-0 text-warn" />
        <p>{t(isHttp ? 'trust.bodyHttp' : 'trust.bodyCertificate')}</p>
      </div>
      <p className="selectable text-bad">{whyText(error, texts)}</p>
      {error.certificate === undefined ? null : <CertificateTable certificate={error.certificate} />}
      {isHttp ? null : (
        <div className="space-y-1 text-sm text-quiet">
          <p>{t('trust.caFileHelp')}</p>
          <p>{t('trust.noVerifyHelp')}</p>
        </div>
      )}
    </Dialog>
  );
}

interface ChoicesProps {
  registry: string;
  isHttp: boolean;
  /** Of the certificate that the registry has shown. */
  fingerprint: string | undefined;
  onChosen: () => void;
}

/** The ways in which the registry can be trusted from now on, each a button. */
function Choices({ registry, isHttp, fingerprint, onChosen }: ChoicesProps) {
  const { t } = useTexts();
  const { fingerprint256: _old, ...kept } = useSettings((state) => state.settings.registries[registry]) ?? {};
  const setPolicy = (change: RegistryPolicy) =>
    request('registries.setPolicy', { registry, policy: { ...kept, ...change } });
  const decide = (change: RegistryPolicy) => () => {
    inBackground(setPolicy(change), showError);
    onChosen();
  };
  const chooseCaFile = async () => {
    const caFile = await request('app.chooseFile', 'ca');
    // Cancelled in the file dialog: the question stays.
    if (caFile === null) return;
    await setPolicy({ tls: 'verify', caFile });
    onChosen();
  };
  if (isHttp) {
    return (
      <Button look="danger" onPress={decide({ tls: 'plain-http' })}>
        {t('trust.plainHttp')}
      </Button>
    );
  }
  return (
    <>
      <Button look="danger" onPress={decide({ tls: 'no-verify' })}>
        {t('trust.noVerify')}
      </Button>
      <Button onPress={() => inBackground(chooseCaFile(), showError)}>{t('trust.caFile')}</Button>
      {fingerprint === undefined ? null : (
        <Button look="primary" onPress={decide({ tls: 'pinned', fingerprint256: fingerprint })}>
          {t('trust.pin')}
        </Button>
      )}
    </>
  );
}

const UNKNOWN: ErrorData = { code: 'TLS_UNTRUSTED', message: '' };

/** What an untrusted certificate says of itself. */
function CertificateTable({ certificate }: { certificate: CertificateFacts }) {
  const { t, format } = useTexts();
  const range = { from: format.date(certificate.validFrom), to: format.date(certificate.validTo) };
  const facts: [string, string, boolean?][] = [
    [t('trust.subject'), certificate.subject],
    [t('trust.issuer'), certificate.issuer],
    [t('trust.names'), certificate.names.join(', ')],
    [t('trust.valid'), t('trust.validRange', range)],
    [t('trust.fingerprint'), certificate.fingerprint256, true],
  ];
  return (
    <dl
      aria-label={t('trust.certificate')}
      className="selectable grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 rounded-md bg-sunken p-3"
    >
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value, isCode]) => (
          <div key={name} className="contents">
            <dt className="text-quiet">{name}</dt>
            {/* Two lines of sixteen bytes, as people compare them. */}
            <dd className={isCode ? 'max-w-[48ch] self-center font-mono text-xs break-all' : 'break-words'}>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
