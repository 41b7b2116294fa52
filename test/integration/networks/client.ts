import { networkRules } from '../../../electron/access/network-rules.ts';
import type { NetworkPlaces } from '../../../electron/access/registry-files.ts';
import { createRegistryClient } from '../../../electron/registry/client.ts';
import type { RegistryClient } from '../../../electron/registry/types.ts';
import { toPushboatError } from '../../../shared/errors.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';

/** A client that finds proxies and certificates in these places. */
export function clientAt(registry: string, places: Partial<NetworkPlaces>, policy: RegistryPolicy): RegistryClient {
  const everywhere = { env: {}, homeDir: '/nowhere', etcDir: '/nowhere', ...places };
  const network = networkRules({
    registry,
    policy,
    places: everywhere,
    credentials: { findKept: async () => undefined },
  });
  return createRegistryClient({ registry, policy, network, login: async () => undefined });
}

/** What a client says that asks whether the registry is there; `it works` when it is. */
export async function complaintOf(client: RegistryClient): Promise<string> {
  return client.checkApi().then(
    () => 'it works',
    (thrown: unknown) => toPushboatError(thrown).message,
  );
}
