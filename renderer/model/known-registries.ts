import type { LoginInfo } from '../../shared/logins.ts';
import { referenceOrUndefined } from '../../shared/reference.ts';
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
