import { Check, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Checkbox as AriaCheckbox } from 'react-aria-components';
import { classes } from './classes.ts';

interface CheckboxProps {
  /** What it means; absent where something beside the box says it, and `aria-label` again. */
  children?: ReactNode;
  'aria-label'?: string;
  /** In a group of checkboxes: which of them it is. */
  value?: string;
  isSelected?: boolean;
  isDisabled?: boolean;
  onChange?: (isSelected: boolean) => void;
  className?: string;
}

/** A box to tick and what it means. It is `relative` for the hidden input in it: when that gets the focus, nothing but its pane scrolls. */
export function Checkbox({ children, className, ...props }: CheckboxProps) {
  return (
    <AriaCheckbox {...props} className={classes('group relative flex items-center gap-2 outline-none!', className)}>
      <span className="flex size-4 shrink-0 items-center justify-center rounded-sm border border-line-strong bg-surface text-on-accent group-data-[focus-visible]:outline-2 group-data-[focus-visible]:outline-accent group-data-[selected]:border-accent-fill group-data-[selected]:bg-accent-fill">
        <Check aria-hidden size={12} strokeWidth={3} className="invisible group-data-[selected]:visible" />
      </span>
      {children}
    </AriaCheckbox>
  );
}

interface TickBoxProps {
  isTicked: boolean;
  /** Some of what it stands for are ticked. */
  isPartly?: boolean;
  className?: string;
}

/** How a box looks that is part of something else: a row, or a button with its own name. */
export function TickBox({ isTicked, isPartly = false, className }: TickBoxProps) {
  const isFull = isTicked || isPartly;
  const Mark = isPartly ? Minus : Check;
  return (
    <span
      aria-hidden
      className={classes(
        'flex size-3.5 shrink-0 items-center justify-center rounded-sm border text-on-accent',
        isFull ? 'border-accent-fill bg-accent-fill' : 'border-line-strong bg-surface',
        className,
      )}
    >
      {isFull ? <Mark size={11} strokeWidth={3} /> : null}
    </span>
  );
}
