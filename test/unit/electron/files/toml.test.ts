import { describe, expect, test } from 'vitest';
import { parseToml } from '../../../../electron/files/toml.ts';

describe('a file of containers as TOML', () => {
  const parsed = (text: string) => parseToml(text, (detail, cause) => new Error(`refused, ${detail}`, { cause }));

  test('may have all that TOML 1.0 has: arrays of tables, dates, strings of several lines', () => {
    const text = `
      [[table]]
      born = 1979-05-27T07:32:00Z
      [[table]]
      text = """
two
lines"""
      [storage]
      size = 9223372036854775807
      graphroot = '''/srv'''
    `;
    expect(parsed(text)).toMatchObject({
      table: [{ born: expect.any(Date) }, { text: 'two\nlines' }],
      storage: { graphroot: '/srv' },
    });
  });

  test.each([
    ['a = 1\na = 2', 'line 2: '],
    ['[storage]\n\ngraphroot = /x', 'line 3: '],
    ['[a', 'line 1: '],
    ['a = 1 b = 2', 'line 1: '],
    ['a = "\\q"', 'line 1: '],
    ['a = 1979-05-32', 'line 1: '],
    [`a = ${'['.repeat(10_000)}`, 'line 1: '],
  ])('that is not valid is refused with line and reason: %.40s', (text, line) => {
    expect(() => parsed(text)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(new RegExp(`^refused, ${line}\\w.+$`)) }),
    );
  });

  test('with a hostile key changes no prototype', () => {
    expect(parsed('[__proto__]\npolluted = true')).toBeTypeOf('object');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
