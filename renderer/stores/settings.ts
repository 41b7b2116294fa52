import { useMemo } from 'react';
import { create } from 'zustand';
import type { AppInfo } from '../../shared/ipc.ts';
import type { LoginInfo } from '../../shared/logins.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../shared/settings.ts';
import { knownRegistries } from '../model/known-registries.ts';

interface SettingsState {
  settings: Settings;
  logins: LoginInfo[];
  app: AppInfo | null;
}

/** Settings and logins (without secrets), as the main process tells them. */
export const useSettings = create<SettingsState>(() => ({ settings: DEFAULT_SETTINGS, logins: [], app: null }));

/** Every registry with a login, a policy or a recent push. */
export function useKnownRegistries(): readonly string[] {
  const settings = useSettings((state) => state.settings);
  const logins = useSettings((state) => state.logins);
  return useMemo(() => knownRegistries(settings, logins), [settings, logins]);
}
