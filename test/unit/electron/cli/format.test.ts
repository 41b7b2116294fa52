import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ageText, durationText, formatSize, formatTable, truncate } from '../../../../electron/cli/format.ts';
import { textWidth } from '../../../../electron/cli/text-width.ts';

describe('formatAge', () => {
  it.each([
    [0, 'now'],
    [-5000, 'now'],
    [61_000, '1 minute'],
    [5 * 3_600_000, '5 hours'],
    [13 * 86_400_000, '1 week'],
    [70 * 86_400_000, '2 months'],
    [800 * 86_400_000, '2 years'],
  ])('%d milliseconds are %s', (milliseconds, text) => {
    expect(ageText(milliseconds)).toBe(text);
  });
});

describe('formatSize', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1049, '1.05 kB'],
    [1_234_567, '1.23 MB'],
    [12_345_678, '12.3 MB'],
    [84_000_000, '84 MB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [4 * 1024 ** 3, '4.29 GB'],
    [12e15, '12000 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  it('never needs more than three digits, a point and a unit below 1,000 TB', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9e14 }), (bytes) =>
        /^\d{1,3}(\.\d{1,2})? [kMGT]?B$/.test(formatSize(bytes)),
      ),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [840, '0.8 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [10_400, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min 00 s'],
    [60_000, '1 min 00 s'],
    [65_000, '1 min 05 s'],
    [3_600_000, '60 min 00 s'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });
});

describe('truncate', () => {
  it('leaves what fits, and cuts the rest with an ellipsis to exactly the width', () => {
    expect(truncate('abc', 3)).toBe('abc');
    expect(truncate('abcd', 3)).toBe('ab…');
    expect(truncate('abcd', 1)).toBe('');
    expect(truncate('镜像仓库', 6)).toBe('镜像…');
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.nat(40),
        (text, width) => textWidth(truncate(text, width)) <= Math.max(0, width),
      ),
    );
  });
});

describe('formatTable', () => {
  it('aligns by what is shown, and keeps each row on its line', () => {
    expect(
      formatTable([
        ['NAME', 'SIZE'],
        ['a\nb', '1 B'],
      ]),
    ).toEqual(['NAME  SIZE', 'a\\nb  1 B']);
  });

  it('counts the columns of a terminal, of which some characters take two', () => {
    expect(
      formatTable([
        ['NAME', 'SIZE'],
        ['镜像🚀', '1 B'],
        ['longer-name', '2 B'],
      ]),
    ).toEqual(['NAME         SIZE', '镜像🚀       1 B', 'longer-name  2 B']);
  });

  it('aligns the columns and pads no line at its end', () => {
    expect(
      formatTable([
        ['NAME', 'SIZE'],
        ['a', '1 B'],
        ['longer', ''],
      ]),
    ).toEqual(['NAME    SIZE', 'a       1 B', 'longer  ']);
  });
});
