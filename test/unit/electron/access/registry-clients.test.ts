import { expect, it, vi } from 'vitest';
import { RegistryClients } from '../../../../electron/access/registry-clients.ts';
import { parseDigest } from '../../../../shared/digest.ts';
import type { RegistryPolicy } from '../../../../shared/registry-policy.ts';
import { startProxy } from '../../../registry/proxy.ts';
import { startRegistry } from '../../../registry/server.ts';

const MINUTE = 60_000;
const DIGEST = parseDigest(`sha256:${'0'.repeat(64)}`);

/** Who is told that a registry is waited for when it goes away. */
async function outageOf(policy: RegistryPolicy, usualMs: number): Promise<'waits' | 'fails'> {
  // Tries follow one another without a pause.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  await using registry = await startRegistry({ storage: 'memory' });
  await using proxy = await startProxy({ target: registry.host });
  const waits = Promise.withResolvers<'waits'>();
  const clients = new RegistryClients({
    policyOf: () => policy,
    credentials: { find: async () => undefined, findKept: async () => undefined, httpHeaders: async () => ({}) },
    tlsVerify: undefined,
    places: { env: {}, homeDir: '/nowhere' },
    onWarning: () => undefined,
    retryForMs: () => usualMs,
    onOutage: () => waits.resolve('waits'),
  });
  const client = clients.for(proxy.host);
  await client.checkApi();
  proxy.down = true;
  proxy.cut();
  const failed = client.headBlob('acme/web', DIGEST).then(
    () => 'fails' as const,
    () => 'fails' as const,
  );
  const outcome = await Promise.race([waits.promise, failed]);
  await clients.close();
  await failed;
  return outcome;
}

it.each([
  ['as long as is usual', {}, MINUTE, 'waits'],
  ['not at all, where that is usual', {}, 0, 'fails'],
  ['not at all, where that is set for it', { retryForSeconds: 0 }, MINUTE, 'fails'],
  ['where that is set for it, whatever is usual', { retryForSeconds: 60 }, 0, 'waits'],
] as const)('a registry that stops answering is waited for %s', async (_, policy, usualMs, outcome) => {
  expect(await outageOf(policy, usualMs)).toBe(outcome);
});
