import { type RefObject, useLayoutEffect, useState } from 'react';

export const COLUMNS = ['when', 'image', 'target', 'digest', 'sent', 'saved', 'account', 'result', 'actions'] as const;

/** Widths of the columns; where there is little room the account goes first, then the digest, then the target, then the bytes: rows unfold to them. */
export const WIDTHS: Record<(typeof COLUMNS)[number], string> = {
  when: 'w-20 @md:w-22',
  image: '',
  target: 'hidden @3xl:table-cell',
  digest: 'hidden w-24 @5xl:table-cell',
  sent: 'hidden w-20 @xl:table-cell',
  saved: 'hidden w-24 @min-[100rem]:table-cell',
  account: 'hidden w-24 @6xl:table-cell',
  result: 'w-6 @md:w-36 @5xl:w-48 @min-[100rem]:w-80',
  actions: 'w-20',
};

/** How many columns this width shows: a cell over more of them would make another column. */
export function useShownColumns(rows: RefObject<HTMLElement | null>, hasRows: boolean): number {
  const [shown, setShown] = useState<number>(COLUMNS.length);
  useLayoutEffect(() => {
    const around = rows.current;
    if (around === null || !hasRows) return;
    const count = () => {
      const titles = [...(around.querySelector('section thead')?.querySelectorAll('th') ?? [])];
      setShown(titles.filter((title) => getComputedStyle(title).display !== 'none').length);
    };
    const observer = new ResizeObserver(count);
    observer.observe(around);
    return () => observer.disconnect();
  }, [rows, hasRows]);
  return shown;
}
