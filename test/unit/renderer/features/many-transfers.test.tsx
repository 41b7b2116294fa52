// @vitest-environment happy-dom
import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { showView } from '../../../../renderer/stores/view.ts';
import type { JobInfo } from '../../../../shared/transfer-events.ts';
import { createFakeApi } from '../fake-api.ts';
import { digestOf, job, layer } from '../samples.ts';
import { openWindow } from '../setup.tsx';

afterEach(() => vi.unstubAllGlobals());

async function openTransfers(jobs: JobInfo[], layers = 1) {
  const rows = Array.from({ length: layers }, (_row, index) => layer(index, 'uploading'));
  const api = createFakeApi({ 'transfers.list': () => jobs.map((each) => ({ job: each, layers: rows })) });
  const user = await openWindow(api);
  act(() => showView('transfers'));
  return { api, user };
}

const shownIds = () => screen.getAllByTestId('job').map((card) => card.dataset['state']);

test('those at work come first, then what is over, and older finished ones are folded', async () => {
  const done = [1, 2, 3, 4, 5].map((at) => job({ id: `done-${at}`, state: 'done', createdAt: at }));
  const { user } = await openTransfers([
    ...done,
    job({ id: 'failed', state: 'failed', createdAt: 10 }),
    job({ id: 'running', state: 'running', createdAt: 0 }),
  ]);
  expect(shownIds()).toEqual(['running', 'failed', 'done', 'done', 'done']);
  await user.click(screen.getByRole('button', { name: '2 more done' }));
  expect(shownIds()).toHaveLength(7);
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
  const changed = new Set<string | undefined>();
  const observer = new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      changed.add(element?.closest<HTMLElement>('[data-testid=layer-row]')?.dataset['digest']);
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
  const result = {
    reference: 'ghcr.io/acme/web:1.2',
    digest: digestOf(1),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    bytesSent: 1,
    bytesSaved: 0,
    durationMs: 1,
    unchanged: false,
    tag: { state: 'moved', from } as const,
    notes: [],
    warnings: [],
  };
  await openTransfers([job({ id: 'a', state: 'done', result })]);
  expect(screen.getByText(/^Moved from [0-9a-f]{12}$/).title).toBe(from);
});
