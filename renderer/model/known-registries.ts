import type { LoginInfo } from '../../shared/logins.ts';
import { DOCKER_HUB, referenceOrUndefined } from '../../shared/reference.ts';
import type { Settings } from '../../shared/settings.ts';

/** Every registry with a login, a policy or a recent push, sorted by name. */
export function knownRegistries(
  settings: Pick<Settings, 'registries' | 'recentTargets'>,
  logins: readonly LoginInfo[],
): string[] {
  const names = new Set([...Object.keys(settings.registries), ...logins.map(({ registry }) => registry)]);
  for (const target of settings.recentTargets) {
    const reference = referenceOrUndefined(target);
    if (reference) names.add(reference.registry);
  }
  return [...names].sort((a, b) => a.localeCompare(b));
}

/** The login of each registry: that of the whole of it counts more than those of parts of it. */
export function loginsByRegistry(logins: readonly LoginInfo[]): ReadonlyMap<string, LoginInfo> {
  const inOrder = logins.toSorted(
    (one, other) => Number(other.namespace !== undefined) - Number(one.namespace !== undefined),
  );
  return new Map(inOrder.map((login) => [login.registry, login]));
}

/**
 * Whether a registry is asked about a target before anything is pushed. What a private image is called is for nobody but the registry that a
 * person means. A name without a registry means Docker Hub, whether it is meant or not: it is asked where the person named it, or where the
 * person has chosen the target and is known to use Docker Hub.
 * @param target as it is typed, or offered
 * @param known registries that were used before
 */
export function mayBeAsked(registry: string, target: string, isChosen: boolean, known: readonly string[]): boolean {
  if (registry !== DOCKER_HUB) return true;
  return isChosen && (NAMES_DOCKER_HUB.test(target) || known.includes(DOCKER_HUB));
}

const NAMES_DOCKER_HUB = /^\s*(?:docker:\/\/|https?:\/\/)?(?:index\.)?docker\.io\//i;
