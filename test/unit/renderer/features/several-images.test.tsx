// @vitest-environment happy-dom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { aimImages } from '../../../../renderer/stores/view.ts';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import { createFakeApi } from '../fake-api.ts';
import { ADDED, detailsOf, image, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const IMAGES = [
  image({ id: 'acme/api:1', references: ['docker.io/acme/api:1'] }),
  image({ id: 'acme/web:1', references: ['docker.io/acme/web:1'] }),
  image({ id: 'acme/web:2', references: ['docker.io/acme/web:2'], sourceId: ADDED.id }),
  image({ id: 'broken', kind: 'broken' }),
  image({ id: 'zoo:1', references: ['docker.io/library/zoo:1'] }),
];

async function openList() {
  const api = createFakeApi({
    'sources.list': () => [STORE, ADDED],
    'images.list': () => IMAGES,
    'images.details': (id) => detailsOf(IMAGES.find((each) => each.id === id) ?? image({ id })),
    'settings.get': () => ({ ...DEFAULT_SETTINGS, recentTargets: ['harbor.example/team/web:1'] }),
  });
  const user = await openWindow(api);
  const row = (name: string) => screen.getByRole('row', { name });
  const chosen = () => screen.getAllByRole('row', { selected: true }).map((each) => each.getAttribute('aria-label'));
  const inputsOf = (channel: string) => api.calls.filter((call) => call.channel === channel).map(({ input }) => input);
  return { user, row, chosen, inputsOf };
}

test('Ctrl adds one image, Shift all up to there, and damaged ones stay out', async () => {
  const { user, row, chosen } = await openList();
  await user.click(row('acme/api:1'));
  fireEvent.mouseDown(row('zoo:1'), { ctrlKey: true });
  expect(chosen()).toEqual(['acme/api:1', 'zoo:1']);
  fireEvent.mouseDown(row('acme/api:1'), { ctrlKey: true });
  expect(chosen()).toEqual(['zoo:1']);
  await user.click(row('acme/web:1'));
  fireEvent.mouseDown(row('zoo:1'), { shiftKey: true });
  expect(chosen()).toEqual(['acme/web:1', 'acme/web:2', 'zoo:1']);
});

test('the box of a row adds its image or takes it out, and that of the header all that are listed', async () => {
  const { user, row, chosen } = await openList();
  const boxOf = (name: string) => row(name).querySelector('[data-tick]');
  await user.click(row('acme/api:1'));
  fireEvent.mouseDown(boxOf('zoo:1') ?? row('acme/api:1'));
  expect(chosen()).toEqual(['acme/api:1', 'zoo:1']);
  expect(boxOf('broken')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Choose all images shown' }));
  expect(chosen()).toEqual(['acme/api:1', 'acme/web:1', 'acme/web:2', 'zoo:1']);
  fireEvent.mouseDown(boxOf('acme/web:1') ?? row('zoo:1'));
  expect(chosen()).toEqual(['acme/api:1', 'acme/web:2', 'zoo:1']);
  await user.click(screen.getByRole('button', { name: 'Choose all images shown' }));
  await user.click(screen.getByRole('button', { name: 'Choose none' }));
  expect(screen.queryAllByRole('row', { selected: true })).toEqual([]);
});

test('with the keys alone several are chosen, given a prefix, and pushed', async () => {
  const { user, chosen, inputsOf } = await openList();
  screen.getByRole('grid', { name: 'Images' }).focus();
  await user.keyboard('{ArrowDown}{Shift>}{ArrowDown}{ArrowDown}{/Shift}');
  expect(chosen()).toEqual(['acme/api:1', 'acme/web:1', 'acme/web:2']);
  screen.getByRole('heading', { name: '3 images' });
  const prefix = screen.getByRole('textbox', { name: 'Registry and prefix' });
  expect(prefix).toHaveProperty('value', 'harbor.example/team');
  await user.type(prefix, '/new');
  await user.click(screen.getByRole('button', { name: 'Push 3' }));
  const pushes = ['acme/api:1', 'acme/web:1', 'acme/web:2'].map((imageId) => ({
    imageId,
    target: `harbor.example/team/new/${imageId}`,
  }));
  await waitFor(() => expect(inputsOf('push.startMany')).toEqual([{ pushes, options: {} }]));
});

test('a conflict keeps all from being pushed until it is settled', async () => {
  const { user, inputsOf } = await openList();
  screen.getByRole('grid', { name: 'Images' }).focus();
  await user.keyboard('{Control>}a{/Control}');
  const target = screen.getByRole('textbox', { name: 'Target of acme/web:2' });
  await user.clear(target);
  await user.type(target, 'harbor.example/team/acme/web:1');
  const push = screen.getByRole('button', { name: 'Push 4' });
  expect(push.getAttribute('aria-disabled')).toBe('true');
  const atConflict = () => document.activeElement === screen.getByRole('textbox', { name: 'Target of acme/web:1' });
  for (const goThere of [
    () => user.click(screen.getByRole('button', { name: 'Settle 1 conflict first' })),
    () => user.click(push),
    () => user.keyboard('{Control>}{Enter}{/Control}'),
  ]) {
    target.focus();
    await goThere();
    expect(atConflict()).toBe(true);
  }
  expect(inputsOf('push.startMany')).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Leave out acme/web:2' }));
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Leave out zoo:1' }));
  await user.click(screen.getByRole('button', { name: 'Push 3' }));
  await waitFor(() => expect(inputsOf('push.startMany')).toMatchObject([{ pushes: { length: 3 } }]));
});

test('a search unselects what it hides', async () => {
  const { user, chosen } = await openList();
  screen.getByRole('grid', { name: 'Images' }).focus();
  await user.keyboard('{Control>}a{/Control}');
  expect(chosen()).toHaveLength(4);
  await user.type(screen.getByRole('searchbox'), 'web');
  await waitFor(() => expect(chosen()).toEqual(['acme/web:1', 'acme/web:2']));
});

test('the menu of a row pushes with the last target, copies, and removes with a way back', async () => {
  const { user, row, inputsOf } = await openList();
  fireEvent.contextMenu(row('acme/web:1'));
  await user.click(await screen.findByRole('menuitem', { name: 'Push to harbor.example/team/web:1' }));
  await waitFor(() =>
    expect(inputsOf('push.start')).toEqual([
      { imageId: 'acme/web:1', targets: ['harbor.example/team/web:1'], options: {} },
    ]),
  );
  fireEvent.contextMenu(row('acme/web:1'));
  const menu = await screen.findByRole('menu');
  expect(within(menu).getByRole('menuitem', { name: 'Remove from the list' }).getAttribute('aria-disabled')).toBe(
    'true',
  );
  await user.click(within(menu).getByRole('menuitem', { name: 'Copy reference' }));
  await waitFor(() => expect(inputsOf('app.copy')).toEqual(['docker.io/acme/web:1']));
  fireEvent.contextMenu(row('acme/web:2'));
  await user.click(await screen.findByRole('menuitem', { name: 'Remove from the list' }));
  await waitFor(() => expect(inputsOf('sources.remove')).toEqual([ADDED.id]));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(inputsOf('sources.add')).toEqual([[ADDED.location]]));
});

test('what the menu does has keys of its own, which the menu names', async () => {
  const { user, row, inputsOf } = await openList();
  await user.click(row('acme/web:1'));
  screen.getByRole('grid', { name: 'Images' }).focus();
  await user.keyboard('{Control>}c{/Control}');
  await waitFor(() => expect(inputsOf('app.copy')).toEqual(['docker.io/acme/web:1']));
  await user.keyboard('{Control>}{Shift>}{Enter}{/Shift}{/Control}');
  await waitFor(() => expect(inputsOf('push.start')).toHaveLength(1));
  expect(inputsOf('push.start')).toEqual([
    { imageId: 'acme/web:1', targets: ['harbor.example/team/web:1'], options: {} },
  ]);
  // The whole store is not a person's to remove.
  await user.keyboard('{Delete}');
  expect(inputsOf('sources.remove')).toEqual([]);
  await user.keyboard('{ArrowDown}{Delete}');
  await waitFor(() => expect(inputsOf('sources.remove')).toEqual([ADDED.id]));
  await user.keyboard('{ArrowUp}{Control>}e{/Control}');
  await screen.findByRole('dialog', { name: /Export/ });
  await user.keyboard('{Escape}');
  fireEvent.contextMenu(row('acme/web:1'));
  expect((await screen.findByRole('menuitem', { name: 'Copy reference' })).textContent).toBe('Copy referenceCtrl C');
});

test('the details have the same menu behind a button, about their image', async () => {
  const { user, row, inputsOf } = await openList();
  await user.click(row('acme/web:1'));
  await user.click(await screen.findByRole('button', { name: 'What else can be done with it' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Copy reference' }));
  await waitFor(() => expect(inputsOf('app.copy')).toEqual(['docker.io/acme/web:1']));
  await user.click(screen.getByRole('button', { name: 'What else can be done with it' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Export…' }));
  await screen.findByRole('dialog', { name: /Export/ });
});

test('Add asks for archives or for a folder, and names the keys for it', async () => {
  const { user, inputsOf } = await openList();
  await user.click(screen.getByRole('button', { name: 'Add' }));
  const archives = await screen.findByRole('menuitem', { name: 'Add archives…' });
  expect(archives.textContent).toBe('Add archives…Ctrl O');
  await user.click(archives);
  await user.click(screen.getByRole('button', { name: 'Add' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Add folder…' }));
  expect(inputsOf('sources.choose')).toEqual(['archives', 'folders']);
});

test('the key for the menu opens it for the row that the keys are at', async () => {
  const { user } = await openList();
  const grid = screen.getByRole('grid', { name: 'Images' });
  grid.focus();
  await user.keyboard('{ArrowDown}');
  fireEvent.contextMenu(grid);
  await user.click(await screen.findByRole('menuitem', { name: 'Push…' }));
  await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('combobox'));
});

test('images that are dropped together are chosen together, and later choices leave the cursor where it is', async () => {
  const { user, row, chosen } = await openList();
  act(() => aimImages(['acme/api:1', 'acme/web:1']));
  await waitFor(() => expect(chosen()).toEqual(['acme/api:1', 'acme/web:1']));
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Registry and prefix' }));
  await user.click(row('zoo:1'));
  const grid = screen.getByRole('grid', { name: 'Images' });
  grid.focus();
  await user.keyboard('{ArrowUp}');
  expect(document.activeElement).toBe(grid);
});
