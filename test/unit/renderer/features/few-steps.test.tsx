// @vitest-environment happy-dom
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import { createFakeApi } from '../fake-api.ts';
import { ADDED, detailsOf, image, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const WHOLE = image({ id: 'whole', name: 'ghcr.io/acme/web:1', references: ['ghcr.io/acme/web:1'] });
const DROPPED = image({
  id: 'dropped',
  name: 'acme/api:2',
  references: ['acme/api:2'],
  sourceId: ADDED.id,
});

/** A window, and a count of what a person does in it: each press, each key, each drop is one action. */
async function openCounted() {
  const api = createFakeApi({
    'sources.list': () => [STORE, ADDED],
    'images.list': () => [WHOLE],
    'images.details': (id) => detailsOf(id === 'whole' ? WHOLE : DROPPED),
    'settings.get': () => ({ ...DEFAULT_SETTINGS, recentTargets: ['harbor.example/team/web:1'] }),
    'sources.add': (paths) => paths.map((path) => ({ path, sourceId: ADDED.id, imageIds: ['dropped'] })),
  });
  const user = await openWindow(api);
  let actions = 0;
  return {
    api,
    actions: () => actions,
    press: async (element: HTMLElement) => {
      actions++;
      await user.click(element);
    },
    key: async (key: string) => {
      actions++;
      await user.keyboard(`{${key}}`);
    },
    drop: async (name: string) => {
      actions++;
      const event = new Event('drop', { bubbles: true, cancelable: true });
      const files = [new File([''], name)];
      Object.assign(event, { dataTransfer: { files, types: ['Files'] } });
      fireEvent(window, event);
      await waitFor(() => expect(api.calls.some(({ channel }) => channel === 'sources.add')).toBe(true));
      act(() => api.emit('images', { sourceId: ADDED.id, upserted: [DROPPED], removed: [] }));
    },
    started: () => api.calls.filter(({ channel }) => channel === 'push.start').map(({ input }) => input),
  };
}

test('an image with a whole name is pushed with two presses after the start', async () => {
  const { press, started, actions } = await openCounted();
  await press(screen.getByRole('row', { name: WHOLE.name }));
  await press(await screen.findByRole('button', { name: 'Push' }));
  expect(started()).toEqual([{ imageId: 'whole', targets: ['ghcr.io/acme/web:1'], options: {} }]);
  expect(actions()).toBe(2);
});

test('a dropped archive is pushed to a registry that was used before with four actions', async () => {
  const { drop, key, press, started, actions } = await openCounted();
  await drop('api.tar');
  const field = await screen.findByRole('combobox', { name: 'Push to' });
  await waitFor(() => expect(document.activeElement).toBe(field));
  await key('ArrowDown');
  await press(await screen.findByRole('option', { name: /harbor\.example\/acme\/api:2/ }));
  await press(screen.getByRole('button', { name: 'Push' }));
  expect(started()).toEqual([{ imageId: 'dropped', targets: ['harbor.example/acme/api:2'], options: {} }]);
  expect(actions()).toBeLessThanOrEqual(4);
});
