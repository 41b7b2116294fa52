import type { CertificateFacts } from '../../../shared/errors.ts';
import { useTexts } from '../../i18n/use-texts.ts';

/** What an untrusted certificate says of itself. */
export function CertificateTable({ certificate }: { certificate: CertificateFacts }) {
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
            <dd className={isCode ? 'font-mono text-sm break-all' : 'break-words'}>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
