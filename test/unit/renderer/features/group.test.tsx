// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { showView } from '../../../../renderer/stores/view.ts';
import type { JobInfo } from '../../../../shared/transfer-events.ts';
import { createFakeApi } from '../fake-api.ts';
import { digestOf, job } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const REGISTRY = 'harbor.example';

function pushOf(name: string, changes: Partial<JobInfo> = {}): JobInfo {
  const target = `${REGISTRY}/mirror/acme/${name}:1`;
  const common = { id: name, group: 'many', imageName: `acme/${name}:1`, target, registry: REGISTRY };
  return job({ bytesTotal: 100, bytesSent: 0, bytesSaved: 0, rate: 0, ...common, ...changes });
}

function done(name: string, tag: NonNullable<JobInfo['result']>['tag']): JobInfo {
  const result = {
    reference: `${REGISTRY}/mirror/acme/${name}:1`,
    digest: digestOf(1),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    bytesSent: 80,
    bytesSaved: 20,
    durationMs: 1000,
    unchanged: false,
    tag,
    notes: [],
    warnings: [],
  };
  return pushOf(name, { state: 'done', bytesSent: 80, bytesSaved: 20, finishedAt: 5000, startedAt: 4000, result });
}

const failed = (name: string) =>
  pushOf(name, {
    state: 'failed',
    finishedAt: 6000,
    error: { code: 'BLOB_MISSING', message: 'A layer is missing.', detail: 'blobs/sha256/ab is missing' },
  });

async function openGroup(jobs: JobInfo[]) {
  const api = createFakeApi({ 'transfers.list': () => jobs.map((each) => ({ job: each, layers: [] })) });
  const user = await openWindow(api);
  act(() => showView('transfers'));
  const inputsOf = (channel: string) => api.calls.filter((call) => call.channel === channel).map(({ input }) => input);
  const group = screen.getByTestId('group');
  const rows = () => within(group).getAllByTestId('job');
  return { api, user, group, rows, inputsOf };
}

test('images that are pushed together have one bar and a row each: first what failed, what is done last', async () => {
  const { group, rows } = await openGroup([
    done('web', { state: 'moved', from: digestOf(2) }),
    done('api', { state: 'new' }),
    pushOf('search', { state: 'running', bytesSent: 50 }),
    pushOf('mail', { state: 'queued', bytesTotal: 0 }),
    failed('billing'),
  ]);
  expect(rows().map(({ dataset }) => dataset['state'])).toEqual(['failed', 'running', 'queued', 'done', 'done']);
  within(group).getByText('5 images');
  within(group).getByText(`${REGISTRY}/mirror/acme`, { exact: false, selector: 'p' });
  const bar = within(group).getByRole('progressbar', { name: `5 images → ${REGISTRY}/mirror/acme` });
  expect(bar.getAttribute('aria-valuetext')).toMatch(/Pushing, 2 of 5 done, .*1 failed/);
  // As long as the size of one is not known, each image counts as much as another.
  expect(bar.getAttribute('aria-valuenow')).toBe('50');
  within(group).getByText(/^Moved from [0-9a-f]{8}$/);
  within(group).getByText('New tag');
  within(group).getByText('blobs/sha256/ab is missing');
  expect(within(group).queryByRole('button', { name: 'Receipt' })).toBeNull();
});

test('what failed is pushed again together, and nothing else', async () => {
  const { user, inputsOf } = await openGroup([done('web', { state: 'new' }), failed('a'), failed('b')]);
  await user.click(screen.getByRole('button', { name: 'Push the failed again (2)' }));
  expect(inputsOf('transfers.resume')).toEqual(['a', 'b']);
});

