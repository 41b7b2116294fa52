import type { SettingsService } from './settings-file.ts';

/** Targets that are remembered for suggestions. */
const RECENT_TARGETS = 20;

/** Puts a target that was pushed to at the head of the recent ones. */
export async function rememberTarget(settings: SettingsService, target: string): Promise<void> {
  if (settings.get().recentTargets[0] === target) return;
  await settings.update((current) => ({
    ...current,
    recentTargets: [target, ...current.recentTargets.filter((other) => other !== target)].slice(0, RECENT_TARGETS),
  }));
}
