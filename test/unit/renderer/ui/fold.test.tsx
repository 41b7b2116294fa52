// @vitest-environment happy-dom
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { Fold } from '../../../../renderer/ui/fold.tsx';

class Transition {
  readonly transitionProperty: string;
  readonly finished: Promise<void>;
  end = () => undefined as void;

  constructor(transitionProperty: string) {
    this.transitionProperty = transitionProperty;
    this.finished = new Promise((resolve) => {
      this.end = resolve;
    });
  }
}

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** What moves in the page, as a browser tells. */
function moving(...transitions: Transition[]) {
  vi.stubGlobal('CSSTransition', Transition);
  const animations = transitions as unknown as Animation[];
  vi.spyOn(Element.prototype, 'getAnimations').mockReturnValue(animations);
}

const fold = (isOpen: boolean) => (
  <Fold isOpen={isOpen}>
    <button type="button">layer</button>
  </Fold>
);
const panel = () => screen.queryByText('layer')?.parentElement;

test('what is shown open is there at once, and only what is unfolded later moves', () => {
  moving(new Transition('height'));
  const { rerender } = render(fold(true));
  expect(panel()?.dataset['fold']).toBeUndefined();
  rerender(fold(false));
  rerender(fold(true));
  expect(panel()?.dataset['fold']).toBe('opening');
});

test('what is folded stays until its height has changed, out of reach, whatever else moves in it', async () => {
  const height = new Transition('height');
  moving(height, new Transition('transform'));
  const { rerender } = render(fold(true));
  rerender(fold(false));
  expect(panel()?.dataset['fold']).toBe('closing');
  expect(panel()?.hasAttribute('inert')).toBe(true);
  await act(async () => height.end());
  expect(panel()).toBeUndefined();
});

test('where nothing moves it is gone at once, and what is opened meanwhile stays', async () => {
  moving();
  const { rerender } = render(fold(true));
  rerender(fold(false));
  expect(panel()).toBeUndefined();
  const height = new Transition('height');
  moving(height);
  rerender(fold(true));
  rerender(fold(false));
  rerender(fold(true));
  await act(async () => height.end());
  expect(panel()?.dataset['fold']).toBeUndefined();
  expect(panel()?.hasAttribute('inert')).toBe(false);
});
