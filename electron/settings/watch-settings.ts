import { isDeepStrictEqual } from 'node:util';
import type { SettingsService } from './settings-file.ts';

/** What is to be done when a setting has another value. */
interface SettingsWatcher {
  /** Called for each registry whose policy has changed, whoever changed it. */
  policyChanged: (registry: string) => void;
  storeChanged: (dir: string) => Promise<void>;
  limitChanged: () => void;
}

/** Returns the function that unsubscribes. */
export function watchSettings(
  settings: SettingsService,
  { policyChanged, storeChanged, limitChanged }: SettingsWatcher,
): () => void {
  let last = settings.get();
  return settings.subscribe((now) => {
    const before = last;
    last = now;
    if (now.imagesStoreDir !== before.imagesStoreDir) void storeChanged(now.imagesStoreDir);
    if (now.bandwidthLimit !== before.bandwidthLimit) limitChanged();
    for (const registry of new Set([...Object.keys(before.registries), ...Object.keys(now.registries)])) {
      if (!isDeepStrictEqual(before.registries[registry], now.registries[registry])) policyChanged(registry);
    }
  });
}
