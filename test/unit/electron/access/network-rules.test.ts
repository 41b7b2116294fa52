import { expect, it, test } from 'vitest';
import { networkRules, withoutSecrets } from '../../../../electron/access/network-rules.ts';
import type { Login } from '../../../../shared/logins.ts';

test('the password of a registry’s own proxy is a login of the proxy, and not in the settings', async () => {
  const kept = new Map<string, Login>();
  const credentials = {
    findKept: async (host: string) => kept.get(host),
    rememberOptions: async () => ({ available: ['session' as const] }),
    save: async (registry: string, { username, password }: { username: string; password: string }) => {
      kept.set(registry, { username, password, origin: { kind: 'session' } });
      return { registry, username, origin: { kind: 'session' as const } };
    },
  };
  const policy = await withoutSecrets({ proxy: 'me:secret@proxy.corp:3128' }, credentials);
  expect(policy).toEqual({ proxy: 'http://me@proxy.corp:3128' });
  const rules = networkRules({
    registry: 'reg.example',
    policy,
    places: { env: {}, homeDir: '/nowhere', etcDir: '/nowhere' },
    credentials,
  });
  expect(await rules.proxyFor(new URL('https://reg.example/'))).toMatchObject({ username: 'me', password: 'secret' });
});

it.each(['direct', 'socks5://10.0.0.1:1080'])('%s stays as it is', async (proxy) => {
  const credentials = {
    rememberOptions: () => Promise.reject(new Error('nobody asks')),
    save: () => Promise.reject(new Error('nothing is saved')),
  };
  expect(await withoutSecrets({ proxy }, credentials)).toEqual({ proxy });
});
