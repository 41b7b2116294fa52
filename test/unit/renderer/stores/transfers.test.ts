import { expect, test } from 'vitest';
import { jobSummary } from '../../../../renderer/features/transfers/job-summary.ts';
import { formatBytes, formatDuration, formatProgress, formatRate } from '../../../../renderer/i18n/format.ts';
import { texts } from '../../../../renderer/i18n/i18n.ts';
import { jobFraction } from '../../../../renderer/model/job-groups.ts';
import { applyPushEvents, countActive, type TransfersState } from '../../../../renderer/stores/transfers.ts';
import { job, layer } from '../samples.ts';

const EMPTY: TransfersState = { order: [], jobs: {}, layers: {} };

test('jobs are listed with the newest first', () => {
  const state = applyPushEvents(EMPTY, [
    { type: 'job', job: job({ id: 'old', createdAt: 1 }) },
    { type: 'job', job: job({ id: 'new', createdAt: 2 }) },
  ]);
  expect(state.order).toEqual(['new', 'old']);
});

test('an update of one layer leaves every other row the same object, and the order as it was', () => {
  const layers = [layer(0, 'waiting'), layer(1, 'waiting'), layer(2, 'waiting')];
  const before = applyPushEvents(EMPTY, [
    { type: 'job', job: job({ id: 'a' }) },
    { type: 'layers', jobId: 'a', layers },
  ]);
  const after = applyPushEvents(before, [{ type: 'layers', jobId: 'a', layers: [layer(1, 'uploading')] }]);
  const [first, second, third] = layers.map(({ digest }) => digest);
  expect(after.layers['a']?.byDigest[second ?? '']?.state).toBe('uploading');
  expect(after.layers['a']?.byDigest[first ?? '']).toBe(before.layers['a']?.byDigest[first ?? '']);
  expect(after.layers['a']?.byDigest[third ?? '']).toBe(before.layers['a']?.byDigest[third ?? '']);
  expect(after.layers['a']?.digests).toBe(before.layers['a']?.digests);
  expect(after.jobs).toBe(before.jobs);
  expect(after.order).toBe(before.order);
});

test('a removed job goes with its rows', () => {
  const state = applyPushEvents(EMPTY, [
    { type: 'job', job: job({ id: 'a' }) },
    { type: 'layers', jobId: 'a', layers: [layer(0)] },
    { type: 'removed', jobId: 'a' },
  ]);
  expect(state).toEqual(EMPTY);
});

test('jobs that wait for a person or are over do not count as running', () => {
  const states = ['queued', 'planning', 'running', 'needs-login', 'paused', 'done', 'failed', 'cancelled'] as const;
  const events = states.map((state) => ({ type: 'job' as const, job: job({ id: state, state }) }));
  expect(countActive(applyPushEvents(EMPTY, events))).toBe(3);
});

const format = {
  bytes: (bytes: number) => formatBytes(bytes, 'en'),
  rate: (rate: number) => formatRate(rate, 'en'),
  progress: (sent: number, total: number) => formatProgress(sent, total, 'en'),
  duration: (seconds: number) => formatDuration(seconds, 'en'),
};

test('a running job says bytes, rate, time left and bytes saved', () => {
  expect(jobSummary(job({ id: 'a' }), texts.t, format)).toEqual([
    'Pushing',
    '50 / 84 MB',
    '12 MB/s',
    '3s left',
    '5.3 MB saved',
  ]);
  expect(jobFraction(job({ id: 'a', bytesTotal: 100, bytesSent: 20, bytesSaved: 30 }))).toBe(0.5);
});

test('a job that needs a login says who asks, or who lacks the right', () => {
  const login = { registry: 'ghcr.io', reason: '', tried: { username: 'ana', origin: 'x' }, denied: false };
  const base = { id: 'a', state: 'needs-login' as const, bytesTotal: 0, bytesSaved: 0 };
  expect(jobSummary(job({ ...base, login }), texts.t, format)).toEqual(['ghcr.io wants a login']);
  const denied = job({ ...base, login: { ...login, denied: true } });
  expect(jobSummary(denied, texts.t, format)).toEqual(['ana may not push here']);
});

test('sent bytes never show a bar beyond its end, and an unknown total shows none', () => {
  expect(jobFraction(job({ id: 'a', bytesTotal: 100, bytesSent: 150, bytesSaved: 0 }))).toBe(1);
  expect(jobFraction(job({ id: 'a', bytesTotal: 0, bytesSent: 0 }))).toBe(0);
});
