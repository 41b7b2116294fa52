import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToWidth, padToWidth, textWidth } from '../../../../electron/cli/text-width.ts';

describe('textWidth', () => {
  it.each([
    ['', 0],
    ['web:1.2', 7],
    ['café', 4],
    ['cafe\u0301', 4],
    ['镜像', 4],
    ['イメージ', 8],
    ['ｶﾅ', 2],
    ['ＡＢ', 4],
    ['한글', 4],
    ['\u1112\u1161\u11ab', 2],
    ['𠮷', 2],
    ['Привет', 6],
    ['शि', 2],
    ['🚀', 2],
    ['👩‍👩‍👧', 2],
    ['👍🏽', 2],
    ['🇨🇳', 2],
    ['❤️', 2],
    ['❤', 1],
    ['█░…→', 4],
  ])('gives %j %d columns', (text, columns) => {
    expect(textWidth(text)).toBe(columns);
  });
});

describe('cutToWidth', () => {
  it('never cuts a character that takes two columns', () => {
    expect(cutToWidth('a镜像', 4)).toBe('a镜');
    expect(cutToWidth('👩‍👩‍👧👍🏽', 3)).toBe('👩‍👩‍👧');
    expect(cutToWidth('镜', 1)).toBe('');
  });

  it('gives the start of the text, and no more columns than there are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, columns) => {
        const cut = cutToWidth(text, columns);
        return text.startsWith(cut) && textWidth(cut) <= columns;
      }),
    );
  });
});

describe('padToWidth', () => {
  it('fills the columns that are left', () => {
    expect(padToWidth('镜像', 6)).toBe('镜像  ');
    expect(padToWidth('镜像', 3)).toBe('镜像');
  });
});
