import { useEffect, useState } from 'react';
import type { RegistryInfo } from '../../../shared/logins.ts';
import { request } from '../../api.ts';
import { useSettings } from '../../stores/settings.ts';

/** Wait after the last key before asking, in milliseconds. */
const DEBOUNCE_MS = 150;

/** The account and connection for a registry while it is typed; undefined while unknown. Follows logins and settings. */
export function useRegistryInfo(registry: string | undefined): RegistryInfo | undefined {
  const [info, setInfo] = useState<RegistryInfo>();
  const logins = useSettings((state) => state.logins);
  const policies = useSettings((state) => state.settings.registries);
  useEffect(() => {
    if (registry === undefined) return;
    let isCurrent = true;
    const timer = setTimeout(() => {
      request('registries.info', registry).then(
        (answer) => isCurrent && setInfo(answer),
        // Not being able to tell the account beforehand is no reason to disturb: the push itself will say.
        () => isCurrent && setInfo(undefined),
      );
    }, DEBOUNCE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
    // `logins` and `policies` are not read: a change of them means another answer.
  }, [registry, logins, policies]);
  return info !== undefined && info.registry === registry ? info : undefined;
}
