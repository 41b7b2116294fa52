/**
 * As the `ref` of a list: where a row was that is gone an empty one becomes smaller until it is gone, too (`row-gone` in styles.css), so that
 * the rows below it do not jump under the pointer. A row that is moved is not gone, and of a list that goes as a whole nothing is left.
 */
export function collapseRows(list: HTMLElement | null): (() => void) | undefined {
  if (list === null) return undefined;
  const heights = new WeakMap<Node, number>();
  const sizes = new ResizeObserver((entries) => {
    for (const { target, borderBoxSize } of entries) heights.set(target, borderBoxSize[0]?.blockSize ?? 0);
  });
  for (const row of list.children) sizes.observe(row);
  const changes = new MutationObserver((records) => {
    for (const { addedNodes, removedNodes, nextSibling } of records) {
      for (const row of addedNodes) if (row instanceof HTMLElement && row.className !== GAP) sizes.observe(row);
      for (const row of removedNodes) {
        const height = row.isConnected ? 0 : (heights.get(row) ?? 0);
        if (height > 0) list.insertBefore(gapOf(height), nextSibling?.parentNode === list ? nextSibling : null);
      }
    }
  });
  changes.observe(list, { childList: true });
  return () => {
    changes.disconnect();
    sizes.disconnect();
  };
}

const GAP = 'row-gone';

function gapOf(height: number): HTMLElement {
  const gap = document.createElement('li');
  gap.setAttribute('aria-hidden', 'true');
  gap.className = GAP;
  gap.style.setProperty('--height', `${height}px`);
  gap.addEventListener('animationend', () => gap.remove());
  return gap;
}
