import { type CSSProperties, type ReactNode, useLayoutEffect, useRef, useState } from 'react';

/** Rows that come and go together. */
const ROWS = 20;
/** How far outside of what can be seen rows are there already, so that scrolling shows no gaps. Pixels. */
const AHEAD = '400px';

interface LayerListProps {
  id: string;
  label: string;
  digests: readonly string[];
  renderRow: (digest: string) => ReactNode;
}

/** The rows of a job. Of many only those that can be seen, and some around them, are in the page: all of them change ten times a second. */
export function LayerList({ id, label, digests, renderRow }: LayerListProps) {
  const groups = Array.from({ length: Math.ceil(digests.length / ROWS) }, (_group, index) =>
    digests.slice(index * ROWS, (index + 1) * ROWS),
  );
  return (
    <div id={id} role="list" aria-label={label} className="@container pt-1 pl-6">
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

/** As high as its rows whether they are there or not. */
function Group({ size, isAlone, children }: GroupProps) {
  const element = useRef<HTMLDivElement>(null);
  const isNear = useNear(element, isAlone);
  return (
    <div
      ref={element}
      role="presentation"
      style={{ '--rows': size } as CSSProperties}
      className="h-[calc(var(--rows)*8*var(--spacing))] @xl:h-[calc(var(--rows)*7*var(--spacing))]"
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
