import { useRef } from 'react';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { toggleImage } from '../../stores/view.ts';
import { TargetRow } from './target-row.tsx';

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
    <ul ref={list} aria-label={t('many.goesTo')} className={className}>
      {rows.map((row) => (
        <TargetRow key={row.image.id} row={row} options={options} silent={silent} onLeaveOut={leaveOut} />
      ))}
    </ul>
  );
}
