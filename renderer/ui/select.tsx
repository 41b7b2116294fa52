import { Check, ChevronDown, type LucideIcon } from 'lucide-react';
import { Select as AriaSelect, Button, Label, ListBox, ListBoxItem, Popover, SelectValue } from 'react-aria-components';
import { classes } from './classes.ts';
import { LABEL_CLASSES } from './field.ts';

interface SelectProps<K extends string> {
  label: string;
  options: readonly { id: K; text: string }[];
  value: K;
  onChange: (value: K) => void;
  /** The label is read but not shown. */
  hideLabel?: boolean;
  size?: 'small' | 'normal';
  icon?: LucideIcon;
  className?: string;
}

/** One of a few choices. */
export function Select<K extends string>({
  label,
  options,
  value,
  onChange,
  hideLabel,
  size = 'normal',
  icon: Icon,
  className,
}: SelectProps<K>) {
  return (
    <AriaSelect
      value={value}
      onChange={(key) => {
        const chosen = options.find(({ id }) => id === key);
        if (chosen) onChange(chosen.id);
      }}
      className={classes('flex min-w-0 flex-col gap-1', className)}
    >
      <Label className={hideLabel ? 'sr-only' : LABEL_CLASSES}>{label}</Label>
      <Button
        className={classes(
          'flex min-w-0 items-center rounded-md border text-left hover:bg-hover',
          size === 'small'
            ? 'h-6 gap-1.5 border-transparent px-1.5 text-sm'
            : 'h-8 gap-2 border-line-strong bg-raised px-2',
        )}
      >
        {Icon ? <Icon aria-hidden size={14} className="shrink-0 text-quiet" /> : null}
        <SelectValue className="flex-1 truncate">{({ selectedText }) => selectedText}</SelectValue>
        <ChevronDown aria-hidden size={14} className="shrink-0 text-quiet" />
      </Button>
      <Popover className={POPOVER_CLASSES}>
        <ListBox items={options} className="outline-none">
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.text} className={OPTION_CLASSES}>
              {({ isSelected }) => (
                <>
                  <span className="flex-1">{option.text}</span>
                  <Check aria-hidden size={14} className={isSelected ? 'text-accent' : 'invisible'} />
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

/** The look of lists that open below a field. */
export const POPOVER_CLASSES =
  'popover min-w-(--trigger-width) max-w-[90vw] overflow-auto rounded-md border border-line-strong bg-raised p-1 shadow-lg outline-none';

export const OPTION_CLASSES =
  'flex min-h-7 cursor-default items-center gap-2 rounded-sm px-2 py-1 outline-none data-[focused]:bg-selected';
