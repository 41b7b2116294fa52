import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, PushboatError } from '../../shared/errors.ts';
import { isAbsent } from '../files/system-errors.ts';

const schema = z.object({ 'insecure-registries': z.array(z.string()).optional() });

/** Where Docker's daemon is configured: for the system, and where a user runs it. */
export interface DaemonConfPlaces {
  homeDir: string;
  /** `/etc`; tests have their own. */
  etcDir?: string | undefined;
}

/**
 * The file in which Docker's `insecure-registries` have a registry: by name and port, or by a network (CIDR) that its address is in. Names
 * are not looked up.
 * @throws PushboatError SETTINGS_UNREADABLE naming the file
 */
export function insecureForDocker(
  registry: string,
  { homeDir, etcDir = '/etc' }: DaemonConfPlaces,
): string | undefined {
  const paths = [
    join(etcDir, 'docker', 'daemon.json'),
    join(homeDir, '.docker', 'daemon.json'),
    join(homeDir, '.config', 'docker', 'daemon.json'),
  ];
  return paths.find((path) => insecureRegistries(path).some((entry) => matches(entry, registry)));
}

function insecureRegistries(path: string): string[] {
  try {
    const conf = schema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return conf['insecure-registries'] ?? [];
  } catch (error) {
    if (isAbsent(error)) return [];
    const detail = error instanceof z.ZodError ? 'insecure-registries is not a list of names' : messageOf(error);
    const message = `${path} cannot be understood: ${detail}.`;
    throw new PushboatError('SETTINGS_UNREADABLE', message, { path, detail, hint: 'check-permissions', cause: error });
  }
}

function matches(entry: string, registry: string): boolean {
  const name = entry.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  if (name === registry) return true;
  const [network = '', bits = ''] = name.split('/', 2);
  const host = registry.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const [family, version] = [isIP(network), isIP(host)];
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (family === 0 || version === 0 || !(prefix <= (family === 4 ? 32 : 128))) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, version === 4 ? 'ipv4' : 'ipv6');
}
