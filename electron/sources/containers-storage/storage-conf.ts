import { join, resolve } from 'node:path';
import type { TomlTable } from 'smol-toml';
import type { LocalEnvironment } from '../../files/environment.ts';
import { readStorageTables, tableOf } from './conf-files.ts';

/** Where a store is. */
export interface StoreLocation {
  /** `graphroot`, absolute. */
  root: string;
  /** As configured; undefined: whichever driver has images there. */
  driver: string | undefined;
  /** Other stores whose images and layers are used, too: that of `imagestore`, and read-only ones. */
  additional: string[];
}

const SYSTEM_ROOT = '/var/lib/containers/storage';

/**
 * Where `storage.conf` says that this user's store is; others than root take the system's driver and `rootless_storage_path` where their
 * own files say nothing (containers-storage.conf(5)).
 * @throws PushboatError as `readStorageTables`
 */
export async function storeLocation(
  environment: LocalEnvironment,
  systemFolders?: readonly string[],
): Promise<StoreLocation> {
  const { env, homeDir, uid } = environment;
  const { system, own } = await readStorageTables(environment, systemFolders);
  const expand = (path: string) => resolve(expandPath(path, environment));
  const say = (key: string) => lastOf(own.map((table) => textOf(table, key)));
  const dataDir = env['XDG_DATA_HOME'] || join(homeDir, '.local', 'share');
  const usual = uid === 0 ? SYSTEM_ROOT : join(dataDir, 'containers', 'storage');
  const rootless = uid === 0 ? undefined : (say('rootless_storage_path') ?? textOf(system, 'rootless_storage_path'));
  const imageStore = say('imagestore');
  const stores = env['STORAGE_OPTS'] === undefined ? additionalStores(own) : imageStoresIn(env['STORAGE_OPTS']);
  return {
    root: expand(say('graphroot') ?? rootless ?? usual),
    driver: driverName(env['STORAGE_DRIVER'] || (say('driver') ?? textOf(system, 'driver'))),
    additional: [...(imageStore === undefined ? [] : [imageStore]), ...stores].map(expand),
  };
}

/** `overlay2` is Docker's name for the same. */
export function driverName(name: string | undefined): string | undefined {
  return name === 'overlay2' ? 'overlay' : name || undefined;
}

/** The stores that driver options such as `overlay.imagestore=/srv/images,overlay.mountopt=nodev` name. */
export function imageStoresIn(options: string): string[] {
  return options
    .split(',')
    .map((option) => /^\s*(?:[a-z0-9]+\.)?(?:additional)?imagestores?=(.+)$/.exec(option)?.[1]?.trim())
    .filter((path) => path !== undefined);
}

/** A later list replaces an earlier one, unless it ends in `{append=true}`. */
function additionalStores(tables: readonly TomlTable[]): string[] {
  let stores: string[] = [];
  for (const table of tables) {
    const list = tableOf(table, 'options', 'storage.conf')['additionalimagestores'];
    if (!Array.isArray(list)) continue;
    const named = list.filter((item): item is string => typeof item === 'string' && item !== '');
    const appends = list.some((item) => typeof item === 'object' && 'append' in item && item['append'] === true);
    stores = appends ? [...stores, ...named] : named;
  }
  return stores;
}

/** `$HOME`, `${XDG_DATA_HOME}`, `$UID`, and `~/` at the beginning. */
function expandPath(path: string, { env, homeDir, uid }: LocalEnvironment): string {
  const own: NodeJS.ProcessEnv = { HOME: homeDir, UID: String(uid ?? ''), ...env };
  return path
    .replace(/^~(?=\/|$)/, () => homeDir)
    .replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, plain?: string) => own[braced ?? plain ?? ''] ?? '');
}

/** An empty string in `storage.conf` says nothing. */
function textOf(table: TomlTable, key: string): string | undefined {
  const value = table[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function lastOf(values: readonly (string | undefined)[]): string | undefined {
  return values.findLast((value) => value !== undefined);
}
