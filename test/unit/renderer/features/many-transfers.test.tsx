// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { foldFinished, showView } from '../../../../renderer/stores/view.ts';
import type { JobInfo, TransferResult } from '../../../../shared/transfer-events.ts';
import { createFakeApi } from '../fake-api.ts';
import { digestOf, job, layer } from '../samples.ts';
import { openWindow } from '../setup.tsx';

afterEach(() => {
  vi.unstubAllGlobals();
  foldFinished(false);
});

const RESULT: TransferResult = {
  reference: 'ghcr.io/acme/web:1.2',
  digest: digestOf(1),
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  bytesSent: 1,
  bytesSaved: 0,
  durationMs: 1,
  unchanged: false,
  notes: [],
  warnings: [],
};

async function openTransfers(jobs: JobInfo[], layers = 1) {
  const rows = Array.from({ length: layers }, (_row, index) => layer(index, 'uploading'));
  const api = createFakeApi({ 'transfers.list': () => jobs.map((each) => ({ job: each, layers: rows })) });
  const user = await openWindow(api);
  act(() => showView('transfers'));
  return { api, user };
}

const shownIds = () => screen.getAllByTestId('job').map((card) => card.dataset['state']);

/** Names of the transfers that are whole: the others have one line, with neither bar nor result. */
const wholeOnes = () =>
  screen
    .getAllByTestId('job')
    .filter((card) => within(card).queryByTestId('job-digest') !== null || within(card).queryByRole('progressbar'))
    .map((card) => card.dataset['state']);

const doneJob = (at: number) =>
  job({ id: `done-${at}`, state: 'done', createdAt: at, finishedAt: at, imageName: `acme/web:${at}`, result: RESULT });

test('those at work come first, then what is over: the newest result whole, the others in a line, and the oldest a number', async () => {
  const { user } = await openTransfers([
    ...[1, 2, 3, 4, 5, 6, 7, 8].map(doneJob),
    job({ id: 'failed', state: 'failed', createdAt: 2, finishedAt: 3.5 }),
    job({ id: 'running', state: 'running', createdAt: 0 }),
  ]);
  expect(shownIds()).toEqual(['running', 'done', 'done', 'done', 'done', 'done', 'failed', 'done']);
  expect(wholeOnes()).toEqual(['running', 'done', 'failed']);
  await user.click(screen.getByRole('button', { name: '2 more done' }));
  expect(shownIds()).toHaveLength(10);
  expect(wholeOnes()).toHaveLength(3);
});

test('a finished push in one line says how it ended, unfolds to all of it, and the keys stay where they were', async () => {
  const moved = { ...RESULT, tag: { state: 'moved', from: digestOf(7) } as const };
  const { user } = await openTransfers([doneJob(2), { ...doneJob(1), result: moved }]);
  const folded = screen.getAllByTestId('job').at(-1) ?? expect.fail('no second job');
  within(folded).getByText(/^Moved from [0-9a-f]{12}$/);
  const toggle = within(folded).getByRole('button', { name: 'Layers of acme/web:1 to ghcr.io/acme/web:1.2' });
  toggle.focus();
  await user.keyboard('{Enter}');
  within(folded).getByTestId('job-digest');
  within(folded).getByTestId('layer-row');
  expect(document.activeElement).toBe(toggle);
  await user.keyboard('{Enter}');
  expect(within(folded).queryByTestId('job-digest')).toBeNull();
});

test('what has been unfolded by itself folds when something newer has come, unless a person has unfolded it', async () => {
  const { api, user } = await openTransfers([doneJob(1)]);
  expect(screen.getAllByTestId('layer-row')).toHaveLength(1);
  act(() => api.emit('transfers', [{ type: 'job', job: doneJob(2) }]));
  expect(screen.queryAllByTestId('layer-row')).toEqual([]);
  await user.click(screen.getByRole('button', { name: /^Layers of acme\/web:1 / }));
  act(() => api.emit('transfers', [{ type: 'job', job: doneJob(3) }]));
  expect(screen.getAllByTestId('layer-row')).toHaveLength(1);
});

test('all that is over folds to its number, which names failures, in the list and below the images alike', async () => {
  const { user } = await openTransfers([
    doneJob(1),
    job({ id: 'failed', state: 'failed', createdAt: 2 }),
    job({ id: 'running', state: 'running', createdAt: 0 }),
  ]);
  const heading = () => screen.getByRole('button', { name: /^Finished/ });
  expect(heading().textContent).toBe('Finished 2 · 1 failed');
  heading().focus();
  await user.keyboard('{Enter}');
  expect(shownIds()).toEqual(['running']);
  expect(document.activeElement).toBe(heading());
  act(() => showView('images'));
  expect(shownIds()).toEqual(['running']);
  await user.click(heading());
  expect(shownIds()).toEqual(['running', 'failed', 'done']);
  await user.click(screen.getByRole('button', { name: 'Open history' }));
  screen.getByRole('heading', { name: 'History' });
});

