import { type CSSProperties, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { classes } from '../../ui/classes.ts';

/** Rows that come and go together. */
const ROWS = 10;
/** How far outside of what can be seen rows are there already, so that scrolling shows no gaps. Pixels. */
const AHEAD = '200px';

interface NearRowsProps {
  label: string;
  /** What the rows are about, each different. */
  ids: readonly string[];
  renderRow: (id: string) => ReactNode;
  className?: string;
}

/** Rows of a job. Of many only those that can be seen, and some around them, are in the page: all of them change ten times a second. */
export function NearRows({ label, ids, renderRow, className }: NearRowsProps) {
  const groups = Array.from({ length: Math.ceil(ids.length / ROWS) }, (_group, index) =>
    ids.slice(index * ROWS, (index + 1) * ROWS),
  );
  return (
    <div role="list" aria-label={label} className={classes('@container', className)}>
      {groups.map((group) => (
        <Group key={group[0]} size={group.length} isAlone={groups.length === 1}>
          {() => group.map(renderRow)}
        </Group>
      ))}
    </div>
  );
}

interface GroupProps {
  size: number;
  isAlone: boolean;
  children: () => ReactNode;
}

/** As high as its rows whether they are there or not; higher where one of them is unfolded. */
function Group({ size, isAlone, children }: GroupProps) {
  const element = useRef<HTMLDivElement>(null);
  const isNear = useNear(element, isAlone);
  return (
    <div
      ref={element}
      role="presentation"
      style={{ '--rows': size } as CSSProperties}
      className="min-h-[calc(var(--rows)*8*var(--spacing))] @xl:min-h-[calc(var(--rows)*7*var(--spacing))]"
    >
      {isNear ? children() : null}
    </div>
  );
}

function useNear(element: { current: HTMLElement | null }, isAlways: boolean): boolean {
  const [isNear, setNear] = useState(isAlways);
  useLayoutEffect(() => {
    if (isAlways || element.current === null) return;
    const root = scrollParent(element.current);
    const observer = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), {
      root,
      rootMargin: `${AHEAD} 0px`,
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, isAlways]);
  return isNear || isAlways;
}

/** What scrolls around an element; a margin counts only for that. */
function scrollParent(element: HTMLElement): HTMLElement | null {
  for (let parent = element.parentElement; parent !== null; parent = parent.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(parent).overflowY)) return parent;
  }
  return null;
}
