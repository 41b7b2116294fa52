/** What is left of the beginning, at least, in characters: less tells nothing. */
const LEAST_HEAD = 4;

/** Characters at the end that are kept where the last part of a path has no room as a whole: a tag, or what is last of it. */
const KEPT = [16, 12, 10, 8, 6];

/**
 * A name or a path that has no room, shortened before as many of its last parts as fit: they tell names apart. What is left of the room goes to
 * the beginning.
 * @param width in the unit of `measure`
 * @param kept characters at the end to keep, instead of parts
 */
export function fitMiddle(text: string, width: number, measure: (text: string) => number, kept?: number): string {
  if (measure(text) <= width) return text;
  const parts = kept === undefined ? [...text.matchAll(/\//g)].map(({ index }) => text.slice(index)) : [];
  const counts = kept === undefined ? KEPT : [kept];
  // A dot behind the ellipsis would be read as a part of it.
  const ends = [...parts, ...counts.map((count) => text.slice(-count).replace(/^\.+/, ''))];
  const fits = (shown: string) => measure(shown) <= width;
  const end = ends.find((each) => each.length < text.length && fits(`${text.slice(0, LEAST_HEAD)}…${each}`));
  if (end === undefined)
    return `…${text.slice(text.length - most(text.length, (count) => fits(`…${text.slice(-count)}`)))}`;
  const head = most(text.length - end.length, (count) => fits(`${text.slice(0, count)}…${end}`));
  return `${text.slice(0, head).replace(/[./:_-]+$/, '')}…${end}`;
}

/** The largest count up to `limit` that fits, where each smaller one fits, too; 0 where none does. */
function most(limit: number, fits: (count: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
