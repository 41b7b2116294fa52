import { expect, it } from 'vitest';
import { RegistryClients } from '../../../electron/access/registry-clients.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { startRegistry } from '../../registry/server.ts';

it('tells how a registry is really talked to, once it has answered, and not of an earlier policy', async () => {
  await using registry = await startRegistry();
  let policy: RegistryPolicy = {};
  const clients = new RegistryClients({
    policyOf: () => policy,
    credentials: { find: async () => undefined, findKept: async () => undefined, httpHeaders: async () => ({}) },
    tlsVerify: undefined,
    places: { env: {}, homeDir: '/nowhere', etcDir: '/nowhere' },
    onWarning: () => undefined,
  });
  try {
    expect(clients.schemeOf(registry.host)).toBeUndefined();
    await clients.for(registry.host).checkApi();
    expect(clients.schemeOf(registry.host)).toBe('http');
    policy = { tls: 'no-verify' };
    expect(clients.schemeOf(registry.host)).toBeUndefined();
  } finally {
    await clients.close();
  }
});
