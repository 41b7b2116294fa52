import { CircleCheck, GitCompare } from 'lucide-react';
import { useState } from 'react';
import { type ErrorData, toPushboatError } from '../../../shared/errors.ts';
import type { HistoryEntry, VerifiedEntry } from '../../../shared/history.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';

/** What the registry has of a push, or why that is not what was pushed. */
type Verified = { entry: VerifiedEntry; error?: undefined } | { entry?: undefined; error: ErrorData };

/** Whether it is known what must be in the registry. */
export function isVerifiable({ kind, state, digest }: HistoryEntry): boolean {
  return kind === 'push' && state === 'done' && digest !== undefined;
}

/** Asks the registry when a person wants to know. */
export function useVerification({ id }: HistoryEntry) {
  const [verified, setVerified] = useState<Verified>();
  const [isVerifying, setVerifying] = useState(false);
  const verify = () => {
    setVerifying(true);
    const done = request('history.verify', id)
      .then(
        (entry) => setVerified({ entry }),
        (thrown: unknown) => setVerified({ error: toPushboatError(thrown).toData() }),
      )
      .finally(() => setVerifying(false));
    inBackground(done, showError);
  };
  return { verified, isVerifying, verify };
}

/** The answer, below its entry. */
export function VerificationLine({ verified: { entry, error } }: { verified: Verified }) {
  const { t, format } = useTexts();
  if (error !== undefined) {
    return (
      <div role="status">
        <ErrorPanel error={error} about={error.code === 'POLICY_REFUSED' ? error.path : undefined} />
      </div>
    );
  }
  const { manifests, blobs, size, policy, tag } = entry;
  const counts = { manifests: format.count(manifests), blobs: format.count(blobs), size: format.bytes(size) };
  return (
    <div role="status" className="space-y-0.5 text-sm">
      <p className="flex items-center gap-1.5 text-good">
        <CircleCheck aria-hidden size={14} className="shrink-0" />
        {t('history.verified', counts)}
      </p>
      {policy === undefined ? null : (
        <p className="break-words text-quiet">{t('history.verifiedPolicy', { policy })}</p>
      )}
      {tag === 'same' ? null : (
        <p className="flex items-center gap-1.5 text-warn">
          <GitCompare aria-hidden size={14} className="shrink-0" />
          {t(`history.verifiedTag.${tag}`)}
        </p>
      )}
    </div>
  );
}
