// @vitest-environment happy-dom
import { act, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { showView } from '../../../../renderer/stores/view.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../shared/settings.ts';
import { createFakeApi } from '../fake-api.ts';
import { detailsOf, image } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const WEB = image({ id: 'web', name: 'ghcr.io/acme/web:1', references: ['ghcr.io/acme/web:1'] });

async function openWith(pushDefaults: Settings['pushDefaults']) {
  const api = createFakeApi({
    'images.list': () => [WEB],
    'images.details': () => detailsOf(WEB),
    'settings.get': () => ({ ...DEFAULT_SETTINGS, pushDefaults }),
  });
  const user = await openWindow(api);
  const inputsOf = (channel: string) => api.calls.filter((call) => call.channel === channel).map(({ input }) => input);
  return { user, inputsOf };
}

test('a push begins with the options of the settings, and each may be changed for it alone', async () => {
  const { user, inputsOf } = await openWith({ onlyNew: true, format: 'oci' });
  await user.click(screen.getByRole('row', { name: WEB.name }));
  await user.click(await screen.findByRole('button', { name: 'Options' }));
  await user.click(screen.getByRole('checkbox', { name: 'Only if new' }));
  await user.click(screen.getByRole('button', { name: 'Push' }));
  expect(inputsOf('push.start')).toMatchObject([{ options: { onlyNew: false, format: 'oci' } }]);
  expect(inputsOf('settings.update')).toEqual([]);
});

test('options that are chosen are said while they are folded', async () => {
  const { user } = await openWith({ onlyNew: true, format: 'oci' });
  await user.click(screen.getByRole('row', { name: WEB.name }));
  const fold = await screen.findByRole('button', { name: 'Options' });
  expect(fold.textContent).toBe('OptionsOnly if new · OCI');
  await user.click(fold);
  await user.click(screen.getByRole('checkbox', { name: 'Only if new' }));
  await user.click(screen.getByRole('checkbox', { name: /^Send everything/ }));
  expect(fold.textContent).toBe('OptionsOCI · Send everything, whatever the registry says it has');
});

test('the settings keep what all pushes begin with', async () => {
  const { user, inputsOf } = await openWith({ format: 'oci' });
  act(() => showView('settings'));
  await user.click(screen.getByRole('checkbox', { name: 'Only if new' }));
  await waitFor(() =>
    expect(inputsOf('settings.update')).toEqual([{ pushDefaults: { onlyNew: true, format: 'oci' } }]),
  );
});

test('the settings keep the platforms that pushes begin with, and say where one is written wrong', async () => {
  const { user, inputsOf } = await openWith({ format: 'oci' });
  act(() => showView('settings'));
  const field = screen.getByRole('textbox', { name: 'Platforms' });
  await user.click(field);
  await user.paste('linux/amd64; x86');
  await user.tab();
  screen.getByText('Write platforms as linux/amd64, with commas between them.');
  expect(inputsOf('settings.update')).toEqual([]);
  await user.clear(field);
  await user.paste('linux/x86_64 linux/arm64');
  await user.keyboard('{Enter}');
  await waitFor(() =>
    expect(inputsOf('settings.update')).toEqual([
      { pushDefaults: { format: 'oci', platforms: ['linux/amd64', 'linux/arm64'] } },
    ]),
  );
});
