import { ArrowDown, ArrowUp } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import { useTexts } from '../../i18n/use-texts.ts';
import { classes } from '../../ui/classes.ts';
import { COLUMNS, CREATED_COLUMN, PLATFORM_COLUMN, TAG_COLUMN } from './columns.ts';
import type { SortColumn, SortOrder } from './list-order.ts';

interface SortHeaderProps {
  order: SortOrder;
  onChange: (order: SortOrder) => void;
}

/** The column titles; pressing one sorts by it, pressing again turns the order. */
export function SortHeader({ order, onChange }: SortHeaderProps) {
  const heading = (column: SortColumn, className: string) => (
    <SortButton
      column={column}
      order={order}
      className={className}
      onPress={() =>
        onChange({ column, descending: order.column === column ? !order.descending : startsDescending(column) })
      }
    />
  );
  return (
    <div className="shrink-0 overflow-y-auto border-b border-line px-5 [scrollbar-gutter:stable]">
      <div className={classes(COLUMNS, 'h-7')}>
        {heading('name', 'flex')}
        {heading('tag', TAG_COLUMN)}
        {heading('platform', PLATFORM_COLUMN)}
        {heading('size', 'flex justify-end')}
        {heading('created', classes(CREATED_COLUMN, 'justify-end'))}
      </div>
    </div>
  );
}

/** The largest and the newest are what one looks for first. */
function startsDescending(column: SortColumn): boolean {
  return column === 'size' || column === 'created';
}

interface SortButtonProps {
  column: SortColumn;
  order: SortOrder;
  className: string;
  onPress: () => void;
}

function SortButton({ column, order, className, onPress }: SortButtonProps) {
  const { t } = useTexts();
  const isCurrent = order.column === column;
  const Arrow = order.descending ? ArrowDown : ArrowUp;
  const direction = isCurrent ? `, ${order.descending ? t('images.descending') : t('images.ascending')}` : '';
  return (
    <AriaButton
      onPress={onPress}
      aria-label={t('images.sortBy', { column: t(`images.${column}`) }) + direction}
      className={classes('section-title h-6 items-center gap-1 rounded-sm hover:text-text', className)}
    >
      {t(`images.${column}`)}
      {isCurrent ? <Arrow aria-hidden size={11} /> : null}
    </AriaButton>
  );
}
