import { join, resolve } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import { readTextIfThere } from '../../files/read-text.ts';
import type { LocalEnvironment } from '../environment.ts';
import { unreadable } from '../fs-errors.ts';
import { parseToml, type TomlTable, type TomlValue } from './toml.ts';

/** Where a store is. */
export interface StoreLocation {
  /** `graphroot`, absolute. */
  root: string;
  /** As configured; undefined: whichever driver has images there. */
  driver: string | undefined;
  /** Read-only stores whose images and layers are used, too. */
  additional: string[];
}

const SYSTEM_CONF = ['/etc/containers/storage.conf', '/usr/share/containers/storage.conf'];
const SYSTEM_ROOT = '/var/lib/containers/storage';

/**
 * Reads `storage.conf` as containers-storage.conf(5) says: the system's file for root; for others their own one, with the
 * system's driver and `rootless_storage_path` where that says nothing.
 * @throws PushboatError STORE_INVALID for a file that is not valid, SOURCE_UNREADABLE
 */
export async function storeLocation(environment: LocalEnvironment): Promise<StoreLocation> {
  const { env, homeDir, uid } = environment;
  const isRoot = uid === 0;
  const named = env['CONTAINERS_STORAGE_CONF'];
  const configDir = env['XDG_CONFIG_HOME'] || join(homeDir, '.config');
  const own = named ? [named] : isRoot ? SYSTEM_CONF : [join(configDir, 'containers', 'storage.conf')];
  const storage = await readStorageTable(own);
  const system = isRoot || named ? {} : await readStorageTable(SYSTEM_CONF);
  const expand = (path: string) => resolve(expandPath(path, environment));
  const configured = textOf(storage, 'graphroot') ?? textOf(system, 'rootless_storage_path');
  const dataDir = env['XDG_DATA_HOME'] || join(homeDir, '.local', 'share');
  const root = configured ?? (isRoot ? SYSTEM_ROOT : join(dataDir, 'containers', 'storage'));
  const options = tableOf(storage, 'options', 'storage.conf');
  const imageStore = textOf(storage, 'imagestore');
  return {
    root: expand(root),
    driver: driverName(env['STORAGE_DRIVER'] || textOf(storage, 'driver') || textOf(system, 'driver')),
    additional: [...(imageStore === undefined ? [] : [imageStore]), ...textsOf(options, 'additionalimagestores')].map(
      expand,
    ),
  };
}

/** `overlay2` is Docker's name for the same. */
export function driverName(name: string | undefined): string | undefined {
  return name === 'overlay2' ? 'overlay' : name || undefined;
}

async function readStorageTable(paths: readonly string[]): Promise<TomlTable> {
  for (const path of paths) {
    let text: string | undefined;
    try {
      text = await readTextIfThere(path);
    } catch (error) {
      throw unreadable(path, error);
    }
    if (text !== undefined) return tableOf(parseToml(text, path), 'storage', path);
  }
  return {};
}

/** `$HOME`, `${XDG_DATA_HOME}`, `$UID`, and `~/` at the beginning. */
function expandPath(path: string, { env, homeDir, uid }: LocalEnvironment): string {
  const own: NodeJS.ProcessEnv = { HOME: homeDir, UID: String(uid ?? ''), ...env };
  return path
    .replace(/^~(?=\/|$)/, () => homeDir)
    .replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, plain?: string) => own[braced ?? plain ?? ''] ?? '');
}

function tableOf(table: TomlTable, key: string, path: string): TomlTable {
  const value = table[key];
  if (value === undefined) return {};
  if (isTable(value)) return value;
  throw new PushboatError('STORE_INVALID', `${path} cannot be understood: ${key} is not a table.`, { path });
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value);
}

/** An empty string in `storage.conf` says nothing. */
function textOf(table: TomlTable, key: string): string | undefined {
  const value = table[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(table: TomlTable, key: string): string[] {
  const value = table[key];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];
}
