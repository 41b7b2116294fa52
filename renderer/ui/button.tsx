import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  Tooltip,
  TooltipTrigger,
} from 'react-aria-components';
import { classes } from './classes.ts';

interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'style'> {
  /** `primary` is for the one thing that a pane is for; `link` leads elsewhere, in a line of text. */
  look?: 'primary' | 'plain' | 'quiet' | 'danger' | 'link';
  size?: 'small' | 'normal';
  icon?: LucideIcon | undefined;
  className?: string;
  children: ReactNode;
}

const BUTTON_LOOKS = {
  primary:
    'bg-accent-fill text-on-accent border-transparent font-medium hover:bg-accent-fill-hover data-[pressed]:bg-accent-fill-hover',
  plain: 'bg-raised text-text border-line-strong hover:bg-hover data-[pressed]:bg-pressed',
  quiet: 'bg-transparent text-text border-transparent hover:bg-hover data-[pressed]:bg-pressed',
  link: 'border-transparent text-accent underline decoration-1 underline-offset-2 hover:decoration-2',
  danger: 'bg-raised text-bad border-line-strong hover:bg-bad-surface data-[pressed]:bg-bad-surface',
} as const;

export function Button({ look = 'plain', size = 'normal', icon: Icon, className, children, ...props }: ButtonProps) {
  return (
    <AriaButton
      {...props}
      className={classes(
        'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border whitespace-nowrap',
        'aria-disabled:opacity-50 data-[disabled]:opacity-50 data-[pending]:opacity-70',
        look === 'link' ? 'h-5 text-sm' : size === 'small' ? 'h-6 px-2 text-sm' : 'h-8 px-3',
        BUTTON_LOOKS[look],
        className,
      )}
    >
      {Icon ? <Icon aria-hidden size={14} className="shrink-0" /> : null}
      {children}
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'style' | 'aria-label'> {
  icon: LucideIcon;
  /** Name for assistive technology and tooltip. */
  label: string;
  className?: string;
}

/** A button that shows only an icon; its name is its tooltip. */
export function IconButton({ icon: Icon, label, className, ...props }: IconButtonProps) {
  return (
    <TooltipTrigger delay={600}>
      <AriaButton
        {...props}
        aria-label={label}
        className={classes(
          'inline-flex size-6 shrink-0 items-center justify-center rounded-md text-quiet hover:bg-hover hover:text-text',
          'data-[disabled]:opacity-40 data-[pressed]:bg-pressed',
          className,
        )}
      >
        <Icon aria-hidden size={14} />
      </AriaButton>
      <Tooltip
        offset={4}
        className="max-w-80 rounded-md border border-line-strong bg-raised px-2 py-1 text-sm text-text shadow-md"
      >
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}
