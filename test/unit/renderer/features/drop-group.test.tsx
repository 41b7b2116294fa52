// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { SourceInfo } from '../../../../shared/images.ts';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import { createFakeApi } from '../fake-api.ts';
import { ADDED, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const archive = (name: string): SourceInfo => ({
  id: `docker-archive:/usb/${name}.tar`,
  transport: 'docker-archive',
  label: `${name}.tar`,
  location: `/usb/${name}.tar`,
  state: 'ready',
  imageCount: 1,
  automatic: false,
});

const DROPPED = ['a', 'b', 'c', 'd', 'e'].map(archive);

async function openSources() {
  const api = createFakeApi({
    'sources.list': () => [STORE, ADDED, ...DROPPED],
    'settings.get': () => ({ ...DEFAULT_SETTINGS, addedTogether: [DROPPED.map(({ location }) => location)] }),
  });
  const user = await openWindow(api);
  const inputsOf = (channel: string) => api.calls.filter((call) => call.channel === channel).map(({ input }) => input);
  const shown = () => {
    const yours = screen.getByRole('region', { name: 'Added by you' });
    return within(yours)
      .getAllByRole('button')
      .flatMap(({ textContent }) => textContent?.match(/^(?:builds|\w\.tar)/)?.[0] ?? []);
  };
  return { api, user, inputsOf, shown };
}

test('what one drop has brought is one group, folded to a few', async () => {
  const { user, shown } = await openSources();
  expect(shown()).toEqual(['builds', 'a.tar', 'b.tar', 'c.tar']);
  await user.click(screen.getByRole('button', { name: '2 more' }));
  expect(shown()).toEqual(['builds', 'a.tar', 'b.tar', 'c.tar', 'd.tar', 'e.tar']);
  await user.click(screen.getByRole('button', { name: /^5 archives/ }));
  expect(shown()).toEqual(['builds']);
});

test('it is removed as a whole, and one undo brings all of it back', async () => {
  const { user, inputsOf } = await openSources();
  await user.click(screen.getByRole('button', { name: 'Remove all of them from the list: 5 archives' }));
  await waitFor(() => expect(inputsOf('sources.remove')).toEqual(DROPPED.map(({ id }) => id)));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(inputsOf('sources.add')).toEqual([DROPPED.map(({ location }) => location)]));
});

test('the keyboard is in the list at once when the button that removed all of them goes with them', async () => {
  const { api, user } = await openSources();
  const remove = screen.getByRole('button', { name: 'Remove all of them from the list: 5 archives' });
  remove.focus();
  await user.keyboard('{Enter}');
  await act(async () => api.emit('sources', [STORE, ADDED]));
  expect(remove.isConnected).toBe(false);
  expect(document.activeElement).toBe(screen.getByRole('navigation'));
});

test('an archive of one image leaves its room to its name, one of several says how many', async () => {
  const { api } = await openSources();
  const textOf = (name: string) => screen.getByRole('button', { name: new RegExp(`^${name}`) }).textContent;
  expect(textOf('a.tar')).toBe('a.tar');
  await act(async () => api.emit('sources', [STORE, { ...archive('a'), imageCount: 3 }]));
  expect(textOf('a.tar')).toBe('a.tar3');
});
