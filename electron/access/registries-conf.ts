import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PushboatError } from '../../shared/errors.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { type RegistriesConfSetting, registriesConfPlaces } from '../files/environment.ts';
import { readTextNow } from '../files/plain-file.ts';
import { isAbsent, systemReason } from '../files/system-errors.ts';
import { parseToml } from '../files/toml.ts';

/** What a push must know of a `[[registry]]`. Other names and mirrors are for reading. */
export interface RegistryEntry {
  prefix: string;
  insecure: boolean;
  blocked: boolean;
  /** The file that says so. */
  path: string;
}

const list = lazySchema(() => z.object({ registries: z.array(z.string()).optional() }).optional());

const schema = lazySchema(() =>
  z.object({
    registry: z
      .array(
        z.object({
          prefix: z.string().optional(),
          location: z.string().optional(),
          insecure: z.boolean().optional(),
          blocked: z.boolean().optional(),
        }),
      )
      .optional(),
    /** Version 1. */
    registries: z.object({ search: list, insecure: list, block: list }).optional(),
  }),
);

/**
 * The entries of containers-registries.conf(5): of the user's file, else of the system's, or of the one that `CONTAINERS_REGISTRIES_CONF`
 * names; an entry of a later drop-in takes the place of one with its prefix.
 * @throws PushboatError SETTINGS_UNREADABLE with file and line
 */
export function readRegistriesConf(setting: RegistriesConfSetting): RegistryEntry[] {
  const { named, files, folders } = registriesConfPlaces(setting);
  const main = named ? requiredFile(named) : firstConf(files);
  const all = new Map(main.map((entry) => [entry.prefix, entry]));
  for (const folder of folders) {
    for (const path of dropIns(folder)) for (const entry of readConf(path) ?? []) all.set(entry.prefix, entry);
  }
  return [...all.values()];
}

/** The entry with the longest prefix of a name such as `docker.io/library/web`. */
export function entryFor(name: string, entries: readonly RegistryEntry[]): RegistryEntry | undefined {
  return entries
    .filter(({ prefix }) => hasPrefix(name, prefix))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

function hasPrefix(name: string, prefix: string): boolean {
  if (!prefix.startsWith('*.')) return name === prefix || (name.startsWith(prefix) && isEnd(name[prefix.length]));
  const domain = prefix.slice(1);
  const at = name.indexOf(domain);
  if (at === -1 || name.slice(0, at).includes('/')) return false;
  return at + domain.length === name.length || isEnd(name[at + domain.length]);
}

function isEnd(character: string | undefined): boolean {
  return character === ':' || character === '/' || character === '@';
}

function dropIns(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.conf'));
    return names.toSorted().map((name) => join(folder, name));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw unusable(folder, systemReason(error), error);
  }
}

function firstConf(paths: readonly string[]): RegistryEntry[] {
  for (const path of paths) {
    const entries = readConf(path);
    if (entries) return entries;
  }
  return [];
}

function requiredFile(path: string): RegistryEntry[] {
  const entries = readConf(path);
  if (entries) return entries;
  throw unusable(path, 'CONTAINERS_REGISTRIES_CONF names it, and it does not exist');
}

/** What each file said when it was last read, and what that meant: it is read for each connection, and hardly ever changes. */
const lastRead = new Map<string, { text: string; entries: RegistryEntry[] }>();

function readConf(path: string): RegistryEntry[] | undefined {
  let text: string;
  try {
    text = readTextNow(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw unusable(path, systemReason(error), error);
  }
  const last = lastRead.get(path);
  if (last?.text === text) return last.entries;
  const entries = parseConf(path, text);
  lastRead.set(path, { text, entries });
  return entries;
}

function parseConf(path: string, text: string): RegistryEntry[] {
  const conf = schema.safeParse(parseToml(text, (detail, cause) => unusable(path, detail, cause)));
  if (!conf.success) {
    const [issue] = conf.error.issues;
    throw unusable(path, `${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'not valid'}`);
  }
  const { registry = [], registries } = conf.data;
  const old = [
    ...(registries?.insecure?.registries ?? []).map((location) => ({ location, insecure: true })),
    ...(registries?.block?.registries ?? []).map((location) => ({ location, blocked: true })),
  ];
  if (registries && registry.length > 0) {
    throw unusable(path, '[[registry]] and the lists of version 1 ([registries.…]) do not go together');
  }
  return merged([...registry, ...old], registries !== undefined, path);
}

type RawEntry = NonNullable<z.output<typeof schema>['registry']>[number];

/** One entry for each prefix: the lists of version 1 add up, entries of version 2 must not contradict each other. */
function merged(raw: readonly RawEntry[], isOld: boolean, path: string): RegistryEntry[] {
  const byPrefix = new Map<string, RegistryEntry>();
  for (const { prefix, location, insecure = false, blocked = false } of raw) {
    const name = (prefix || location || '').replace(/\/+$/, '');
    if (/^https?:\/\//.test(name)) throw unusable(path, `${name} begins with a scheme, and a name does not`);
    if (!location && !name.startsWith('*.')) {
      throw unusable(path, `${name === '' ? 'a [[registry]]' : name} has no location`);
    }
    const known = byPrefix.get(name);
    if (known && !isOld && (known.insecure !== insecure || known.blocked !== blocked)) {
      throw unusable(path, `two [[registry]] with the prefix ${name} contradict each other`);
    }
    const before = { insecure: known?.insecure ?? false, blocked: known?.blocked ?? false };
    byPrefix.set(name, {
      prefix: name,
      insecure: insecure || before.insecure,
      blocked: blocked || before.blocked,
      path,
    });
  }
  return [...byPrefix.values()];
}

function unusable(path: string, detail: string, cause?: unknown): PushboatError {
  const message = `${path} cannot be understood: ${detail}.`;
  return new PushboatError('SETTINGS_UNREADABLE', message, { path, detail, hint: 'check-permissions', cause });
}
