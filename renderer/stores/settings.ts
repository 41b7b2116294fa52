import { create } from 'zustand';
import type { AppInfo } from '../../shared/ipc.ts';
import type { LoginInfo } from '../../shared/logins.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../shared/settings.ts';

interface SettingsState {
  settings: Settings;
  logins: LoginInfo[];
  app: AppInfo | null;
}

/** Settings and logins (without secrets), as the main process tells them. */
export const useSettings = create<SettingsState>(() => ({ settings: DEFAULT_SETTINGS, logins: [], app: null }));
