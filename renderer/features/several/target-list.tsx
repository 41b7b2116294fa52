import { useRef } from 'react';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { toggleImage } from '../../stores/view.ts';
import { classes } from '../../ui/classes.ts';
import { SHEET_COLUMNS, TargetRow } from './target-row.tsx';

interface TargetListProps {
  rows: readonly ManyRow[];
  options: TransferOptions;
  /** Registries that do not answer. */
  silent: ReadonlySet<string>;
  className?: string;
}

/** Where each of several images goes. */
export function TargetList({ rows, options, silent, className }: TargetListProps) {
  const { t } = useTexts();
  const list = useRef<HTMLUListElement>(null);
  const leaveOut = (imageId: string) => {
    const index = rows.findIndex(({ image }) => image.id === imageId);
    // The row goes, and the focus with it: it moves to the next row, or to the last one.
    const row = list.current?.children[index];
    const next = row?.nextElementSibling ?? row?.previousElementSibling;
    next?.querySelector<HTMLElement>('button:last-of-type')?.focus();
    toggleImage(imageId);
  };
  return (
    <div className={className}>
      <div
        aria-hidden
        className={classes(
          'section-title hidden h-7 items-center gap-x-3 border-b border-line @4xl:grid',
          SHEET_COLUMNS,
        )}
      >
        <span>{t('history.columns.image')}</span>
        <span>{t('history.columns.target')}</span>
        <span className="text-right">{t('preview.size')}</span>
        <span>{t('preview.action')}</span>
      </div>
      <ul ref={list} aria-label={t('many.goesTo')} className="@4xl:pt-1">
        {rows.map((row) => (
          <TargetRow key={row.image.id} row={row} options={options} silent={silent} onLeaveOut={leaveOut} />
        ))}
      </ul>
    </div>
  );
}
