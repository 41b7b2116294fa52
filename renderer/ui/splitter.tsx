import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { classes } from './classes.ts';

interface SplitterProps {
  label: string;
  /** The edge of its pane that it moves. */
  edge: 'left' | 'right';
  /** Width of the pane in pixels. */
  value: number;
  min: number;
  max: number;
  /** While it moves. */
  onMove: (width: number) => void;
  /** Where it came to rest; undefined: back to what the window chooses. */
  onEnd: (width: number | undefined) => void;
}

/** Pixels of one press of an arrow key. */
const STEP = 16;

/**
 * The edge of a pane, to move with the pointer or the arrow keys; a double click, or Backspace, gives the usual width back.
 * https://www.w3.org/WAI/ARIA/apg/patterns/windowsplitter/
 */
export function Splitter({ label, edge, value, min, max, onMove, onEnd }: SplitterProps) {
  const drag = useRef<{ x: number; width: number; last: number }>(null);
  const sign = edge === 'right' ? 1 : -1;
  const within = (width: number): number => Math.round(Math.min(max, Math.max(min, width)));

  /** As it is shown: the window may leave less than `value`. */
  const widthNow = (event: { currentTarget: HTMLElement }): number =>
    event.currentTarget.parentElement?.offsetWidth || value;

  const begin = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const width = widthNow(event);
    drag.current = { x: event.clientX, width, last: width };
  };
  const move = (event: PointerEvent<HTMLElement>): void => {
    if (drag.current === null) return;
    drag.current.last = within(drag.current.width + sign * (event.clientX - drag.current.x));
    onMove(drag.current.last);
  };
  const end = (): void => {
    const moved = drag.current;
    drag.current = null;
    if (moved !== null && moved.last !== moved.width) onEnd(moved.last);
  };
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    const now = widthNow(event);
    const next: Record<string, number | undefined> = {
      ArrowLeft: within(now - sign * STEP),
      ArrowRight: within(now + sign * STEP),
      Home: min,
      End: max,
    };
    if (event.key !== 'Backspace' && next[event.key] === undefined) return;
    event.preventDefault();
    onEnd(next[event.key]);
  };

  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
      onDoubleClick={() => onEnd(undefined)}
      onKeyDown={press}
      className={classes(
        'absolute inset-y-0 z-20 w-1.5 cursor-col-resize touch-none outline-none',
        'hover:bg-accent/30 focus-visible:bg-accent',
        edge === 'right' ? '-right-0.75' : '-left-0.75',
      )}
    />
  );
}
