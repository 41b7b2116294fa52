// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest';
import { collapseRows } from '../../../../renderer/ui/collapse-rows.ts';

afterEach(() => vi.unstubAllGlobals());

/** Tells at once, as a browser does before it paints. */
class Sizes {
  readonly #tell: ResizeObserverCallback;

  constructor(tell: ResizeObserverCallback) {
    this.#tell = tell;
  }

  observe(target: Element): void {
    const size = { blockSize: Number(target.getAttribute('height')), inlineSize: 100 };
    this.#tell(
      [{ target, borderBoxSize: [size] } as unknown as ResizeObserverEntry],
      this as unknown as ResizeObserver,
    );
  }

  disconnect(): void {}
}

async function listOf(...heights: number[]) {
  vi.stubGlobal('ResizeObserver', Sizes);
  document.body.innerHTML = `<ul>${heights.map((height) => `<li height="${height}">${height}</li>`).join('')}</ul>`;
  const list = document.querySelector('ul');
  const end = collapseRows(list);
  const change = async (how: (rows: Element[]) => void) => {
    how([...(list?.children ?? [])]);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  const shown = () => [...(list?.children ?? [])].map((row) => row.textContent || row.getAttribute('style'));
  return { list, end, change, shown };
}

test('where a row was that is gone an empty one of its height becomes smaller, and is gone, too', async () => {
  const { list, change, shown } = await listOf(30, 40, 50);
  await change(([, row]) => row?.remove());
  expect(shown()).toEqual(['30', '--height: 40px;', '50']);
  const gap = list?.querySelector('.row-gone');
  expect(gap?.getAttribute('aria-hidden')).toBe('true');
  await change(() => gap?.dispatchEvent(new Event('animationend')));
  expect(shown()).toEqual(['30', '50']);
});

test('the last row leaves its place, too, and a row that is moved leaves none', async () => {
  const { change, list, shown } = await listOf(30, 40, 50);
  await change(([, , row]) => row?.remove());
  expect(shown()).toEqual(['30', '40', '--height: 50px;']);
  await change(([first]) => (first ? list?.append(first) : undefined));
  expect(shown()).toEqual(['40', '--height: 50px;', '30']);
});

test('a row that was added later leaves its place, one without a height none', async () => {
  const { change, list, shown, end } = await listOf(0);
  await change(() => list?.insertAdjacentHTML('beforeend', '<li height="20">20</li>'));
  await change((rows) => {
    for (const row of rows) row.remove();
  });
  expect(shown()).toEqual(['--height: 20px;']);
  end?.();
});
