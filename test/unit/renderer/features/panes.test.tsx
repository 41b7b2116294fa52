// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../../../shared/settings.ts';
import { createFakeApi } from '../fake-api.ts';
import { image } from '../samples.ts';
import { openWindow } from '../setup.tsx';

/** A window that keeps its settings, as the main process does. */
async function openKept(panes: Settings['panes'] = {}) {
  let settings: Settings = { ...DEFAULT_SETTINGS, lookForUpdates: 'no', panes };
  const api = createFakeApi({
    'images.list': () => [image({ id: 'web' })],
    'settings.get': () => settings,
    'settings.update': (patch) => {
      settings = { ...settings, ...patch } as Settings;
      api.emit('settings', settings);
      return settings;
    },
  });
  const user = await openWindow(api);
  return { user, kept: () => settings.panes };
}

const edge = (name: string) => screen.getByRole('separator', { name });
const detailsWidth = () => screen.getByRole('region', { name: 'Image' }).style.width;

test('the edge of a pane moves with the arrow keys within bounds, is kept, and goes back', async () => {
  const { user, kept } = await openKept();
  expect(detailsWidth()).toBe('');
  edge('Width of the image’s pane').focus();
  // Every element is 1000 pixels wide here.
  await user.keyboard('{ArrowLeft}');
  await waitFor(() => expect(kept()).toEqual({ details: 760 }));
  expect(detailsWidth()).toBe('760px');
  await user.keyboard('{Home}');
  await waitFor(() => expect(kept()).toEqual({ details: 300 }));
  await user.keyboard('{Backspace}');
  await waitFor(() => expect(kept().details).toBeUndefined());
  expect(detailsWidth()).toBe('');
});

test('the pointer moves it and one update keeps it; a press without a move changes nothing', async () => {
  const { kept } = await openKept({ sources: 300 });
  const sources = edge('Width of the sources');
  sources.setPointerCapture = () => undefined;
  expect(sources.getAttribute('aria-valuenow')).toBe('300');
  fireEvent.pointerDown(sources, { button: 0, pointerId: 1, clientX: 300 });
  fireEvent.pointerUp(sources, { pointerId: 1, clientX: 300 });
  expect(kept()).toEqual({ sources: 300 });
  fireEvent.pointerDown(sources, { button: 0, pointerId: 1, clientX: 300 });
  fireEvent.pointerMove(sources, { pointerId: 1, clientX: -500 });
  expect(sources.getAttribute('aria-valuenow')).toBe('200');
  expect(kept()).toEqual({ sources: 300 });
  fireEvent.pointerUp(sources, { pointerId: 1, clientX: -500 });
  await waitFor(() => expect(kept()).toEqual({ sources: 200 }));
});

test('F6 goes to what a pane is for: the source that is listed, the search, the target', async () => {
  const { user } = await openKept();
  await user.click(screen.getByRole('row', { name: 'web' }));
  await user.keyboard('{F6}{F6}');
  const at: string[] = [];
  for (let pane = 0; pane < 3; pane++) {
    await user.keyboard('{F6}');
    const { activeElement } = document;
    at.push(
      activeElement?.getAttribute('aria-current') ??
        activeElement?.getAttribute('role') ??
        activeElement?.getAttribute('type') ??
        '',
    );
  }
  expect(at.toSorted()).toEqual(['combobox', 'page', 'search']);
});

test('F6 goes to what is in the panes, not to their edges', async () => {
  const { user } = await openKept();
  screen.getByRole('searchbox').focus();
  const places = [];
  for (let presses = 0; presses < 3; presses++) {
    await user.keyboard('{F6}');
    places.push(document.activeElement?.closest('[data-pane]')?.getAttribute('aria-label'));
    expect(document.activeElement?.getAttribute('role')).not.toBe('separator');
  }
  expect(new Set(places)).toEqual(new Set(['Image', 'Sources', 'Images']));
});
