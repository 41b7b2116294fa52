import { type ReactNode, type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { classes } from './classes.ts';

export type FoldMotion = 'opening' | 'closing';

interface Folding<T extends HTMLElement> {
  /** What folds is in the page: it is open, or not yet away. */
  isThere: boolean;
  /** Set while it moves, for `data-fold`. */
  motion: FoldMotion | undefined;
  /** Of the element that folds, or of the one around all that fold together. */
  ref: RefObject<T | null>;
}

/** What unfolds and folds in a moment (`fold` in styles.css), but is there at once where it is just shown, as with another view. */
export function useFold<T extends HTMLElement>(isOpen: boolean): Folding<T> {
  const ref = useRef<T>(null);
  const [wasOpen, setWasOpen] = useState(isOpen);
  const [motion, setMotion] = useState<FoldMotion>();
  if (wasOpen !== isOpen) {
    setWasOpen(isOpen);
    setMotion(isOpen ? 'opening' : 'closing');
  }
  useLayoutEffect(() => {
    if (motion === undefined) return;
    const moves = heightsIn(ref.current);
    if (moves.length === 0) {
      setMotion(undefined);
      return;
    }
    let isCurrent = true;
    const end = () => (isCurrent ? setMotion(undefined) : undefined);
    Promise.all(moves.map(({ finished }) => finished)).then(end, end);
    return () => {
      isCurrent = false;
    };
  }, [motion]);
  return { isThere: isOpen || motion === 'closing', motion, ref };
}

/** The heights that change within an element just now. Bars and what turns have nothing to do with them. */
function heightsIn(element: HTMLElement | null): Animation[] {
  const all = element?.getAnimations({ subtree: true }) ?? [];
  return all.filter((each) => each instanceof CSSTransition && each.transitionProperty === 'height');
}

interface FoldProps {
  isOpen: boolean;
  id?: string;
  className?: string;
  children: ReactNode;
}

/** What a button unfolds. It is not in the page while it is folded, nor within reach while it goes away. */
export function Fold({ isOpen, id, className, children }: FoldProps) {
  const { isThere, motion, ref } = useFold<HTMLDivElement>(isOpen);
  if (!isThere) return null;
  return (
    <div ref={ref} id={id} data-fold={motion} inert={!isOpen} className={classes('fold', className)}>
      {children}
    </div>
  );
}
