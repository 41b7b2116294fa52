import type { ReactNode } from 'react';
import { classes } from './classes.ts';

const BADGE_TONES = {
  quiet: 'bg-hover text-quiet',
  bad: 'bg-bad-surface text-bad',
  warn: 'bg-warn-surface text-warn',
} as const;

/** A word in a small frame. */
export function Badge({ tone = 'quiet', children }: { tone?: keyof typeof BADGE_TONES; children: ReactNode }) {
  return (
    <span className={classes('shrink-0 rounded-sm px-1.5 py-px text-xs font-medium tabular', BADGE_TONES[tone])}>
      {children}
    </span>
  );
}
