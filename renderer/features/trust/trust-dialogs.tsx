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
  const policies = useSettings((state) => state.settings.registries);
  const error = job.error ?? UNKNOWN;
  const registry = error.registry ?? job.registry ?? job.target;
  const close = () => dismissTrust(job.id);
  const decide = (tls: RegistryPolicy['tls'], fingerprint256?: string) => () => {
    const { fingerprint256: _old, ...kept } = policies[registry] ?? {};
    const policy: RegistryPolicy = { ...kept, tls, ...(fingerprint256 === undefined ? {} : { fingerprint256 }) };
    inBackground(request('registries.setPolicy', { registry, policy }), showError);
    close();
  };
  const chooseCaFile = async () => {
    const caFile = await request('app.chooseFile', 'ca');
    // Cancelled in the file dialog: the question stays.
    if (caFile === null) return;
    const { fingerprint256: _old, ...kept } = policies[registry] ?? {};
    await request('registries.setPolicy', { registry, policy: { ...kept, tls: 'verify', caFile } });
    close();
  };
  const isHttp = error.code === 'PLAIN_HTTP_REFUSED';
  const fingerprint = error.certificate?.fingerprint256;
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
          {isHttp ? (
            <Button look="danger" onPress={decide('plain-http')}>
              {t('trust.plainHttp')}
            </Button>
          ) : (
            <>
              <Button look="danger" onPress={decide('no-verify')}>
                {t('trust.noVerify')}
              </Button>
              <Button onPress={() => inBackground(chooseCaFile(), showError)}>{t('trust.caFile')}</Button>
              {fingerprint === undefined ? null : (
                <Button look="primary" onPress={decide('pinned', fingerprint)}>
                  {t('trust.pin')}
                </Button>
              )}
            </>
          )}
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
