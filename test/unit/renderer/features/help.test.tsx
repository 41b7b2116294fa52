// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { showView } from '../../../../renderer/stores/view.ts';
import { createFakeApi } from '../fake-api.ts';
import { job } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const askedOf = (api: ReturnType<typeof createFakeApi>, channel: string) =>
  api.calls.filter((call) => call.channel === channel).map(({ input }) => input);

test('? lists the keys, but not in a text field, and Esc closes the list', async () => {
  const user = await openWindow(createFakeApi());
  await user.click(screen.getByRole('searchbox'));
  await user.keyboard('?');
  expect(screen.queryByRole('dialog')).toBeNull();
  screen.getByRole('button', { name: 'Settings' }).focus();
  await user.keyboard('?');
  const dialog = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
  expect(within(dialog).getByText('Search images').nextElementSibling?.textContent).toBe('CtrlF');
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

test('Ctrl+O adds archives and Ctrl+Shift+O a folder, wherever the cursor is, but not over a dialog', async () => {
  const api = createFakeApi();
  const user = await openWindow(api);
  const asked = () => askedOf(api, 'sources.choose');
  await user.click(screen.getByRole('searchbox'));
  await user.keyboard('{Control>}o{/Control}');
  await user.keyboard('{Control>}{Shift>}O{/Shift}{/Control}');
  expect(asked()).toEqual(['archives', 'folders']);
  screen.getByRole('button', { name: 'Settings' }).focus();
  await user.keyboard('?');
  const dialog = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
  expect(within(dialog).getByText('Add archives…').nextElementSibling?.textContent).toBe('CtrlO');
  expect(within(dialog).getByText('Add a folder…').nextElementSibling?.textContent).toBe('CtrlShiftO');
  await user.keyboard('{Control>}o{/Control}');
  expect(asked()).toHaveLength(2);
});

test('while the system asks for files the keys open no second dialog', async () => {
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const api = createFakeApi({ 'sources.choose': () => promise });
  const user = await openWindow(api);
  await user.keyboard('{Control>}oo{/Control}');
  expect(askedOf(api, 'sources.choose')).toHaveLength(1);
  resolve([]);
  await waitFor(async () => {
    await user.keyboard('{Control>}o{/Control}');
    expect(askedOf(api, 'sources.choose')).toHaveLength(2);
  });
});

test('About names version and data folder, and copies what a report of a bug needs', async () => {
  const api = createFakeApi({ 'app.diagnostics': () => 'Pushboat 0.1.0\nLog:\n' });
  const user = await openWindow(api);
  act(() => showView('settings'));
  screen.getByText('0.1.0 on Electron 45.5.0');
  screen.getByText('/home/ana/.local/share/pushboat');
  await user.click(screen.getByRole('button', { name: 'Copy diagnostics' }));
  await waitFor(() => expect(askedOf(api, 'app.copy')).toEqual(['Pushboat 0.1.0\nLog:\n']));
  await user.click(screen.getByRole('button', { name: 'Show data folder' }));
  expect(askedOf(api, 'app.showData')).toHaveLength(1);
});

test('a store folder that is no whole path is said next to the field, and not saved', async () => {
  const api = createFakeApi();
  const user = await openWindow(api);
  act(() => showView('settings'));
  const field = screen.getByRole('textbox', { name: 'Image store folder' });
  await user.clear(field);
  await user.type(field, 'images');
  screen.getByText('Give the full path, starting at the root.');
  expect(screen.getByRole('button', { name: 'Apply' })).toHaveProperty('disabled', true);
  api.answer({ 'sources.choose': () => ['/srv/images'] });
  await user.click(screen.getByRole('button', { name: 'Choose…' }));
  await waitFor(() => expect(askedOf(api, 'settings.update')).toEqual([{ imagesStoreDir: '/srv/images' }]));
});

test('the title says how far the transfers at work have come', async () => {
  const api = createFakeApi({ 'transfers.list': () => [{ job: job({ id: 'a' }), layers: [] }] });
  await openWindow(api);
  expect(document.title).toBe('59% · Pushboat');
  act(() => api.emit('transfers', [{ type: 'job', job: job({ id: 'a', state: 'done' }) }]));
  expect(document.title).toBe('Pushboat');
});
