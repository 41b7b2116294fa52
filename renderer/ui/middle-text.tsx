import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { classes } from './classes.ts';
import { fitMiddle } from './fit-middle.ts';

interface NameTextProps {
  text: string;
  /** Characters at its end that are shown, as long as there is any room; else as many of its last parts as fit. */
  end?: number;
}

/** The name of an image, or where it goes, shortened before its last parts; the whole of it is there to be read aloud, selected and found. */
export function NameText({ text, end }: NameTextProps) {
  const place = useRef<HTMLSpanElement>(null);
  const shortened = useShortened(text, place, end);
  return (
    <span ref={place} className="relative block min-w-0 whitespace-pre">
      <span className={classes('block truncate', shortened !== undefined && 'opacity-0')}>{text}</span>
      {shortened === undefined ? null : (
        <span aria-hidden className="pointer-events-none absolute inset-0">
          {shortened}
        </span>
      )}
    </span>
  );
}

/** The text as it fits into its place; undefined where all of it does, or where nothing can be measured. */
function useShortened(text: string, place: RefObject<HTMLElement | null>, end?: number): string | undefined {
  const [shortened, setShortened] = useState<string>();
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    return onResize(element, () => {
      const { width } = element.getBoundingClientRect();
      // As it is laid out: a canvas measures a part of a pixel more or less.
      const isWhole = widthOf(element.firstElementChild) <= width + 0.1;
      setShortened(isWhole ? undefined : fitMiddle(text, width, measureAs(element), end));
    });
  }, [text, place, end]);
  return shortened;
}

const listeners = new Map<Element, () => void>();
let observer: ResizeObserver | undefined;

/** Calls at once and with each change of the width. One observer for all, so that all texts of a page change in one step. */
function onResize(element: Element, listener: () => void): () => void {
  observer ??= new ResizeObserver((entries) =>
    // Before this frame is painted.
    flushSync(() => {
      for (const { target } of entries) listeners.get(target)?.();
    }),
  );
  listeners.set(element, listener);
  observer.observe(element);
  return () => {
    observer?.unobserve(element);
    listeners.delete(element);
  };
}

/** Of what is in it, even where it has less room; in pixels. */
function widthOf(element: Element | null): number {
  if (element === null) return 0;
  const range = document.createRange();
  range.selectNodeContents(element);
  return range.getBoundingClientRect().width;
}

let canvas: CanvasRenderingContext2D | null | undefined;

/** Widths in pixels, in the element's font. Without a canvas everything fits. */
function measureAs(element: Element): (text: string) => number {
  canvas ??= document.createElement('canvas').getContext('2d');
  const context = canvas;
  if (context === null || context === undefined) return () => 0;
  context.font = getComputedStyle(element).font;
  return (text) => context.measureText(text).width;
}