test('several at work are paused at once, and several paused ones resumed', async () => {
  const { api, user } = await openTransfers([
    job({ id: 'a', state: 'running' }),
    job({ id: 'b', state: 'queued' }),
    job({ id: 'c', state: 'paused' }),
    job({ id: 'd', state: 'paused' }),
  ]);
  await user.click(screen.getByRole('button', { name: 'Pause all' }));
  await user.click(screen.getByRole('button', { name: 'Resume all' }));
  const asked = api.calls.filter(({ channel }) => /^transfers\.(pause|resume)$/.test(channel));
  expect(asked.map(({ input }) => input)).toEqual(['a', 'b', 'c', 'd']);
});

test('how far all transfers have come is a line beside their name, and on the edge of those that are hidden', async () => {
  await openTransfers([job({ id: 'a', state: 'running', bytesTotal: 100, bytesSent: 40, bytesSaved: 0 })]);
  const lines = () =>
    screen.getAllByTestId('overall-line').map((line) => line.firstElementChild?.getAttribute('style'));
  expect(lines()).toEqual(['transform: scaleX(0.4);']);
  act(() => showView('images'));
  act(() => screen.getByRole('button', { name: 'Hide transfers' }).click());
  expect(lines()).toHaveLength(2);
});

test('the icon turns while nothing else moves: a turning icon beside a moving bar costs a frame each time', async () => {
  await openTransfers([job({ id: 'plans', state: 'planning' }), job({ id: 'sends', state: 'running' })]);
  const turning = screen.getAllByTestId('job').map((card) => card.querySelector('.animate-spin') !== null);
  expect(Object.fromEntries(shownIds().map((state, at) => [state, turning[at]]))).toEqual({
    planning: true,
    running: false,
  });
});

test('what became of the last push stands above older failures', async () => {
  await openTransfers([
    job({ id: 'failed', state: 'failed', createdAt: 10 }),
    job({ id: 'last', state: 'done', createdAt: 11 }),
    job({ id: 'before', state: 'done', createdAt: 9 }),
  ]);
  expect(shownIds()).toEqual(['done', 'failed', 'done']);
});

test('a push that begins is seen at the top of the transfers, however far they were scrolled', async () => {
  const { api } = await openTransfers([job({ id: 'a', state: 'done', createdAt: 5 })]);
  act(() => showView('images'));
  const list = screen.getByTestId('job').closest('.overflow-y-auto') ?? expect.fail('no list');
  list.scrollTop = 300;
  act(() => api.emit('transfers', [{ type: 'job', job: job({ id: 'a', state: 'done', createdAt: 5 }) }]));
  expect(list.scrollTop).toBe(300);
  act(() => api.emit('transfers', [{ type: 'job', job: job({ id: 'b', createdAt: 6 }) }]));
  await waitFor(() => expect(list.scrollTop).toBe(0));
});

test('a pause that was asked for is said in words until the job has stopped', async () => {
  const { api, user } = await openTransfers([job({ id: 'a', state: 'running' })]);
  await user.click(screen.getByRole('button', { name: 'Pause' }));
  screen.getByText('Pausing…', { selector: 'p span' });
  act(() => api.emit('transfers', [{ type: 'job', job: job({ id: 'a', state: 'paused' }) }]));
  await waitFor(() => expect(screen.queryByText('Pausing…')).toBeNull());
  act(() => api.emit('transfers', [{ type: 'job', job: job({ id: 'a', state: 'running' }) }]));
  expect(screen.queryByText('Pausing…')).toBeNull();
});

test('of two hundred layers only those near what can be seen are in the page', async () => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      readonly #tell: (entries: { isIntersecting: boolean }[]) => void;
      constructor(tell: (entries: { isIntersecting: boolean }[]) => void) {
        this.#tell = tell;
      }
      observe(element: Element) {
        const groups = [...(element.parentElement?.children ?? [])];
        this.#tell([{ isIntersecting: groups.indexOf(element) < 2 }]);
      }
      disconnect() {}
    },
  );
  await openTransfers([job({ id: 'big', state: 'running' })], 200);
  expect(screen.getAllByTestId('layer-row')).toHaveLength(20);
});

test('a layer that moves changes its own row and no other', async () => {
  const { api } = await openTransfers([job({ id: 'big', state: 'running' })], 10);
  const changed = new Set<string>();
  const observer = new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      const row = element?.closest<HTMLElement>('[data-testid=layer-row]');
      if (row) changed.add(row.dataset['digest'] ?? '');
    }
  });
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  const row = layer(3, 'uploading');
  const moved = { ...row, sent: Math.round(row.size * 0.9) };
  act(() => api.emit('transfers', [{ type: 'layers', jobId: 'big', layers: [moved] }]));
  await waitFor(() => expect(changed.size).toBeGreaterThan(0));
  observer.disconnect();
  expect([...changed]).toEqual([moved.digest]);
});

test('a push that moved its tag says from where', async () => {
  const from = digestOf(7);
  const result = { ...RESULT, tag: { state: 'moved', from } as const };
  await openTransfers([job({ id: 'a', state: 'done', result })]);
  expect(screen.getByText(/^Moved from [0-9a-f]{12}$/).title).toBe(from);
});
