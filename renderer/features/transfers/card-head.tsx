import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useTexts } from '../../i18n/use-texts.ts';
import { classes } from '../../ui/classes.ts';
import { NameText } from '../../ui/middle-text.tsx';
import type { JobLook } from './job-summary.ts';

interface CardHeadProps {
  /** What the button unfolds. */
  label: string;
  isOpen: boolean;
  panelId: string;
  onToggle: () => void;
  wraps?: boolean;
  children: ReactNode;
}

/** The first line of a transfer, folded or not. Its button stays the same element, so that it keeps the focus. */
export function CardHead({ label, isOpen, panelId, onToggle, wraps = false, children }: CardHeadProps) {
  return (
    <div className={classes('flex items-center gap-2', wraps && 'flex-wrap')}>
      <AriaButton
        onPress={onToggle}
        aria-expanded={isOpen}
        {...(isOpen ? { 'aria-controls': panelId } : {})}
        aria-label={label}
        className="-ml-1 flex size-5 shrink-0 items-center justify-center rounded-sm text-quiet hover:bg-hover"
      >
        <ChevronRight aria-hidden size={14} className={isOpen ? 'rotate-90' : ''} />
      </AriaButton>
      {children}
    </div>
  );
}

interface FoldedLineProps {
  look: JobLook;
  name: string;
  target: string;
  /** The state first, which the icon shows. */
  words: readonly string[];
  /** What became of a tag, where that was not to be expected. */
  notice?: string | undefined;
  finishedAt: number | undefined;
  /** Buttons. */
  children: ReactNode;
}

/** A finished transfer in one line: what, where to, how it ended, and when. */
export function FoldedLine({ look, name, target, words, notice, finishedAt, children }: FoldedLineProps) {
  const { t, format } = useTexts();
  const [state, ...numbers] = words;
  const isPlain = look.bar === 'good';
  // The two that matter most; all are in the title.
  const ending = notice ?? (isPlain ? numbers : words).slice(0, 2).join(' · ');
  return (
    <div className="@container min-w-0 flex-1">
      <div className="grid min-h-6 grid-cols-[1rem_minmax(0,1fr)_auto] items-center gap-x-2 @2xl:grid-cols-[1rem_minmax(0,1fr)_minmax(0,1.15fr)_13rem_4.5rem_6.5rem] @min-[100rem]:grid-cols-[1rem_minmax(0,1fr)_minmax(0,1.15fr)_26rem_4.5rem_6.5rem]">
        <look.icon aria-hidden size={14} className={classes('shrink-0', look.tone)} />
        <span className="min-w-0" title={`${name} → ${target}`}>
          <NameText text={name} />
          <span className="sr-only">{` ${t('transfers.to')} ${target}, ${state}`}</span>
        </span>
        <span aria-hidden className="hidden min-w-0 text-quiet @2xl:block">
          <NameText text={target} />
        </span>
        <span
          className={classes(
            'hidden truncate text-right text-sm tabular @2xl:block',
            notice === undefined ? 'text-quiet' : 'text-warn',
          )}
          title={[...(notice === undefined ? [] : [notice]), ...words].join(' · ')}
        >
          {ending}
        </span>
        <span className="hidden text-right text-sm whitespace-nowrap text-quiet tabular @2xl:block">
          {finishedAt === undefined ? '' : format.time(finishedAt)}
        </span>
        <span className="flex justify-end">{children}</span>
      </div>
    </div>
  );
}
