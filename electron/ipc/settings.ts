import type { Services } from '../services.ts';
import type { HandlersOf } from './types.ts';

export function settingsHandlers(services: Services): HandlersOf<'settings'> {
  return {
    'settings.get': () => services.settings.get(),
    'settings.update': (patch) => services.updateSettings(patch),
  };
}
