import { expect, test } from 'vitest';
import { endReport, hasEnded } from '../../../../electron/desktop/end-report.ts';
import { desktopText } from '../../../../electron/desktop/text.ts';
import { job } from '../../renderer/samples.ts';

const english = desktopText(
  () => 'en',
  () => 'en-GB',
)();

test('the end of a push is news once, a failure as well, and a cancel is none', () => {
  expect(hasEnded(job({ id: 'a' }), job({ id: 'a', state: 'failed' }))).toBe(true);
  expect(hasEnded(job({ id: 'a', state: 'done' }), job({ id: 'a', state: 'done' }))).toBe(false);
  expect(hasEnded(job({ id: 'a' }), job({ id: 'a', state: 'cancelled' }))).toBe(false);
});

test('a failure is told with its reason', () => {
  const failed = job({ id: 'a', state: 'failed', error: { code: 'DENIED', message: 'No.' } });
  expect(endReport(failed, [failed], english)).toEqual({ title: 'Push failed', body: 'ghcr.io/acme/web:1.2: No.' });
});

test('of images that were pushed together only the last end is told, for all of them', () => {
  const done = job({ id: 'a', group: 'many', state: 'done' });
  const running = job({ id: 'b', group: 'many' });
  const failed = job({ id: 'b', group: 'many', state: 'failed' });
  expect(endReport(done, [done, running, job({ id: 'c' })], english)).toBeUndefined();
  expect(endReport(failed, [done, failed, job({ id: 'c' })], english)).toEqual({
    title: 'Some images were not pushed',
    body: '1 of 2 images were pushed.',
  });
});
