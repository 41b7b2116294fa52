import fc from 'fast-check';
import { expect, it } from 'vitest';
import { goObject, goString, goTime, rawMembers } from '../../../../electron/image/go-json.ts';

it('takes an object apart and puts it together again, with the same meaning and sorted names', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), fc.nat(4), (object, indent) => {
      const members = rawMembers(JSON.stringify(object, undefined, indent));
      const text = goObject(members);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(object)));
      expect([...members.keys()].toSorted()).toEqual(Object.keys(object).toSorted());
      expect(text).not.toMatch(/[<>&\u2028\u2029]/);
    }),
    { seed: 7, numRuns: 300 },
  );
});

it('keeps numbers, escapes and the order within values as they are, and drops only white space', () => {
  const text = '{ "n": 12345678901234567890.10 , "s":"a\\u00e9 \\" }",\n"o": {"b" : 1, "a":[ 1 , {} ], "1": 2} }';
  expect(Object.fromEntries(rawMembers(text))).toEqual({
    n: '12345678901234567890.10',
    s: '"a\\u00e9 \\" }"',
    o: '{"b":1,"a":[1,{}],"1":2}',
  });
});

it('escapes what Go escapes', () => {
  expect(goString('<a> & \u2028"')).toBe('"\\u003ca\\u003e \\u0026 \\u2028\\""');
});

it('takes the last of members with the same name', () => {
  expect(goObject(rawMembers('{"a":1,"b":{},"a":[2]}'))).toBe('{"a":[2],"b":{}}');
});

it.each([
  ['2026-01-02T03:04:05.120300000Z', '2026-01-02T03:04:05.1203Z'],
  ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05Z'],
  ['2026-01-02T03:04:05+00:00', '2026-01-02T03:04:05Z'],
  ['2026-01-02T03:04:05.5+02:00', '2026-01-02T03:04:05.5+02:00'],
  ['yesterday', '0001-01-01T00:00:00Z'],
  [undefined, '0001-01-01T00:00:00Z'],
])('writes the time %s as Go does', (text, written) => {
  expect(goTime(text)).toBe(written);
});
