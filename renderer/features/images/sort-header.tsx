import { ArrowDown, ArrowUp } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import type { ImageSummary } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { selectImage, useView } from '../../stores/view.ts';
import { TickBox } from '../../ui/checkbox.tsx';
import { classes } from '../../ui/classes.ts';
import { COLUMNS, CREATED_COLUMN, PLATFORM_COLUMN, TAG_COLUMN } from './columns.ts';
import type { SortColumn, SortOrder } from './list-order.ts';
import { useChoice } from './use-choice.ts';

interface SortHeaderProps {
  order: SortOrder;
  onChange: (order: SortOrder) => void;
  /** What is listed. */
  images: readonly ImageSummary[];
}

/** The column titles; pressing one sorts by it, pressing again turns the order. */
export function SortHeader({ order, onChange, images }: SortHeaderProps) {
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
        <AllBox images={images} />
        {heading('name', 'flex')}
        {heading('tag', TAG_COLUMN)}
        {heading('platform', PLATFORM_COLUMN)}
        {heading('size', 'flex justify-end')}
        {heading('created', classes(CREATED_COLUMN, 'justify-end'))}
      </div>
    </div>
  );
}

/** Chooses all that are listed, or none; in sight where several are chosen, and when the mouse or the keys are at it. */
function AllBox({ images }: { images: readonly ImageSummary[] }) {
  const { t } = useTexts();
  const count = useView(({ chosen }) => chosen.size);
  const { all, countWhole } = useChoice(images);
  const areSeveral = count > 1;
  const areAll = areSeveral && count === countWhole;
  return (
    <AriaButton
      aria-label={areAll ? t('images.chooseNone') : t('images.chooseAll')}
      isDisabled={countWhole === 0}
      onPress={() => (areAll ? selectImage(null) : all())}
      className={classes(
        '-m-1 flex size-6 items-center justify-start rounded-sm pl-1 focus-visible:opacity-100',
        !areSeveral && 'opacity-0 hover:opacity-100',
      )}
    >
      <TickBox isTicked={areAll} isPartly={areSeveral && !areAll} />
    </AriaButton>
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
