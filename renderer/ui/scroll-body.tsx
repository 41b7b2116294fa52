import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';

/** A body that scrolls where it has no room. Then the keyboard can reach it, even when nothing in it takes the focus. */
export function ScrollBody({ label, children }: { label: string; children: ReactNode }) {
  const body = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const element = body.current;
    if (element === null) return;
    const measure = () => setScrolls(element.scrollHeight > element.clientHeight);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    measure();
    return () => observer.disconnect();
  }, [children]);
  return (
    <div
      ref={body}
      tabIndex={scrolls ? 0 : undefined}
      role={scrolls ? 'group' : undefined}
      aria-label={scrolls ? label : undefined}
      className="min-h-0 flex-1 space-y-3 overflow-x-hidden overflow-y-auto px-5 pt-1 pb-4 wrap-anywhere"
    >
      {children}
    </div>
  );
}
