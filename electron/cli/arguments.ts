import { stat } from 'node:fs/promises';
import type { PushboatError } from '../../shared/errors.ts';
import { PATH_TRANSPORTS } from '../../shared/images.ts';
import { usageError } from './errors.ts';
import { requireOurTransport } from './habits.ts';

/** Transports of containers/image that nothing can be written to here. `docker:` is one only with its slashes. */
const UNKNOWN_TRANSPORT = /^(atomic|docker|ostree|sif|tarball):(?!\/\/)/;
const PODMAN = /^podman:(?!\d+\/).*[:/]/;
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const FOLDER_ON_STDIN = /^(?:oci|dir):(?:-|\/dev\/stdin)(?:$|:)/;
/** As a reference it would be the tag 5000 of an image on Docker Hub. Names with dots may be images; few of their tags look like ports. */
const HOST_ALONE =
  /^(?:localhost(?::\d+)?|\d+(?:\.\d+){3}(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?|[a-z0-9-]+(?:\.[a-z0-9-]+)+:\d{4,5})$/i;
/** A repository may be called so, and none is. */
const ARCHIVE_NAME = /^[^:@]*\.(?:tar(?:\.[a-z0-9]+)?|tgz)$/i;
const LOGIN_IN_FRONT = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/@\s]+:[^/@\s]*@[^/@]+\//i;
const PATH = /^(?:\.{0,2}[/\\]|\.{1,2}$|~|[a-z]:[/\\])/i;

/**
 * Of a destination that names no place for exports: it is a registry's, and must not be what is easily mistaken for one.
 * @throws PushboatError USAGE for a transport that is unknown, a URL, or a path
 */
export function requireRegistryText(text: string): void {
  // Not shown: it has a password.
  if (LOGIN_IN_FRONT.test(text))
    throw usageError(
      'A login is no part of a destination: give it with --creds, or sign in first with pushboat login.',
    );
  if (text.startsWith('docker://')) return;
  const transport = UNKNOWN_TRANSPORT.exec(text)?.[1];
  if (transport === 'docker')
    throw usageError(`The slashes are missing in the destination ${text}: write docker://REFERENCE.`);
  if (transport !== undefined)
    throw usageError(`Images cannot be written to ${transport}: (the destination is ${text}).`);
  requireOurTransport(text);
  if (PODMAN.test(text))
    throw usageError(`Images are written to Podman with containers-storage:REFERENCE, not ${text}.`);
  const scheme = SCHEME.exec(text)?.[0];
  if (scheme !== undefined) {
    const isWeb = /^https?:/i.test(scheme);
    const why = isWeb ? `is written without ${scheme}` : 'names no transport that Pushboat knows';
    throw usageError(`The destination ${text} ${why}.`);
  }
  if (PATH.test(text)) throw pathError(text, 'is a path');
  if (ARCHIVE_NAME.test(text)) throw pathError(text, 'is called as an archive');
  if (HOST_ALONE.test(text))
    throw usageError(`The destination ${text} names a registry and no image in it: write ${text}/REPOSITORY:TAG.`);
}

/**
 * Forgotten transports: `web.tar` as a destination would go to Docker Hub as `library/web.tar`. Folders are often named as repositories are,
 * files hardly ever.
 * @throws PushboatError USAGE when one of the texts, none of which has a transport, names a file that is there
 */
export async function requireNoFiles(texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    if (text.includes('://')) continue;
    const facts = await stat(text).catch(() => undefined);
    if (facts && !facts.isDirectory()) throw pathError(text, 'is a file here');
  }
}

function pathError(text: string, what: string): PushboatError {
  return usageError(
    `The destination ${text} ${what}: write oci:${text}, oci-archive:${text}, docker-archive:${text} or dir:${text}, or docker://REFERENCE for a registry. What is pushed stands before it.`,
  );
}

/** @throws PushboatError USAGE for an IMAGE that is none of this computer, and for a folder where an archive could be read. */
export function requireLocalImage(text: string): void {
  if (FOLDER_ON_STDIN.test(text)) throw usageError('Standard input can be an archive, not a folder.');
  requireOurTransport(text);
  const scheme = SCHEME.exec(text)?.[0];
  if (scheme === undefined) return;
  const name = text.slice(scheme.length);
  // A path that begins at the root.
  if (name.startsWith('/') && PATH_TRANSPORTS.some((transport) => scheme === `${transport}://`)) return;
  if (scheme === 'file://') throw usageError(`A file is named by its path alone: write ${name}.`);
  // Helm's address of a registry.
  if (scheme !== 'docker://' && scheme !== 'oci://')
    throw usageError(`The image ${text} has a transport that Pushboat does not know.`);
  throw usageError(
    `${text} is an image in a registry, and what is pushed must be on this computer: pull it first (podman pull ${name}, or skopeo copy docker://${name} oci:FOLDER).`,
  );
}

/**
 * Docker's content trust signs with Notary. Where it is asked for, a push without such a signature would not be what was wanted; the flag
 * that switches it off is accepted, and does nothing else. Whatever is no boolean switches it on, as docker reads it.
 * @throws PushboatError USAGE
 */
export function requireNoContentTrust(isDisabled: boolean | undefined, env: NodeJS.ProcessEnv): void {
  const wanted = env['DOCKER_CONTENT_TRUST'] ?? '';
  const isWanted = isDisabled === undefined ? wanted !== '' && !/^(0|f|false)$/i.test(wanted) : !isDisabled;
  if (!isWanted) return;
  const asked = isDisabled === false ? '--disable-content-trust=false' : `DOCKER_CONTENT_TRUST=${wanted}`;
  throw usageError(
    `${asked} asks for a signature of Docker Content Trust, which Pushboat does not make. Push with --disable-content-trust, and sign the digest with cosign or notation.`,
  );
}

/**
 * `--creds` is one registry's login, and goes to no other.
 * @throws PushboatError USAGE when there are several registries
 */
export function requireOneRegistry(registries: readonly string[]): void {
  const distinct = [...new Set(registries)];
  if (distinct.length < 2) return;
  throw usageError(
    `--creds is a login of one registry, and there are ${distinct.join(' and ')}: sign in to each with pushboat login first, and omit --creds.`,
  );
}
