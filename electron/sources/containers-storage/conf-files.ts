import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TomlTable, TomlValue } from 'smol-toml';
import { PushboatError } from '../../../shared/errors.ts';
import type { LocalEnvironment } from '../../files/environment.ts';
import { isAbsent, unreadable } from '../../files/system-errors.ts';
import { readTextIfThere } from '../../files/text-file.ts';
import { parseToml } from '../../files/toml.ts';

/** The distribution's folder and the administrator's; the latter counts more. */
const SYSTEM_FOLDERS = ['/usr/share/containers', '/etc/containers'] as const;

const FILE = 'storage.conf';

/** The `[storage]` tables of what was found, those that count more last. */
export interface StorageTables {
  /** Of the system's file, of which other users than root take two keys only. */
  system: TomlTable;
  own: TomlTable[];
}

/**
 * Reads what containers-storage.conf(5) names: the file of `CONTAINERS_STORAGE_CONF` alone; else the user's own `storage.conf`, for root
 * otherwise the system's, and the files of `storage.conf.d` folders. `CONTAINERS_STORAGE_CONF_OVERRIDE` names one more file.
 * Order as in https://github.com/containers/container-libs/blob/main/storage/pkg/configfile/parse.go
 * @throws PushboatError STORE_INVALID for a file that is not valid or was named and is not there, SOURCE_UNREADABLE
 */
export async function readStorageTables(
  { env, homeDir, uid }: LocalEnvironment,
  systemFolders: readonly string[] = SYSTEM_FOLDERS,
): Promise<StorageTables> {
  const named = env['CONTAINERS_STORAGE_CONF'];
  const override = env['CONTAINERS_STORAGE_CONF_OVERRIDE'];
  const last = override ? [await namedTable('CONTAINERS_STORAGE_CONF_OVERRIDE', override)] : [];
  if (named) return { system: {}, own: [await namedTable('CONTAINERS_STORAGE_CONF', named), ...last] };
  const userFolder = join(env['XDG_CONFIG_HOME'] || join(homeDir, '.config'), 'containers');
  const user = await storageTable(join(userFolder, FILE));
  const system = await firstTable(systemFolders.toReversed().map((folder) => join(folder, FILE)));
  const main = user ?? (uid === 0 ? system : {});
  const own = [main];
  for (const path of await dropIns([
    ...systemFolders.flatMap((folder) => dropInFolders(folder, uid)),
    `${join(userFolder, FILE)}.d`,
  ])) {
    own.push((await storageTable(path)) ?? {});
  }
  return { system: uid === 0 ? {} : system, own: [...own, ...last] };
}

/** For all users, for root or everybody else, and for one user. */
function dropInFolders(folder: string, uid: number | undefined): string[] {
  const special = join(folder, `storage.${uid ? 'rootless' : 'rootful'}.conf.d`);
  return [join(folder, `${FILE}.d`), special, ...(uid ? [join(special, String(uid))] : [])];
}

/** Files in the order of their names; of two with one name that of the later folder. */
async function dropIns(folders: readonly string[]): Promise<string[]> {
  const paths = new Map<string, string>();
  for (const folder of folders) {
    for (const name of await namesIn(folder)) if (name.endsWith('.conf')) paths.set(name, join(folder, name));
  }
  return [...paths].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw unreadable(folder, error);
  }
}

async function namedTable(variable: string, path: string): Promise<TomlTable> {
  const table = await storageTable(path);
  if (table) return table;
  const detail = `${variable} names it, and it does not exist`;
  throw new PushboatError('STORE_INVALID', `${path} cannot be read: ${detail}.`, { path, detail });
}

async function firstTable(paths: readonly string[]): Promise<TomlTable> {
  for (const path of paths) {
    const table = await storageTable(path);
    if (table) return table;
  }
  return {};
}

/** The `[storage]` of a file; undefined for one that is not there. */
async function storageTable(path: string): Promise<TomlTable | undefined> {
  let text: string | undefined;
  try {
    text = await readTextIfThere(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (text === undefined) return undefined;
  return tableOf(
    parseToml(text, (detail, cause) => invalidConf(path, detail, cause)),
    'storage',
    path,
  );
}

/** @throws PushboatError STORE_INVALID for a value that is no table; an absent one is empty. */
export function tableOf(table: TomlTable, key: string, path: string): TomlTable {
  const value = table[key];
  if (value === undefined) return {};
  if (isTable(value)) return value;
  throw invalidConf(path, `${key} is not a table`);
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}

function invalidConf(path: string, detail: string, cause?: unknown): PushboatError {
  return new PushboatError('STORE_INVALID', `${path} cannot be understood: ${detail}.`, { path, detail, cause });
}
