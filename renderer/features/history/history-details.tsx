import type { RefObject } from 'react';
import type { HistoryEntry } from '../../../shared/history.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import type { FoldMotion } from '../../ui/fold.tsx';

interface HistoryDetailsProps {
  /** What folds. */
  ref: RefObject<HTMLDivElement | null>;
  motion: FoldMotion | undefined;
  entry: HistoryEntry;
}

/** What the row has no room for. */
export function HistoryDetails({ ref, entry, motion }: HistoryDetailsProps) {
  const { t, format } = useTexts();
  const { kind, target, digest, bytesSent, bytesSaved, durationMs, account, error } = entry;
  const facts: [label: string, text: string][] = [
    [t('history.columns.target'), target],
    ...(digest === undefined ? [] : [[t('transfers.digest'), digest] satisfies [string, string]]),
    ...(account === undefined ? [] : [[t('history.columns.account'), account] satisfies [string, string]]),
  ];
  const numbers = [
    ...(durationMs === undefined ? [] : [t('transfers.took', { time: format.duration(durationMs / 1000) })]),
    t(kind === 'export' ? 'transfers.written' : 'transfers.sent', { size: format.bytes(bytesSent) }),
    ...(bytesSaved === 0 ? [] : [t('transfers.saved', { size: format.bytes(bytesSaved) })]),
  ];
  return (
    <div ref={ref} data-fold={motion} className="fold">
      <div className="space-y-1 px-5 py-2">
        {facts.map(([label, text]) => (
          <div key={label} className="flex items-center gap-2">
            <span className="w-20 shrink-0 text-sm text-quiet">{label}</span>
            <span className="selectable min-w-0 truncate font-mono text-sm" title={text}>
              {text}
            </span>
            <CopyButton text={text} label={t('history.copy', { what: label })} />
          </div>
        ))}
        <p className="text-sm text-quiet">{numbers.join(' · ')}</p>
        {error === undefined ? null : <ErrorPanel error={error} />}
      </div>
    </div>
  );
}
