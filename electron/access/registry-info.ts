import { PushboatError, toPushboatError } from '../../shared/errors.ts';
import type { RegistryInfo } from '../../shared/logins.ts';
import { parseReference, registryApiHost } from '../../shared/reference.ts';
import { connectionOf, type RegistryPolicy } from '../../shared/registry-policy.ts';
import { parseRegistryKey } from '../credentials/registry-keys.ts';
import type { CredentialService } from '../credentials/types.ts';

/** A registry as people write it, and after a slash the repositories of it that are meant. */
export function registryAndPath(text: string): { registry: string; path: string } {
  return { registry: registryName(text), path: parseRegistryKey(text).path };
}

/** What the window shows of a registry while a target is typed: where it is, which login applies, how safe the way is. */
export async function registryInfo(
  { registry, path }: { registry: string; path: string },
  policy: RegistryPolicy,
  credentials: CredentialService,
  tlsVerify: boolean | undefined,
  scheme: RegistryInfo['scheme'] | undefined,
): Promise<RegistryInfo> {
  const login = await credentials.find(registry, path || undefined);
  return {
    registry,
    apiHost: registryApiHost(registry),
    login: login === undefined ? null : { registry, username: login.username, origin: login.origin },
    ...connectionOf(registry, policy, tlsVerify),
    scheme,
  };
}

/**
 * A registry's name as references have it, from what people and other tools write (`https://index.docker.io/v1/`).
 * @throws PushboatError REF_INVALID.
 */
export function registryName(text: string): string {
  const host = text
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/.*$/, '');
  const registry = registryOf(`${host}/name`);
  if (typeof registry === 'string') return registry;
  throw new PushboatError('REF_INVALID', `Not a registry’s name: ${JSON.stringify(text.slice(0, 160))}.`, {
    part: 'registry',
    position: 0,
    detail: registry?.facts.detail ?? 'a registry is a host name with a dot or a port, or localhost',
    hint: 'check-address',
  });
}

/** Undefined when what should be the host was understood as a repository; the error where the host itself is wrong. */
function registryOf(reference: string): string | PushboatError | undefined {
  try {
    const { registry, repository } = parseReference(reference);
    return repository === 'name' || repository === 'library/name' ? registry : undefined;
  } catch (error) {
    const { code, facts } = toPushboatError(error);
    if (code !== 'REF_INVALID') throw error;
    return facts.part === 'registry' ? toPushboatError(error) : undefined;
  }
}
