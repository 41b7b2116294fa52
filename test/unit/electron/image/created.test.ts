import { expect, it } from 'vitest';
import { annotatedDate, isoDate, isoTime } from '../../../../electron/image/created.ts';

it.each([
  ['2024-01-01T00:00:00.123456789+14:00', '2023-12-31T10:00:00.123Z'],
  ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', undefined],
  ['not a date', undefined],
  [undefined, undefined],
])('%j was made at %j', (text, date) => {
  expect(isoDate(text)).toBe(date);
  expect(annotatedDate(text === undefined ? {} : { 'org.opencontainers.image.created': text })).toBe(date);
});

it.each([
  [1_767_323_045_000, '2026-01-02T03:04:05.000Z'],
  [Date.parse('0001-01-01T00:00:00Z'), undefined],
  [Number.NaN, undefined],
  [Number.MAX_SAFE_INTEGER, undefined],
])('%j milliseconds are %j', (time, date) => {
  expect(isoTime(time)).toBe(date);
});
