import fc from 'fast-check';
import { expect, it } from 'vitest';
import { oneLine, safeJson } from '../../../../electron/cli/one-line.ts';

/** What must never reach a terminal from a value. */
const DRIVES_TERMINAL = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/;

/** Any characters, more often of those that matter here. */
const anyText = fc
  .array(fc.oneof(fc.nat(0xa0), fc.integer({ min: 0x2000, max: 0x206f }), fc.nat(0x10ffff)))
  .map((codes) => String.fromCodePoint(...codes));

it.each([
  ['an escape sequence', '\u001b[2Ja', '\\x1b[2Ja'],
  ['a title and a bell', '\u001b]0;x\u0007', '\\x1b]0;x\\x07'],
  ['an 8-bit sequence', '\u009b1m', '\\x9b1m'],
  ['line ends and tabs', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['line and paragraph separators', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\x85d'],
  ['turned writing', 'bidi\u202egnp.exe\u2066\u200f', 'bidi\\u202egnp.exe\\u2066\\u200f'],
  ['characters without a width', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
])('%s is written out', (_, text, shown) => {
  expect(oneLine(text)).toBe(shown);
});

it.each(['层 é', 'café, ßtraße', 'שלום', '👩‍👩‍👧', 'a\\nb'])('%s stays as it is', (text) => {
  expect(oneLine(text)).toBe(text);
});

it('whatever the text, nothing of it drives a terminal, and twice is as once', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = oneLine(text);
      return !DRIVES_TERMINAL.test(shown) && oneLine(shown) === shown;
    }),
  );
});

it('JSON holds the same value and none of these characters', () => {
  fc.assert(
    fc.property(anyText, anyText, (key, value) => {
      const json = safeJson({ [`k${key}`]: [value] });
      expect(json).not.toMatch(DRIVES_TERMINAL);
      expect(JSON.parse(json)).toEqual({ [`k${key}`]: [value] });
    }),
  );
});
