// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { showLanguage } from '../../../../renderer/i18n/i18n.ts';
import { commandText } from '../../../../renderer/ui/command-text.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import type { JobInfo, JobSnapshot, LayerProgress } from '../../../../shared/transfer-events.ts';
import { createFakeApi, type FakeApi } from '../fake-api.ts';
import { detailsOf, image, job, layer } from '../samples.ts';
import { openWindow } from '../setup.tsx';

afterEach(() => vi.useRealTimers());

function cutOff(id: string, createdAt: number): JobInfo {
  const none = { bytesTotal: 0, bytesSent: 0, bytesSaved: 0, rate: 0 };
  return job({ id, imageName: `image-${id}`, state: 'interrupted', createdAt, ...none });
}

const withJobs = (...snapshots: JobSnapshot[]): FakeApi => createFakeApi({ 'transfers.list': () => snapshots });
const asked = (fake: FakeApi, domain: string) => fake.calls.filter(({ channel }) => channel.startsWith(domain));
const send = (fake: FakeApi, next: JobInfo) => act(() => fake.emit('transfers', [{ type: 'job', job: next }]));
const rowOf = ({ digest }: LayerProgress) =>
  screen.getAllByTestId('layer-row').find((row) => row.dataset['digest'] === digest) ?? expect.fail('no such row');

test('pushes that were cut off stand above newer ones, under a notice that says so', async () => {
  await openWindow(
    withJobs({ job: job({ id: 'new', createdAt: 9_000 }), layers: [] }, { job: cutOff('old', 1), layers: [] }),
  );
  expect(screen.getAllByTestId('job').map(({ dataset }) => dataset['state'])).toEqual(['interrupted', 'running']);
  expect(screen.getByRole('note').textContent).toMatch(/^1 push was cut off when Pushboat ended/);
  within(screen.getAllByTestId('job')[0] ?? expect.fail()).getByText('Was cut off when Pushboat ended');
});

test('a push that was cut off can be resumed, and then is one among the others', async () => {
  const fake = withJobs(
    { job: job({ id: 'new', createdAt: 9_000 }), layers: [] },
    { job: cutOff('old', 1), layers: [] },
  );
  const user = await openWindow(fake);
  await user.click(screen.getByRole('button', { name: 'Resume' }));
  expect(asked(fake, 'transfers.resume').map(({ input }) => input)).toEqual(['old']);
  send(fake, { ...cutOff('old', 1), state: 'running' });
  expect(screen.queryByRole('note')).toBeNull();
  expect(screen.getAllByTestId('job').map(({ textContent }) => textContent?.includes('image-old'))).toEqual([
    false,
    true,
  ]);
});

test('discarding a push that was cut off cancels it before it is taken off the list', async () => {
  const fake = withJobs({ job: cutOff('old', 1), layers: [] });
  const user = await openWindow(fake);
  await user.click(screen.getByRole('button', { name: 'Discard' }));
  await waitFor(() =>
    expect(asked(fake, 'transfers.').map(({ channel, input }) => [channel, input])).toEqual([
      ['transfers.list', undefined],
      ['transfers.cancel', 'old'],
      ['transfers.forget', 'old'],
    ]),
  );
});

test('several pushes that were cut off can be resumed at once', async () => {
  const fake = withJobs({ job: cutOff('a', 1), layers: [] }, { job: cutOff('b', 2), layers: [] });
  const user = await openWindow(fake);
  await user.click(screen.getByRole('button', { name: 'Resume all' }));
  expect(asked(fake, 'transfers.resume').map(({ input }) => input)).toEqual(['b', 'a']);
});

const WEB = image({ id: 'web' });
const pausedBefore = (id: string) => job({ id, imageName: `image-${id}`, state: 'paused', isEarlier: true });

test('pushes that were paused when the application ended are paused from last time, not cut off', async () => {
  const fake = withJobs(
    { job: job({ id: 'new', createdAt: 9_000 }), layers: [] },
    { job: pausedBefore('a'), layers: [] },
    { job: pausedBefore('b'), layers: [] },
  );
  const user = await openWindow(fake);
  expect(screen.getByRole('note').textContent).toMatch(/^2 pushes are paused from last time/);
  expect(screen.getAllByTestId('job').map(({ dataset }) => dataset['state'])).toEqual(['paused', 'paused', 'running']);
  expect(document.body.textContent).not.toContain('cut off');
  await user.click(screen.getByRole('button', { name: 'Resume all' }));
  expect(asked(fake, 'transfers.resume').map(({ input }) => input)).toEqual(['a', 'b']);
});

