// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import { createFakeApi } from '../fake-api.ts';
import { openWindow } from '../setup.tsx';

async function openRegistries(registry: string, scheme?: 'http' | 'https') {
  const fake = createFakeApi({
    'settings.get': () => ({ ...DEFAULT_SETTINGS, recentTargets: [`${registry}/acme/web:1`] }),
    'registries.info': (name) => ({
      registry: name,
      apiHost: name,
      login: null,
      plainHttp: 'no',
      verify: true,
      ...(scheme ? { scheme } : {}),
    }),
  });
  const user = await openWindow(fake);
  await user.click(within(screen.getByRole('navigation')).getByRole('button', { name: 'Registries' }));
  return within(await screen.findByRole('listitem', { name: registry }));
}

test('a registry that is used by plain HTTP says so, and not that its certificate is checked', async () => {
  const card = await openRegistries('127.0.0.1:5000', 'http');
  await card.findByText('Plain HTTP is used: nothing is encrypted');
  card.getByRole('button', { name: /HTTPS, or HTTP if that does not answer/ });
  expect(card.queryByRole('button', { name: /certificate checked/ })).toBeNull();
});

test('a registry that is used by HTTPS has its certificate checked', async () => {
  const card = await openRegistries('ghcr.io', 'https');
  card.getByRole('button', { name: /HTTPS, certificate checked/ });
  expect(card.queryByText(/Plain HTTP is used/)).toBeNull();
});
