import { expect, test } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatDay,
  formatDuration,
  formatPercent,
  formatProgress,
  formatRate,
} from '../../../renderer/i18n/format.ts';

test('sizes are decimal and as short as they can be', () => {
  expect(formatBytes(0, 'en')).toBe('0 B');
  expect(formatBytes(999, 'en')).toBe('999 B');
  expect(formatBytes(1_000, 'en')).toBe('1 kB');
  expect(formatBytes(999_600, 'en')).toBe('1 MB');
  expect(formatBytes(7_240_000, 'en')).toBe('7.2 MB');
  expect(formatBytes(84_400_000, 'en')).toBe('84 MB');
  expect(formatBytes(4_294_967_296, 'en')).toBe('4.3 GB');
});

test('progress is written in the unit of the whole', () => {
  expect(formatProgress(45_000_000, 72_000_000, 'en')).toBe('45 / 72 MB');
  expect(formatProgress(0, 0, 'en')).toBe('0 / 0 B');
  expect(formatRate(12_400_000, 'en')).toBe('12 MB/s');
});

test('a part is never said to be more than it is: 100 % is the end', () => {
  expect(formatPercent(0.29, 'en')).toBe('29%');
  expect(formatPercent(0.998, 'en')).toBe('99%');
  expect(formatPercent(1, 'en')).toBe('100%');
});

test('durations have at most two units', () => {
  expect(formatDuration(0.42, 'en')).toBe('0.4s');
  expect(formatDuration(48, 'en')).toBe('48s');
  expect(formatDuration(125, 'en')).toBe('2m 5s');
  expect(formatDuration(3_780, 'en')).toBe('1h 3m');
  expect(formatDuration(125, 'zh-CN')).toBe('2分钟5秒');
});

test('ages are relative and follow the language', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  expect(formatAge('2026-11-22T10:00:00Z', 'en', now)).toBe('2 hr. ago');
  expect(formatAge('2026-11-19T12:00:00Z', 'en', now)).toBe('3 days ago');
  expect(formatAge('2026-11-19T12:00:00Z', 'zh-CN', now)).toBe('3天前');
});

test('headings of days say today and yesterday, and the date of others', () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
  const now = at(26, 1);
  expect(formatDay(at(26, 0), 'en', now)).toBe('Today');
  expect(formatDay(at(25, 23), 'en', now)).toBe('Yesterday');
  expect(formatDay(at(24, 23), 'en', now)).toBe('Tuesday, November 24, 2026');
  expect(formatDay(at(25, 2), 'zh-CN', now)).toBe('昨天');
});

test('a missing, unreadable or zero date shows nothing', () => {
  expect(formatAge(undefined, 'en')).toBe('');
  expect(formatAge('not a date', 'en')).toBe('');
  expect(formatAge('1970-01-01T00:00:00Z', 'en')).toBe('');
});