test('at the end there is a receipt, to copy or to save', async () => {
  const { group, user, inputsOf } = await openGroup([done('web', { state: 'new' }), failed('billing')]);
  within(group).getByText('1 of 2 pushed');
  await user.click(within(group).getByRole('button', { name: 'Receipt' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Copy as Markdown' }));
  expect(inputsOf('app.copy')[0]).toContain(`| acme/web:1 | ${REGISTRY}/mirror/acme/web:1 | done | ${digestOf(1)} |`);
  await user.click(within(group).getByRole('button', { name: 'Receipt' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Save as CSV…' }));
  expect(inputsOf('receipts.save')).toEqual([{ of: 'transfers', ids: ['web', 'billing'], format: 'csv' }]);
  await screen.findByText('The receipt was saved as /home/ana/receipt.csv');
});

test('of many images one that was cancelled stays in sight, to be pushed all the same', async () => {
  const many = Array.from({ length: 12 }, (_job, index) => done(`web-${index}`, { state: 'new' }));
  const { rows, group } = await openGroup([...many, pushOf('mail', { state: 'cancelled', finishedAt: 6000 })]);
  expect(rows().map(({ dataset }) => dataset['state'])).toEqual(['cancelled']);
  within(group).getByRole('button', { name: '12 done' });
});

test('of many images those that are done are folded', async () => {
  const many = Array.from({ length: 12 }, (_job, index) => done(`web-${index}`, { state: 'new' }));
  const { group, rows, user } = await openGroup([...many, failed('billing')]);
  expect(rows()).toHaveLength(1);
  await user.click(within(group).getByRole('button', { name: '12 done' }));
  expect(rows()).toHaveLength(13);
});

test('the end of each image is not called out, but that of the group', async () => {
  const { api } = await openGroup([pushOf('web'), pushOf('api')]);
  const said = () => document.querySelector('[aria-live]')?.textContent;
  act(() => api.emit('transfers', [{ type: 'job', job: done('web', { state: 'new' }) }]));
  expect(said()).not.toMatch(/pushed/);
  act(() => api.emit('transfers', [{ type: 'job', job: done('api', { state: 'new' }) }]));
  await waitFor(() => expect(said()).toMatch(/2 of 2 images were pushed/));
});

test('finished groups are cleared as a whole, and never while one of their images has failed', async () => {
  const jobs = [done('web', { state: 'new' }), failed('billing')];
  const { api, user, inputsOf } = await openGroup(jobs);
  expect(screen.queryByRole('button', { name: 'Clear finished' })).toBeNull();
  act(() => api.emit('transfers', [{ type: 'job', job: done('billing', { state: 'new' }) }]));
  await user.click(screen.getByRole('button', { name: 'Clear finished' }));
  expect(inputsOf('transfers.forget')).toEqual(['web', 'billing']);
});

test('a registry that does not answer is said once for the group, with the way to try at once, and moves nothing', async () => {
  const outage = {
    registry: REGISTRY,
    since: Date.now(),
    nextTryAt: Date.now() + 30_000,
    reason: '503 Service Unavailable',
  };
  const silent = (name: string) => pushOf(name, { state: 'running', bytesSent: 10, rate: 5, outage });
  const { user, group, rows, inputsOf } = await openGroup([
    silent('web'),
    silent('api'),
    done('mail', { state: 'new' }),
  ]);
  within(group).getByText(/^No answer from harbor\.example: next try in/);
  expect(within(group).queryByText(/^Pushing/)).toBeNull();
  expect(group.textContent).not.toMatch(/\/s|left/);
  expect(group.textContent.match(/No answer/g)).toHaveLength(1);
  for (const row of rows().slice(0, 2)) within(row).getByText('Waiting');
  await user.click(within(group).getByRole('button', { name: 'Try now' }));
  expect(inputsOf('transfers.tryNow')).toEqual(['web']);
});

test('an image that is cancelled is counted out of the bar and of the bytes, and said', async () => {
  const half = pushOf('web', { state: 'running', bytesSent: 50 });
  const { api, group } = await openGroup([half, pushOf('api', { state: 'running', bytesSent: 90 })]);
  const bar = within(group).getByRole('progressbar', { name: /^2 images/ });
  expect(bar.getAttribute('aria-valuenow')).toBe('70');
  act(() => api.emit('transfers', [{ type: 'job', job: pushOf('api', { state: 'cancelled' }) }]));
  expect(bar.getAttribute('aria-valuenow')).toBe('50');
  expect(group.textContent).toContain('0 of 2 done · 1 cancelled · 50 / 100 B');
});

test('at the end it says how many were cancelled', async () => {
  const { group } = await openGroup([done('web', { state: 'new' }), pushOf('api', { state: 'cancelled' })]);
  expect(group.textContent).toContain('1 of 2 pushed · 1 cancelled · ');
});

test('what a lost line made to be sent twice is counted once in what is there', async () => {
  const twice = done('web', { state: 'new' });
  const result = twice.result && { ...twice.result, bytesSent: 170, bytesSaved: 0 };
  const { group } = await openGroup([{ ...twice, result }, pushOf('api', { state: 'running', bytesSent: 50 })]);
  expect(group.textContent).toContain('150 / 200 B');
});
