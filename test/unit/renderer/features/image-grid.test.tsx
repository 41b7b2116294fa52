// @vitest-environment happy-dom
import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { imagesInOrder } from '../../../../renderer/features/images/list-order.ts';
import { aimImages } from '../../../../renderer/stores/view.ts';
import { createFakeApi } from '../fake-api.ts';
import { ADDED, detailsOf, image, manyImages, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

async function openList(images = ['acme/api:1', 'acme/web:1', 'acme/web:2', 'zoo:1'].map((id) => image({ id }))) {
  const api = createFakeApi({
    'sources.list': () => [STORE, ADDED],
    'images.list': () => images,
    'images.details': (id) => detailsOf(images.find((each) => each.id === id) ?? image({ id })),
  });
  const user = await openWindow(api);
  const grid = screen.getByRole('grid', { name: 'Images' });
  return { user, grid };
}

afterEach(() => vi.restoreAllMocks());

const selected = () => document.querySelector('[role="row"][aria-selected="true"]')?.getAttribute('aria-label');

test('arrows, Home and End select, and the grid names the selected row', async () => {
  const { user, grid } = await openList();
  grid.focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  expect(selected()).toBe('acme/web:1');
  const row = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
  expect(row?.getAttribute('aria-label')).toBe('acme/web:1');
  await user.keyboard('{End}');
  expect(selected()).toBe('zoo:1');
  await user.keyboard('{ArrowDown}{Home}{ArrowUp}');
  expect(selected()).toBe('acme/api:1');
});

/** The clock on which letters make a word stands still, however long the machine takes; `passed` moves it. Milliseconds. */
function holdClock() {
  let now = 5_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  return (passed: number) => {
    now += passed;
  };
}

test('typing finds the name that begins so', async () => {
  const { user, grid } = await openList();
  const pass = holdClock();
  grid.focus();
  await user.keyboard('acme/w');
  expect(selected()).toBe('acme/web:1');
  pass(900);
  await user.keyboard('eb:2');
  expect(selected()).toBe('acme/web:2');
  pass(1_100);
  await user.keyboard('z');
  expect(selected()).toBe('zoo:1');
});

test('Enter moves to the target field', async () => {
  const { user, grid } = await openList();
  grid.focus();
  await user.keyboard('{ArrowDown}{Enter}');
  await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('combobox'));
});

test('only the rows in sight of ten thousand exist, and the selected one', async () => {
  const images = manyImages(10_000);
  const { user, grid } = await openList(images);
  expect(grid.getAttribute('aria-rowcount')).toBe('10000');
  expect(screen.getAllByRole('row').length).toBeLessThan(100);
  grid.focus();
  await user.keyboard('{End}');
  expect(selected()).toBe(imagesInOrder(images, null, '', { column: 'name', descending: false }).at(-1)?.name);
});

test('a damaged image says why in its row', async () => {
  const { grid } = await openList(manyImages(5));
  expect(grid).toBeTruthy();
  screen.getByRole('row', { name: 'backup-2025, index.json is missing' });
});

test('search leaves the images that match', async () => {
  const { user } = await openList();
  await user.keyboard('{Control>}f{/Control}');
  expect(document.activeElement).toBe(screen.getByRole('searchbox', { name: 'Search images' }));
  await user.keyboard('web');
  await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(2));
  await user.keyboard(' nothing');
  await screen.findByText('No image matches “web nothing”.');
});

const pushButton = () => screen.queryByRole('button', { name: 'Push' });

test('a search that hides the selected image clears the selection, and nothing is left to push', async () => {
  const { user, grid } = await openList();
  holdClock();
  grid.focus();
  await user.keyboard('zoo');
  expect(selected()).toBe('zoo:1');
  expect(pushButton()).not.toBeNull();
  await user.type(screen.getByRole('searchbox'), 'web');
  await waitFor(() => expect(pushButton()).toBeNull());
  await user.clear(screen.getByRole('searchbox'));
  await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(4));
  expect(selected()).toBeUndefined();
});

test('a search that leaves the selected image keeps it', async () => {
  const { user, grid } = await openList();
  holdClock();
  grid.focus();
  await user.keyboard('zoo');
  await user.type(screen.getByRole('searchbox'), 'zo');
  await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(1));
  expect(selected()).toBe('zoo:1');
});

test('another source clears a selection that it does not hold', async () => {
  const images = [image({ id: 'acme/web:1' }), image({ id: 'chart:1', sourceId: ADDED.id })];
  const { user, grid } = await openList(images);
  holdClock();
  grid.focus();
  await user.keyboard('acme');
  await user.click(screen.getByRole('button', { name: /^builds/ }));
  await waitFor(() => expect(pushButton()).toBeNull());
});

test('an image that is dropped is shown, whatever was searched for', async () => {
  const { user } = await openList();
  await user.type(screen.getByRole('searchbox'), 'web');
  await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(2));
  act(() => aimImages(['zoo:1']));
  await waitFor(() => expect(selected()).toBe('zoo:1'));
  expect(screen.getByRole('searchbox')).toHaveProperty('value', '');
});

test('the selected row is in sight after the list is sorted again', async () => {
  const images = manyImages(2_000);
  const { user, grid } = await openList(images);
  grid.focus();
  await user.keyboard('{Home}');
  const before = grid.scrollTop;
  await user.click(screen.getByRole('button', { name: /Name/ }));
  expect(before).toBe(0);
  expect(grid.scrollTop).toBeGreaterThan(1_000 * 32);
});

test.each(['{ArrowDown}', '{Enter}'])('%s in the search field moves to the list', async (key) => {
  const { user, grid } = await openList();
  await user.type(screen.getByRole('searchbox'), `web${key}`);
  expect(document.activeElement).toBe(grid);
});
