import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, PushboatError } from '../../shared/errors.ts';
import { withoutBrackets } from '../../shared/host-names.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { readTextNow } from '../files/plain-file.ts';
import { isAbsent } from '../files/system-errors.ts';
import { ipVersion, isIn, networkOf } from '../registry/http/addresses.ts';

const schema = lazySchema(() => z.object({ 'insecure-registries': z.array(z.string()).optional() }));

/** Where Docker's daemon is configured: for the system, and where a user runs it. */
export interface DaemonConfPlaces {
  homeDir: string;
  /** `/etc`; tests have their own. */
  etcDir?: string | undefined;
}

/**
 * The file in which Docker's `insecure-registries` have a registry: by name and port, or by a network (CIDR) that its address is in. As for
 * Docker, Docker Hub never is.
 * @throws PushboatError SETTINGS_UNREADABLE naming the file
 */
export function insecureForDocker(registry: string, places: DaemonConfPlaces): string | undefined {
  const host = hostOf(registry);
  return fileWith(registry, places, (entry) => entry === registry || isInNetwork(entry, host));
}

/**
 * The file in which Docker's `insecure-registries` have a network (CIDR) with one of the addresses that a registry's name has now. A name
 * that has none is in no network. https://docs.docker.com/reference/cli/dockerd/#insecure-registries
 * @throws PushboatError SETTINGS_UNREADABLE naming the file
 */
export async function insecureByAddress(registry: string, places: DaemonConfPlaces): Promise<string | undefined> {
  const host = hostOf(registry);
  // Names are looked up only for those who have such a network.
  if (ipVersion(host) !== 0 || fileWith(registry, places, isNetwork) === undefined) return undefined;
  const { lookup } = await import('node:dns/promises');
  const found = await lookup(host, { all: true }).catch(() => []);
  return fileWith(registry, places, (entry) => found.some(({ address }) => isInNetwork(entry, address)));
}

function hostOf(registry: string): string {
  return withoutBrackets(registry.replace(/:\d+$/, ''));
}

function fileWith(
  registry: string,
  { homeDir, etcDir = '/etc' }: DaemonConfPlaces,
  isWanted: (entry: string) => boolean,
): string | undefined {
  const paths = [
    join(etcDir, 'docker', 'daemon.json'),
    join(homeDir, '.docker', 'daemon.json'),
    join(homeDir, '.config', 'docker', 'daemon.json'),
  ];
  if (registry === 'docker.io') return undefined;
  return paths.find((path) => insecureRegistries(path).some(isWanted));
}

function insecureRegistries(path: string): string[] {
  try {
    const conf = schema.parse(JSON.parse(readTextNow(path)));
    return (conf['insecure-registries'] ?? []).map((entry) => entry.replace(/^https?:\/\//, '').replace(/\/+$/, ''));
  } catch (error) {
    if (isAbsent(error)) return [];
    const detail = error instanceof z.ZodError ? 'insecure-registries is not a list of names' : messageOf(error);
    const message = `${path} cannot be understood: ${detail}.`;
    throw new PushboatError('SETTINGS_UNREADABLE', message, { path, detail, hint: 'check-permissions', cause: error });
  }
}

function isNetwork(entry: string): boolean {
  return networkOf(entry) !== undefined;
}

function isInNetwork(entry: string, address: string): boolean {
  const network = networkOf(entry);
  return network !== undefined && isIn(network, address);
}
