import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';

const BADGE_TONES = {
  quiet: 'bg-hover text-quiet',
  good: 'bg-good-surface text-good',
  bad: 'bg-bad-surface text-bad',
  warn: 'bg-warn-surface text-warn',
} as const;

interface BadgeProps {
  tone?: keyof typeof BADGE_TONES;
  /** Where the word alone does not say what it means. */
  icon?: LucideIcon;
  title?: string;
  children: ReactNode;
}

/** A word in a small frame. */
export function Badge({ tone = 'quiet', icon: Icon, title, children }: BadgeProps) {
  return (
    <span
      title={title}
      className={classes(
        'inline-flex shrink-0 items-center gap-1 rounded-sm px-1.5 py-px text-xs font-medium tabular',
        BADGE_TONES[tone],
      )}
    >
      {Icon === undefined ? null : <Icon aria-hidden size={12} className="shrink-0" />}
      {children}
    </span>
  );
}
