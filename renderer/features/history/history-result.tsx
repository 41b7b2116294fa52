import type { TFunction } from 'i18next';
import { Ban, CircleCheck, CircleX, Equal, GitCompare, type LucideIcon, ShieldCheck } from 'lucide-react';
import { briefDigest } from '../../../shared/digest.ts';
import type { HistoryEntry } from '../../../shared/history.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { classes } from '../../ui/classes.ts';

/** How a transfer ended, and what became of its tag. */
export function HistoryResult({ entry }: { entry: HistoryEntry }) {
  const { t, said } = useTexts();
  const [Icon, tone] = lookOf(entry);
  const words = wordsOf(entry, t);
  return (
    <span
      className={classes('flex items-center gap-1.5', tone)}
      title={entry.error ? said(entry.error.message) : wordsOf(entry, t, (digest) => digest)}
    >
      <Icon aria-hidden size={14} className="shrink-0" />
      <span className="line-clamp-2 min-w-0 leading-tight wrap-anywhere">{words}</span>
    </span>
  );
}

function lookOf({ state, tag }: HistoryEntry): [LucideIcon, string] {
  if (state === 'failed') return [CircleX, 'text-bad'];
  if (state === 'cancelled') return [Ban, 'text-quiet'];
  switch (tag?.state) {
    case 'moved':
      return [GitCompare, 'text-warn'];
    case 'same':
      return [Equal, 'text-quiet'];
    case 'kept':
      return [ShieldCheck, 'text-warn'];
    default:
      return [CircleCheck, 'text-good'];
  }
}

function wordsOf({ state, kind, tag, error }: HistoryEntry, t: TFunction, digestText = briefDigest): string {
  if (state === 'failed') return error ? t(`errors.${error.code}`) : t('jobState.failed');
  if (state === 'cancelled') return t('jobState.cancelled');
  if (tag === undefined) return t(kind === 'export' ? 'history.exported' : 'history.pushed');
  return tag.state === 'moved' ? t('history.moved', { from: digestText(tag.from) }) : t(`history.tags.${tag.state}`);
}