test('a push that is paused in this start is under no notice', async () => {
  await openWindow(withJobs({ job: job({ id: 'a', state: 'paused' }), layers: [] }));
  expect(screen.queryByRole('note')).toBeNull();
});

test('layers of a push of an earlier start have the names of before, read from the image', async () => {
  const { createdBy, ...nameless } = layer(0, 'waiting');
  const fake = createFakeApi({
    'transfers.list': () => [{ job: cutOff('old', 1), layers: [nameless] }],
    'images.details': () => detailsOf(WEB),
  });
  await openWindow(fake);
  within(rowOf(nameless)).getByText('Layer');
  expect(asked(fake, 'images.details')).toEqual([]);
  act(() => fake.emit('images', { sourceId: WEB.sourceId, upserted: [WEB], removed: [] }));
  await waitFor(() => within(rowOf(nameless)).getByText(commandText(createdBy) ?? expect.fail()));
});

test('layers whose image is not readable any more say what they are', async () => {
  const { createdBy: _command, ...nameless } = layer(0, 'waiting');
  const fake = createFakeApi({
    'transfers.list': () => [{ job: cutOff('old', 1), layers: [nameless] }],
    'images.list': () => [WEB],
  });
  await openWindow(fake);
  await waitFor(() => expect(asked(fake, 'images.details')).toHaveLength(1));
  within(rowOf(nameless)).getByText('Layer');
});

test.each([
  ['cancelled', 'Retry'],
  ['paused', 'Resume'],
] as const)('of a %s push %s says that it was heard until the job begins', async (state, label) => {
  const fake = withJobs({ job: job({ id: 'a', state }), layers: [] });
  const user = await openWindow(fake);
  await user.click(screen.getByRole('button', { name: label }));
  await user.click(screen.getByRole('button', { name: 'Starting…' }));
  expect(asked(fake, 'transfers.resume').map(({ input }) => input)).toEqual(['a']);
  send(fake, job({ id: 'a', state: 'queued' }));
  send(fake, job({ id: 'a', state }));
  screen.getByRole('button', { name: label });
});

test('a push that cannot be begun again can be tried once more', async () => {
  const resume = () => {
    throw new PushboatError('INTERNAL', 'There is no transfer with the id a.');
  };
  const snapshot = { job: job({ id: 'a', state: 'cancelled' }), layers: [] };
  const fake = createFakeApi({ 'transfers.list': () => [snapshot], 'transfers.resume': resume });
  const user = await openWindow(fake);
  await user.click(screen.getByRole('button', { name: 'Retry' }));
  await screen.findByRole('alert');
  await user.click(screen.getByRole('button', { name: 'Retry' }));
  expect(asked(fake, 'transfers.resume')).toHaveLength(2);
});

test('nothing is under way in a push that was cut off, whatever its layers were at', async () => {
  const rows = [layer(0, 'uploading'), layer(1, 'committing'), layer(2, 'pushed'), layer(3, 'retrying')];
  await openWindow(withJobs({ job: cutOff('old', 1), layers: rows }));
  expect(rows.map((row) => rowOf(row).dataset['state'])).toEqual(['waiting', 'waiting', 'pushed', 'waiting']);
  within(rowOf(rows[0] ?? expect.fail())).getByText('Paused');
});

