import { resolve } from 'node:path';
import type { ImageDestination } from './types.ts';

/**
 * The file or folder that a destination writes, as its text has it; undefined where an engine or a store takes the image. As in
 * containers/image a path ends at the first colon, but that of a Windows drive, and only `dir:` has nothing after it.
 */
export function writtenPath({ transport, text }: Pick<ImageDestination, 'transport' | 'text'>): string | undefined {
  const rest = text.slice(transport.length + 1);
  switch (transport) {
    case 'dir':
      return rest;
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
      return /^(?:[A-Za-z]:(?=[\\/]))?[^:]*/.exec(rest)?.[0];
    case 'docker-daemon':
    case 'containers-storage':
      return undefined;
  }
}

/** The same, absolute. */
export function absolutePath(destination: Pick<ImageDestination, 'transport' | 'text'>): string | undefined {
  const path = writtenPath(destination);
  return path === undefined ? undefined : resolve(path);
}
