import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import { isAbsent, systemReason } from '../files/system-errors.ts';

/** Where folders of certificates are looked for. */
export interface CertificatePlaces {
  homeDir: string;
  /** `--cert-dir`: this folder alone, whatever the host. */
  certDir?: string | undefined;
  /** `/etc`; tests have their own. */
  etcDir?: string | undefined;
}

/** Files of a folder of `certs.d`, by absolute path. */
export interface CertificateFolder {
  path: string;
  ca: string[];
  client: { certificate: string; key: string } | undefined;
}

/**
 * The folder of certificates of the first of these hosts that has one, in the order of containers-certs.d(5), with Docker's own for a user.
 * Every `*.crt` is a CA, `NAME.cert` with `NAME.key` is shown to a host that asks who connects.
 * @throws PushboatError SETTINGS_UNREADABLE for a certificate without a key, or the reverse, and for a folder that cannot be read
 */
export function certificateFolder(
  hosts: readonly string[],
  { homeDir, certDir, etcDir = '/etc' }: CertificatePlaces,
): CertificateFolder | undefined {
  if (certDir !== undefined) return readFolder(certDir) ?? unusable(certDir, 'the folder does not exist');
  const parents = [
    join(homeDir, '.config', 'containers'),
    join(etcDir, 'containers'),
    join(homeDir, '.docker'),
    join(etcDir, 'docker'),
  ];
  for (const parent of parents) {
    for (const host of hosts) {
      const folder = readFolder(join(parent, 'certs.d', host));
      if (folder) return folder;
    }
  }
  return undefined;
}

/** Undefined for one that is not there. */
function readFolder(path: string): CertificateFolder | undefined {
  let names: string[];
  try {
    names = readdirSync(path).toSorted();
  } catch (error) {
    return isAbsent(error) ? undefined : unusable(path, systemReason(error));
  }
  const certificates = names.filter((name) => name.endsWith('.cert'));
  for (const name of certificates) requireFile(names, path, name, `${name.slice(0, -'.cert'.length)}.key`);
  for (const name of names) {
    if (name.endsWith('.key')) requireFile(names, path, name, `${name.slice(0, -'.key'.length)}.cert`);
  }
  const [first] = certificates;
  return {
    path,
    ca: names.filter((name) => name.endsWith('.crt')).map((name) => join(path, name)),
    client:
      first === undefined
        ? undefined
        : { certificate: join(path, first), key: join(path, `${first.slice(0, -'.cert'.length)}.key`) },
  };
}

function requireFile(names: readonly string[], folder: string, name: string, other: string): void {
  if (names.includes(other)) return;
  const what = name.endsWith('.key') ? 'is a key without its certificate' : 'is a client certificate without its key';
  unusable(join(folder, name), `it ${what} ${other}; a CA’s file ends in .crt`);
}

function unusable(path: string, detail: string): never {
  const message = `The certificates in ${path} cannot be used: ${detail}.`;
  throw new PushboatError('SETTINGS_UNREADABLE', message, { path, detail, hint: 'check-permissions' });
}