test('a pause that takes a moment is seen to be under way, and ends in a button to resume', async () => {
  const fake = withJobs({ job: job({ id: 'a' }), layers: [] });
  const user = await openWindow(fake);
  await user.click(screen.getByRole('button', { name: 'Pause' }));
  expect(asked(fake, 'transfers.pause').map(({ input }) => input)).toEqual(['a']);
  await user.click(screen.getByRole('button', { name: 'Pausing…' }));
  expect(asked(fake, 'transfers.pause')).toHaveLength(1);
  send(fake, job({ id: 'a', state: 'paused' }));
  expect(screen.queryByRole('button', { name: 'Pausing…' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Resume' }));
  send(fake, job({ id: 'a', state: 'running' }));
  expect(screen.getByRole('button', { name: 'Pause' })).toHaveProperty('disabled', false);
});

const focused = () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent;

test('the keyboard keeps its place while a job goes from running to paused and back', async () => {
  const fake = withJobs({ job: job({ id: 'a' }), layers: [] });
  const user = await openWindow(fake);
  screen.getByRole('button', { name: 'Pause' }).focus();
  await user.keyboard('{Enter}');
  expect(focused()).toBe('Pausing…');
  send(fake, job({ id: 'a', state: 'paused' }));
  await waitFor(() => expect(focused()).toBe('Resume'));
  await user.keyboard('{Enter}');
  send(fake, job({ id: 'a', state: 'running' }));
  await waitFor(() => expect(focused()).toBe('Pause'));
});

test.each(['failed', 'cancelled'] as const)('the keyboard stays at a %s job that is tried again', async (state) => {
  const fake = withJobs(
    { job: job({ id: 'new', createdAt: 9_000 }), layers: [] },
    {
      job: job({ id: 'a', state, ...(state === 'failed' ? { error: { code: 'INTERNAL', message: 'no' } } : {}) }),
      layers: [],
    },
  );
  const user = await openWindow(fake);
  screen.getByRole('button', { name: 'Retry' }).focus();
  await user.keyboard('{Enter}');
  send(fake, job({ id: 'a', state: 'running' }));
  await waitFor(() => expect(focused()).toBe('Pause'));
  expect(screen.getAllByTestId('job')[1]?.contains(document.activeElement)).toBe(true);
});

test('a job that is taken off the list leaves the keyboard at the next one', async () => {
  const fake = withJobs(
    { job: job({ id: 'a', state: 'done', createdAt: 9_000 }), layers: [] },
    { job: job({ id: 'b', state: 'paused' }), layers: [] },
  );
  await openWindow(fake);
  within(screen.getAllByTestId('job')[1] ?? expect.fail())
    .getAllByRole('button')
    .at(-1)
    ?.focus();
  act(() => fake.emit('transfers', [{ type: 'removed', jobId: 'a' }]));
  await waitFor(() => expect(focused()).toBe('Resume'));
});

test('a job that changes takes no focus from elsewhere', async () => {
  const fake = withJobs({ job: job({ id: 'a' }), layers: [] });
  const user = await openWindow(fake);
  screen.getByRole('button', { name: 'Pause' }).focus();
  await user.click(screen.getByRole('searchbox'));
  send(fake, job({ id: 'a', state: 'paused' }));
  await screen.findByRole('button', { name: 'Resume' });
  expect(document.activeElement).toBe(screen.getByRole('searchbox'));
});

const PAUSED_ROW = { ...layer(4, 'waiting'), sent: 36_000_000 };
const RESUMED_ROW = { ...layer(3, 'uploading'), resumedFrom: 3_000_000 };
const RETRYING_ROW = { ...layer(0, 'retrying'), attempt: 3, reason: '503 Service Unavailable' };

test('rows say what is paused, where an upload was resumed, and which try it is and why', async () => {
  await openWindow(withJobs({ job: job({ id: 'a', state: 'paused' }), layers: [PAUSED_ROW, layer(5, 'waiting')] }));
  within(rowOf(PAUSED_ROW)).getByText('Paused');
  within(rowOf(PAUSED_ROW)).getByText('36 / 72 MB');
  expect(within(rowOf(PAUSED_ROW)).getByRole('progressbar').getAttribute('aria-valuetext')).toBe('Paused, 36 / 72 MB');
  within(rowOf(layer(5))).getByText('Waiting');
});

test.each([
  ['en', 'Resumed at 3 MB', 'Try 3: 503 Service Unavailable'],
  ['zh-CN', '从 3 MB 处继续', '第 3 次尝试：503 Service Unavailable'],
] as const)('in %s, rows tell resumed and retrying apart', async (language, resumed, retrying) => {
  await openWindow(withJobs({ job: job({ id: 'a' }), layers: [RESUMED_ROW, RETRYING_ROW] }));
  await act(() => showLanguage(language));
  expect(rowOf(RESUMED_ROW).textContent).toContain(resumed);
  expect(rowOf(RETRYING_ROW).textContent).toContain(retrying);
});

test('a registry that does not answer is said once: the layers wait, and say nothing of tries', async () => {
  const outage = { registry: 'ghcr.io', since: 0, nextTryAt: Date.now() + 60_000, reason: '503 Service Unavailable' };
  await openWindow(withJobs({ job: job({ id: 'a', outage }), layers: [RETRYING_ROW, layer(2, 'pushed')] }));
  expect(document.body.textContent.match(/No answer/g)).toHaveLength(1);
  within(rowOf(RETRYING_ROW)).getByText('Waiting');
  within(rowOf(layer(2))).getByText('Pushed');
});

test('a registry that has not answered for minutes is said to be silent since when', async () => {
  const nextTryAt = Date.now() + 9_000;
  const outage = { registry: 'ghcr.io', since: nextTryAt - 30_000, nextTryAt, reason: '503 Service Unavailable' };
  const fake = withJobs({ job: job({ id: 'a', outage }), layers: [] });
  await openWindow(fake);
  const said = () => screen.getByTestId('job').textContent;
  expect(said()).toMatch(/No answer from ghcr\.io: next try in \d+ s/);
  send(fake, job({ id: 'a', outage: { ...outage, since: nextTryAt - 90_000 } }));
  expect(said()).toMatch(/No answer from ghcr\.io since \d+:\d\d .M: next try in \d+ s/);
});

test('a bar that goes back says how much is sent again, until that was sent', async () => {
  const at = (bytesSent: number) => job({ id: 'a', bytesTotal: 84_000_000, bytesSent, bytesSaved: 0 });
  const fake = withJobs({ job: at(45_000_000), layers: [] });
  await openWindow(fake);
  const said = () => screen.getByTestId('job').textContent;
  send(fake, at(33_000_000));
  expect(said()).toContain('33 / 84 MB · 12 MB to send again · ');
  send(fake, at(46_000_000));
  expect(said()).not.toContain('again');
});

test('a line that is stalled is told of, until something moves again', async () => {
  const at = (sent: number): LayerProgress => ({ ...layer(4, 'uploading'), sent });
  const fake = withJobs({ job: job({ id: 'a', rate: 0, etaSeconds: undefined }), layers: [at(1_000_000)] });
  await openWindow(fake);
  vi.useFakeTimers({ now: Date.now() });
  const said = () => screen.getByTestId('job').textContent;
  const move = (sent: number) =>
    act(() => fake.emit('transfers', [{ type: 'layers', jobId: 'a', layers: [at(sent)] }]));
  move(2_000_000);
  await act(() => vi.advanceTimersByTimeAsync(4_000));
  expect(said()).not.toContain('moved');
  await act(() => vi.advanceTimersByTimeAsync(11_000));
  expect(said()).toContain('nothing has moved for 15s');
  await act(() => showLanguage('zh-CN'));
  expect(said()).toContain('已有 15秒没有进展');
  move(3_000_000);
  expect(said()).not.toContain('没有进展');
});

test('layers that wait for their turn, or are compressed, are not said to be stalled', async () => {
  const waiting = [layer(0, 'waiting'), layer(1, 'compressing')];
  await openWindow(withJobs({ job: job({ id: 'a', rate: 0 }), layers: waiting }));
  vi.useFakeTimers({ now: Date.now() });
  await act(() => vi.advanceTimersByTimeAsync(20_000));
  expect(screen.getByTestId('job').textContent).not.toContain('moved');
});

test('a network that goes and comes back is told of, for only the page hears of it', async () => {
  const fake = createFakeApi();
  await openWindow(fake);
  window.dispatchEvent(new Event('offline'));
  window.dispatchEvent(new Event('online'));
  expect(asked(fake, 'transfers.networkChanged')).toHaveLength(2);
});

test.each([
  [{ bytesSent: 45_000_000, bytesSaved: 5_000_000 }, /50 \/ 84 MB · resuming sends the other 34 MB.*59%$/],
  [{ bytesSent: 0, bytesSaved: 0 }, /0 \/ 84 MB · resuming sends all 84 MB0%$/],
])('a paused push says how far it is and what is still to be sent: %o', async (sizes, words) => {
  await openWindow(withJobs({ job: job({ id: 'a', state: 'paused', bytesTotal: 84_000_000, ...sizes }), layers: [] }));
  expect(screen.getByTestId('job').textContent).toMatch(words);
});
