import { percentDone, useTransfers } from '../../stores/transfers.ts';
import { classes } from '../../ui/classes.ts';

/** How far all transfers have come, as a thin line where they are not shown themselves. Their number beside it is what is read aloud. */
export function OverallLine({ className }: { className: string }) {
  const percent = useTransfers(percentDone);
  if (percent === undefined) return null;
  return (
    <div
      aria-hidden
      data-testid="overall-line"
      className={classes('pointer-events-none absolute h-0.5 overflow-hidden rounded-full bg-track', className)}
    >
      <div className="h-full w-full origin-left bg-accent-fill" style={{ transform: `scaleX(${percent / 100})` }} />
    </div>
  );
}
