import { join } from 'node:path';
import { Emitter } from '../../shared/emitter.ts';
import { type ErrorData, messageOf, PushboatError } from '../../shared/errors.ts';
import { DEFAULT_SETTINGS, type Settings, type SettingsPatch, settingsSchema } from '../../shared/settings.ts';
import { keepPrivate } from '../files/private.ts';
import { replaceFile } from '../files/replace-file.ts';
import { setAside } from '../files/set-aside.ts';
import { systemReason } from '../files/system-errors.ts';
import { readTextIfThere } from '../files/text-file.ts';

/** Settings in a JSON file of the application's data folder: written by rename, a damaged file is set aside with a message. */
export interface SettingsService {
  get(): Settings;
  /** Applies `change` to the current settings and writes them. Returns the new settings. */
  update(change: (settings: Settings) => Settings): Promise<Settings>;
  /** Changes the fields of `patch` that are there: one that is present but undefined erases nothing. */
  patch(patch: SettingsPatch): Promise<Settings>;
  /** Calls back after each change. Returns the function that unsubscribes. */
  subscribe(listener: (settings: Settings) => void): () => void;
  /** What was wrong when the file was read. */
  problems(): ErrorData[];
}

const FILE_NAME = 'settings.json';

/**
 * Opens the settings of a data folder, which need not exist yet. A file that cannot be understood is set aside as
 * `settings.json.damaged-<time>`. For what cannot be read the defaults apply, and a file that is in the way is never written over;
 * `problems` tells all of it. Never fails.
 */
export async function openSettings(dataDir: string): Promise<SettingsService> {
  const path = join(dataDir, FILE_NAME);
  let text: string | undefined;
  try {
    keepPrivate(path);
    text = await readTextIfThere(path);
  } catch (cause) {
    const error = unusable('read', path, cause);
    return new SettingsFile(path, DEFAULT_SETTINGS, {}, [toProblem(error)], error);
  }
  if (text === undefined) return new SettingsFile(path, DEFAULT_SETTINGS, {}, []);
  try {
    const document = toObject(JSON.parse(text));
    const { settings, dropped } = readSettings(document);
    const problems = dropped.map((field) => invalidSetting(path, field));
    return new SettingsFile(path, settings, document, problems);
  } catch (error) {
    return setDamagedAside(path, error);
  }
}

function toObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new TypeError('it is not a JSON object');
}

/** Field by field, so that one wrong value does not cost the person all the others. */
function readSettings(document: Record<string, unknown>): { settings: Settings; dropped: string[] } {
  const whole = settingsSchema.safeParse({ ...DEFAULT_SETTINGS, ...document, version: 1 });
  if (whole.success) return { settings: whole.data, dropped: [] };
  const wrong = new Set(whole.error.issues.map((issue) => String(issue.path[0])));
  const kept = Object.fromEntries(Object.entries(document).filter(([field]) => !wrong.has(field)));
  return { settings: settingsSchema.parse({ ...DEFAULT_SETTINGS, ...kept, version: 1 }), dropped: [...wrong] };
}

async function setDamagedAside(path: string, cause: unknown): Promise<SettingsService> {
  const detail = messageOf(cause);
  try {
    const aside = await setAside(path);
    const message = `The settings in ${path} could not be understood (${detail}). They are kept as ${aside}, and the defaults are used.`;
    return new SettingsFile(path, DEFAULT_SETTINGS, {}, [toProblem({ message, path: aside, detail })]);
  } catch (other) {
    const error = unusable('set aside', path, other);
    const message = `The settings in ${path} could not be understood (${detail}), and the file cannot be renamed.`;
    return new SettingsFile(path, DEFAULT_SETTINGS, {}, [toProblem({ message, path, detail })], error);
  }
}

function invalidSetting(path: string, field: string): ErrorData {
  const message = `The setting "${field}" in ${path} is not valid; the default is used.`;
  return { code: 'SETTINGS_UNREADABLE', message, path, detail: `"${field}": ${path}` };
}

function toProblem(error: { message: string; path?: string; detail?: string } | PushboatError): ErrorData {
  const data = error instanceof PushboatError ? error.toData() : error;
  return { ...data, code: 'SETTINGS_UNREADABLE', hint: 'goes-on-with-defaults' };
}

function unusable(action: string, path: string, cause: unknown): PushboatError {
  const detail = systemReason(cause);
  return new PushboatError('SETTINGS_UNREADABLE', `Cannot ${action} the settings in ${path}: ${detail}.`, {
    path,
    detail,
    hint: action === 'write' ? 'choose-data-folder' : 'check-permissions',
    cause,
  });
}

class SettingsFile implements SettingsService {
  readonly #path: string;
  readonly #problems: ErrorData[];
  /** Why the file must not be written: the person's own settings are in it. */
  readonly #untouchable: PushboatError | undefined;
  readonly #changes = new Emitter<Settings>();
  /** What the file holds, with fields of newer versions that this one does not know. */
  #document: Record<string, unknown>;
  #settings: Settings;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    path: string,
    settings: Settings,
    document: Record<string, unknown>,
    problems: ErrorData[],
    untouchable?: PushboatError,
  ) {
    this.#path = path;
    this.#settings = settings;
    this.#document = document;
    this.#problems = problems;
    this.#untouchable = untouchable;
  }

  get(): Settings {
    return this.#settings;
  }

  /** One after another: each change sees the result of the one before. */
  update(change: (settings: Settings) => Settings): Promise<Settings> {
    const write = this.#lastWrite.then(() => this.#write(change));
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  patch(patch: SettingsPatch): Promise<Settings> {
    const defined = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    return this.update((current) => ({ ...current, ...defined }));
  }

  subscribe(listener: (settings: Settings) => void): () => void {
    return this.#changes.subscribe(listener);
  }

  problems(): ErrorData[] {
    return [...this.#problems];
  }

  async #write(change: (settings: Settings) => Settings): Promise<Settings> {
    if (this.#untouchable) throw this.#untouchable;
    const checked = settingsSchema.safeParse(change(this.#settings));
    if (!checked.success) {
      const issue = checked.error.issues[0];
      const detail = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`;
      throw new PushboatError('SETTINGS_UNREADABLE', `These settings are not valid: ${detail}.`, { detail });
    }
    // A field that was taken out (`window`) must not stay in the file.
    const unknown = Object.entries(this.#document).filter(([field]) => !(field in settingsSchema.shape));
    const document = { ...checked.data, ...Object.fromEntries(unknown) };
    try {
      await replaceFile(this.#path, `${JSON.stringify(document, null, 2)}\n`, { makePrivate: true });
    } catch (error) {
      throw unusable('write', this.#path, error);
    }
    this.#document = document;
    this.#settings = checked.data;
    this.#changes.emit(checked.data);
    return checked.data;
  }
}
