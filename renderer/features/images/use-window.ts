import { type RefObject, useLayoutEffect, useState } from 'react';

/** Rows kept above and below those in sight, so that scrolling does not show gaps. */
const OVERSCAN = 8;

/** Which rows of fixed height are in sight of a scrolling element. */
export function useWindow(element: RefObject<HTMLElement | null>, rowHeight: number, count: number) {
  const [scrollTop, setScrollTop] = useState(0);
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    const current = element.current;
    if (current === null) return;
    const measure = () => setHeight(current.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    const onScroll = () => setScrollTop(current.scrollTop);
    current.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      current.removeEventListener('scroll', onScroll);
    };
  }, [element]);

  const show = (index: number) => {
    const current = element.current;
    if (current === null) return;
    const top = index * rowHeight;
    if (top < current.scrollTop) current.scrollTo({ top });
    else if (top + rowHeight > current.scrollTop + current.clientHeight) {
      current.scrollTo({ top: top + rowHeight - current.clientHeight });
    }
  };

  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + OVERSCAN);
  return { first, end, pageRows: Math.max(1, Math.floor(height / rowHeight) - 1), show };
}
