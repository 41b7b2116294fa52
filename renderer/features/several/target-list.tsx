import { useRef } from 'react';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { toggleImage } from '../../stores/view.ts';
import { classes } from '../../ui/classes.ts';
import { collapseRows } from '../../ui/collapse-rows.ts';
import { SHEET_COLUMNS, TargetRow } from './target-row.tsx';

interface TargetListProps {
  rows: readonly ManyRow[];
  options: TransferOptions;
  /** Registries that do not answer. */
  silent: ReadonlySet<string>;
  /** Rows that are left out stay, with an empty box; else they go. */
  hasBoxes?: boolean;
  className?: string;
}

/** Where each of several images goes. */
export function TargetList({ rows, options, silent, hasBoxes = false, className }: TargetListProps) {
  const { t } = useTexts();
  const list = useRef<HTMLDivElement>(null);
  const toggle = (imageIds: readonly string[]) => {
    const items = [...(list.current?.querySelectorAll('li:not([aria-hidden])') ?? [])];
    const at = rows.findIndex(({ image }) => image.id === imageIds.at(-1));
    const stays = items.filter((_, index) => !imageIds.includes(rows[index]?.image.id ?? ''));
    // What has the focus goes: where there are boxes it moves to that of the row, else to the next row that stays, or to the last one.
    const next = hasBoxes ? items[at] : (stays.find((item) => items.indexOf(item) > at) ?? stays.at(-1));
    next?.querySelector<HTMLElement>(hasBoxes ? '[type=checkbox]' : 'button:last-of-type')?.focus();
    for (const id of imageIds) toggleImage(id);
  };
  return (
    <div ref={list} className={className}>
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
      <ul ref={collapseRows} aria-label={t('many.goesTo')} className="@4xl:pt-1">
        {rows.map((row) => (
          <TargetRow
            key={row.image.id}
            row={row}
            options={options}
            silent={silent}
            hasBoxes={hasBoxes}
            onToggle={toggle}
          />
        ))}
      </ul>
    </div>
  );
}
