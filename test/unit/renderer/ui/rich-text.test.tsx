// @vitest-environment happy-dom
import { render } from '@testing-library/react';
import { expect, test } from 'vitest';
import { RichText } from '../../../../renderer/ui/rich-text.tsx';

test('a sentence is as it is translated, and its marked parts stand out or are as terminals have them', () => {
  const { container } = render(
    <RichText text="<b>1.2 moves</b> from <d>a1b2c3d4</d> to <d>2baf0e91</d>." strong="text-warn" />,
  );
  expect(container.textContent).toBe('1.2 moves from a1b2c3d4 to 2baf0e91.');
  expect(container.querySelector('strong')?.className).toContain('text-warn');
  const digests = [...container.querySelectorAll('.font-mono')].map(({ textContent }) => textContent);
  expect(digests).toEqual(['a1b2c3d4', '2baf0e91']);
});

test('what is not marked, or not so, is text', () => {
  const { container } = render(<RichText text="a < b, <i>c</i>" />);
  expect(container.innerHTML).toBe('a &lt; b, &lt;i&gt;c&lt;/i&gt;');
});
