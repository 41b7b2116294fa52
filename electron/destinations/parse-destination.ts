import { DESTINATION_TRANSPORTS, type DestinationTransport } from '../../shared/images.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import { archiveLimits } from '../image/tar/limits.ts';
import { ContainersStorageDestination } from './containers-storage.ts';
import { DirDestination } from './dir.ts';
import { DockerArchiveDestination } from './docker-archive.ts';
import { DockerDaemonDestination } from './docker-daemon.ts';
import { checkLayoutName, type NameAndTag, splitPath, taggedName } from './names.ts';
import { OciArchiveDestination } from './oci-archive.ts';
import { OciLayoutDestination } from './oci-layout.ts';
import type { Unpacking } from './plain-layer.ts';
import type { ImageDestination } from './types.ts';
import { invalidDestination } from './write-errors.ts';

const TRANSPORT = new RegExp(`^(${DESTINATION_TRANSPORTS.join('|')}):(.*)$`, 's');

/**
 * The place that a DESTINATION names, in containers/image's words: `oci:PATH[:NAME]`, `oci-archive:PATH[:NAME]`, `docker-archive:PATH[:REF]`,
 * `dir:PATH`, `docker-daemon:REF`, `containers-storage:REF`. A REF without a tag gets `latest`. Undefined for every other text: it is
 * `docker://` or a reference, even where it has a colon, as in `localhost:5000/web`.
 * @throws PushboatError DESTINATION_INVALID saying what is wrong after the transport; USAGE for limits that the environment sets wrongly
 */
export function parseDestination(text: string, environment: LocalEnvironment): ImageDestination | undefined {
  const [, transport, rest = ''] = TRANSPORT.exec(text.trim()) ?? [];
  if (transport === undefined) return undefined;
  return destinationOf(transport as DestinationTransport, rest, text.trim(), environment);
}

/** True for text that `parseDestination` takes, or finds a fault with: it names a place that is no registry. */
export function namesPlace(text: string): boolean {
  return TRANSPORT.test(text.trim());
}

function destinationOf(
  transport: DestinationTransport,
  rest: string,
  text: string,
  environment: LocalEnvironment,
): ImageDestination {
  switch (transport) {
    case 'oci':
    case 'oci-archive': {
      const { path, name } = splitPath(rest, environment.platform);
      requirePath(path, text, environment);
      if (name !== undefined) checkLayoutName(name, text);
      return transport === 'oci'
        ? new OciLayoutDestination(text, { path, name })
        : new OciArchiveDestination(text, { path: archivePath(path, text, environment), name });
    }
    case 'docker-archive': {
      const { path, name } = splitPath(rest, environment.platform);
      const tag = name === undefined ? undefined : taggedName(name, text);
      requirePath(path, text, environment);
      const file = archivePath(path, text, environment);
      return new DockerArchiveDestination(text, { path: file, name, tag }, unpacking(environment));
    }
    case 'dir':
      requirePath(rest, text, environment);
      return new DirDestination(text, rest);
    case 'docker-daemon':
      return new DockerDaemonDestination(text, requireName(rest, text), environment, unpacking(environment));
    case 'containers-storage':
      if (rest.startsWith('['))
        throw invalidDestination(text, 'Podman’s service writes to its own store, and another cannot be chosen');
      return new ContainersStorageDestination(text, requireName(rest, text), environment);
  }
}

/** `-` is standard output, as it is standard input where an image is named. */
function archivePath(path: string, text: string, { platform }: LocalEnvironment): string {
  if (path !== '-') return path;
  if (platform === 'win32') throw invalidDestination(text, 'standard output takes no archive on Windows');
  return '/dev/stdout';
}

function requirePath(path: string, text: string, { platform }: LocalEnvironment): void {
  if (path === '') throw invalidDestination(text, 'it names no path');
  // On Windows that is a server's folder.
  if (/^\/\/[^/]/.test(path) && platform !== 'win32')
    throw invalidDestination(text, 'it is a path, and not the address of a registry, which is docker://REFERENCE');
  if (/^~[/\\]/.test(path)) throw invalidDestination(text, 'no shell replaces ~ behind a colon: write the whole path');
  if (path.includes('\0')) throw invalidDestination(text, 'a path cannot hold a zero character');
}

function requireName(name: string, text: string): NameAndTag {
  if (name === '') throw invalidDestination(text, 'it names no image');
  return { name, tag: taggedName(name, text) };
}

function unpacking({ env, temporaryDir }: LocalEnvironment): Unpacking {
  return { limits: archiveLimits(env), temporaryDir };
}
