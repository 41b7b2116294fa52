import { dirname, isAbsolute, normalize } from 'node:path';
import { isDigest } from '../../shared/digest.ts';
import type { ImageOrigin } from '../image/types.ts';
import { scopesOf } from '../signatures/registries-d.ts';

/**
 * The scopes of an image, the most precise first, as containers/image makes them for each transport. None where a transport knows only
 * its default.
 */
export function originScopes(origin: ImageOrigin): string[] {
  switch (origin.transport) {
    case 'docker':
    case 'docker-daemon':
      return origin.reference ? scopesOf(origin.reference) : [];
    case 'dir':
      return foldersAround(dirname(origin.path), [origin.path]);
    case 'oci':
    case 'oci-archive':
      return foldersAround(origin.path, [`${origin.path}:${origin.name ?? ''}`]);
    case 'containers-storage':
      return storageScopes(origin);
    case 'docker-archive':
      return [];
  }
}

/** The folder and those above it, without the root: the transport's default stands for that. */
function foldersAround(folder: string, scopes: string[]): string[] {
  for (let path = folder; path !== dirname(path); path = dirname(path)) scopes.push(path);
  return scopes;
}

function storageScopes({ store, reference, id }: ImageOrigin & { transport: 'containers-storage' }): string[] {
  const place = `[${store.driver}@${store.root}]`;
  if (!reference) return [`${place}@${id}`, place, `[${store.root}]`];
  const [whole = '', ...names] = scopesOf(reference);
  const inStore = [`${whole}@${id}`, whole, ...names.filter((name) => !name.startsWith('*.'))];
  return [...inStore.map((name) => place + name), place, `[${store.root}]`];
}

/** What is wrong with a scope of a policy; undefined for one that may be, and for transports that nobody here knows. */
export function scopeFault(transport: string, scope: string): string | undefined {
  if (scope === '') return undefined;
  switch (transport) {
    case 'dir':
      return pathFault(scope);
    case 'oci':
    case 'oci-archive':
      return pathFault(scope.replace(/:[^/]*$/, ''));
    case 'docker-archive':
    case 'tarball':
      return 'this transport has no scopes but the empty one';
    case 'docker-daemon':
      return isDigest(scope) ? 'an image ID is not a scope' : undefined;
    case 'containers-storage':
      return /^\[(?:[^@\]]+@)?\/[^\]]*\]/.test(scope) ? undefined : 'does not begin with [DRIVER@PATH] or [PATH]';
    default:
      return undefined;
  }
}

function pathFault(path: string): string | undefined {
  if (!isAbsolute(path)) return 'is not an absolute path';
  if (path === '/') return 'the whole transport is meant by the empty scope';
  return normalize(path) === path && !path.endsWith('/') ? undefined : 'is not written in its shortest form';
}
