import type { LoginInfo, LoginOrigin } from '../../shared/logins.ts';
import { DOCKER_HUB } from '../../shared/reference.ts';

/** Docker Hub's key in auth files, which Docker took from its first API (docker/cli, config/credentials). */
export const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';
const HUB_HOSTS = new Set([DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io']);

/** A key of an auth file: `host[:port]`, or `host[:port]/namespace…` in containers' files. */
export interface RegistryKey {
  registry: string;
  /** Without slashes at the ends; empty for the whole registry. */
  path: string;
}

/**
 * What a key of an auth file means. Schemes and the API paths `/v1/`, `/v2/` that old tools wrote are dropped; all of Docker
 * Hub's names are `docker.io`.
 */
export function parseRegistryKey(key: string): RegistryKey {
  const withoutScheme = key.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  const slash = withoutScheme.indexOf('/');
  const host = slash === -1 ? withoutScheme : withoutScheme.slice(0, slash);
  const rest = slash === -1 ? '' : withoutScheme.slice(slash + 1).replace(/^\/+|\/+$/g, '');
  const path = /^v[12](?:\/|$)/.test(rest) ? '' : rest;
  return { registry: normalizeRegistry(host), path };
}

/** `host[:port]` as references have it: lower case, Docker Hub's other names as `docker.io`. */
export function normalizeRegistry(registry: string): string {
  const host = registry.toLowerCase();
  return HUB_HOSTS.has(host) ? DOCKER_HUB : host;
}

/** As it is kept: `host[:port]`, or with the path of its namespace. */
export function nameOf({ registry, path }: RegistryKey): string {
  return path === '' ? registry : `${registry}/${path}`;
}

/** The names that a login for a repository may be kept under, the most specific first: `host/a/b`, `host/a`, `host`. */
export function namesFor(registry: string, repository = ''): string[] {
  const parts = repository.split('/').filter(Boolean);
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  return [...paths, ''].map((path) => nameOf({ registry: normalizeRegistry(registry), path }));
}

/** How specific a key is for a repository: length of its path, 0 for the host; undefined when it does not apply. */
export function keyMatch(key: RegistryKey, registry: string, repository: string | undefined): number | undefined {
  if (key.registry !== normalizeRegistry(registry)) return undefined;
  if (key.path === '') return 0;
  if (repository === undefined) return undefined;
  return repository === key.path || repository.startsWith(`${key.path}/`) ? key.path.length : undefined;
}

/** A login as it is told: without its secret. */
export function loginInfo({ registry, path }: RegistryKey, username: string, origin: LoginOrigin): LoginInfo {
  return { registry, ...(path && { namespace: path }), username, origin };
}
