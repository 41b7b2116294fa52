import { type ErrorData, toPushboatError } from '../../shared/errors.ts';
import type { SettingsService } from './settings-file.ts';

/** Targets that are remembered for suggestions. */
const RECENT_TARGETS = 20;

interface Telling {
  /** Of the window, which makes the suggestions. What the command line says last is the result. */
  rememberJobs?: boolean;
  onProblem: (problem: ErrorData) => void;
  onDebug?: ((line: string) => void) | undefined;
}

/** Puts a target that was pushed to at the head of the recent ones. Tells where that cannot be written; never fails. */
export async function rememberTarget(
  settings: SettingsService,
  target: string,
  { rememberJobs, onProblem, onDebug }: Telling,
): Promise<void> {
  if (settings.get().recentTargets[0] === target) return;
  try {
    await settings.update((current) => ({
      ...current,
      recentTargets: [target, ...current.recentTargets.filter((other) => other !== target)].slice(0, RECENT_TARGETS),
    }));
  } catch (thrown) {
    const error = toPushboatError(thrown);
    if (rememberJobs) onProblem(error.toData());
    else onDebug?.(error.message);
  }
}
