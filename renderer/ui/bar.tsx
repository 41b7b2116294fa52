import { memo } from 'react';
import { classes } from './classes.ts';

const FILLS = {
  active: 'bg-accent-fill',
  good: 'bg-good',
  quiet: 'bg-line-strong',
  bad: 'bg-bad',
  warn: 'bg-warn',
} as const;

interface BarProps {
  /** Accessible name: what progresses. */
  label: string;
  /** 0 to 1. */
  fraction: number;
  /** The state in words, as it is shown next to the bar. */
  valueText: string;
  tone?: keyof typeof FILLS;
  thick?: boolean;
}

/** A progress bar; its length is set through the DOM, so that it works under a CSP without inline styles. */
export const Bar = memo(function Bar({ label, fraction, valueText, tone = 'active', thick = false }: BarProps) {
  const percent = Math.round(Math.min(1, Math.max(0, fraction)) * 1000) / 10;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      aria-valuetext={valueText}
      className={classes('w-full overflow-hidden rounded-full bg-track', thick ? 'h-1.5' : 'h-1')}
    >
      <div
        className={classes('h-full w-full origin-left', FILLS[tone])}
        // A transform, not a width: hundreds of bars move ten times a second, and only the compositor need know.
        style={{ transform: `scaleX(${percent / 100})` }}
      />
    </div>
  );
});
