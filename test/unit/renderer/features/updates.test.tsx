// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { showView } from '../../../../renderer/stores/view.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import type { HistoryEntry } from '../../../../shared/history.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../shared/settings.ts';
import { createFakeApi } from '../fake-api.ts';
import { digestOf } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const RELEASE = { version: '0.2.0', page: 'https://pushboat.example/releases/0.2.0' };

const PUSHED: HistoryEntry = {
  id: 'web',
  kind: 'push',
  imageName: 'acme/web:1',
  target: 'ghcr.io/acme/web:1',
  state: 'done',
  digest: digestOf(1),
  bytesSent: 1,
  bytesSaved: 0,
  finishedAt: 0,
};

const startedWith = (lookForUpdates: Settings['lookForUpdates'], history = [PUSHED]) =>
  createFakeApi({
    'settings.get': () => ({ ...DEFAULT_SETTINGS, lookForUpdates }),
    'app.newerRelease': () => RELEASE,
    'history.list': () => history,
  });
const asked = (api: ReturnType<typeof createFakeApi>, channel: string) =>
  api.calls.filter((call) => call.channel === channel).map(({ input }) => input);

test('who has pushed before is asked once whether to look for new versions, and until then nothing is asked of the feed', async () => {
  const api = startedWith('unasked');
  const user = await openWindow(api);
  const yes = await screen.findByRole('button', { name: 'Look for new versions' });
  expect(asked(api, 'settings.update')).toEqual([{ lookForUpdates: 'no' }]);
  expect(asked(api, 'app.newerRelease')).toEqual([]);
  await user.click(yes);
  expect(await screen.findByText('Pushboat 0.2.0 is available.')).toBeDefined();
  expect(asked(api, 'settings.update').at(-1)).toEqual({ lookForUpdates: 'yes' });
});

test('the question lies over nothing, stays until it is answered, and can be put away', async () => {
  const api = startedWith('unasked');
  const user = await openWindow(api);
  const question = await screen.findByText('May Pushboat look for newer versions when it starts?');
  expect(question.closest('nav')).not.toBeNull();
  await user.click(
    within(screen.getByRole('region', { name: 'New versions' })).getByRole('button', { name: 'Dismiss' }),
  );
  expect(screen.queryByRole('button', { name: 'Look for new versions' })).toBeNull();
  expect(asked(api, 'app.newerRelease')).toEqual([]);
});

test('who has not pushed yet is not asked, and who said no neither', async () => {
  for (const api of [startedWith('unasked', []), startedWith('no')]) {
    await openWindow(api);
    await act(async () => undefined);
    expect(screen.queryByRole('button', { name: 'Look for new versions' })).toBeNull();
    expect(asked(api, 'app.newerRelease')).toEqual([]);
  }
});

test('a newer version that the start finds leads to its page', async () => {
  const api = startedWith('yes');
  const user = await openWindow(api);
  await user.click(await screen.findByRole('button', { name: 'Open its page' }));
  await waitFor(() => expect(asked(api, 'app.openExternal')).toEqual([RELEASE.page]));
});

test('a look from the settings says that this is the newest version, or why it cannot know', async () => {
  const api = createFakeApi();
  const user = await openWindow(api);
  act(() => showView('settings'));
  await user.click(screen.getByRole('button', { name: 'Look now' }));
  await screen.findByText('This is the newest version.');
  api.answer({
    'app.newerRelease': () => {
      throw new PushboatError('UPDATE_FEED_INVALID', 'pushboat.example does not say which version is the newest.');
    },
  });
  await user.click(screen.getByRole('button', { name: 'Look now' }));
  await screen.findByText('The newest version could not be learned');
  expect(screen.queryByText('This is the newest version.')).toBeNull();
  await user.click(screen.getByRole('checkbox', { name: 'Look for a newer version when Pushboat starts' }));
  expect(asked(api, 'settings.update')).toEqual([{ lookForUpdates: 'yes' }]);
});
