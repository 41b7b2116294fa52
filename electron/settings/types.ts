import type { ErrorData } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';

/** Settings in a JSON file of the application's data folder: written by rename, a damaged file is set aside with a message. */
export interface SettingsService {
  get(): Settings;
  /** Applies `change` to the current settings and writes them. Returns the new settings. */
  update(change: (settings: Settings) => Settings): Promise<Settings>;
  subscribe(listener: (settings: Settings) => void): () => void;
  /** What was wrong when the file was read. */
  problems(): ErrorData[];
}
