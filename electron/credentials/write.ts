import { existsSync, readFileSync } from 'node:fs';
import { PushboatError } from '../../shared/errors.ts';
import { withLock } from '../files/lock.mjs';
import { followLinks, requireReplaceable } from '../files/plain-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import { decodeText, readTextIfThere } from '../files/text-file.ts';
import { type AuthFileFormat, encodeAuth, parseJsonObject, unreadableFile } from './auth-file.ts';
import { normalizeRegistry, parseRegistryKey } from './registry-keys.ts';

/** Changes of others between reading and writing are taken in and the change is made again; more often than this nobody writes. */
const MAX_TRIES = 50;

type Entries = Record<string, unknown>;

/**
 * Writes a login into an auth file as `docker login` does without a credential store; everything else in the file stays.
 * @throws PushboatError CREDENTIALS_UNREADABLE
 */
export async function saveEntry(
  path: string,
  key: string,
  login: { username: string; password: string },
): Promise<void> {
  await changeEntries(path, 'docker', (entries) => {
    // Old entries of the same registry under another spelling would come first or second by chance.
    for (const other of keysOf(entries, key)) delete entries[other];
    entries[key] = { auth: encodeAuth(login.username, login.password) };
    return true;
  });
}

/** Leaves only a mark for a login that a credential helper keeps, as `docker login` does. */
export async function saveMark(path: string, key: string): Promise<void> {
  await changeEntries(path, 'docker', (entries) => {
    entries[key] = {};
    return true;
  });
}

/**
 * Removes the registry's entry, under whatever spelling; entries of single namespaces stay. Returns whether there was one.
 * @throws PushboatError CREDENTIALS_UNREADABLE
 */
export async function removeEntry(path: string, format: AuthFileFormat, registry: string): Promise<boolean> {
  // Without an entry there is nothing to write, and perhaps no right to.
  const text = await readFile(path);
  if (text === undefined || text.trim() === '') return false;
  if (keysOf(entriesOf(parseJsonObject(text, path), format, path), registry).length === 0) return false;
  return changeEntries(path, format, (entries) => {
    const keys = keysOf(entries, registry);
    for (const key of keys) delete entries[key];
    return keys.length > 0;
  });
}

function keysOf(entries: Entries, registry: string): string[] {
  const wanted = normalizeRegistry(parseRegistryKey(registry).registry);
  return Object.keys(entries).filter((key) => {
    const parsed = parseRegistryKey(key);
    return parsed.registry === wanted && parsed.path === '';
  });
}

/** Read, change, write by rename; made again when another program wrote in between, so that nobody's login is lost. */
async function changeEntries(
  path: string,
  format: AuthFileFormat,
  change: (entries: Entries) => boolean,
): Promise<boolean> {
  try {
    await requireReplaceable(path);
    // Whatever links lead to a file, it has one lock.
    return await withLock(await followLinks(path), async () => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const before = await readFile(path);
        const document = before === undefined || before.trim() === '' ? {} : parseJsonObject(before, path);
        if (!change(entriesOf(document, format, path))) return false;
        const text = `${JSON.stringify(document, null, indentOf(before))}\n`;
        const mayReplace = () => readNow(path) === before;
        if (await replaceFile(path, text, { mayReplace })) return true;
      }
      throw unreadableFile(path, 'other programs keep changing it');
    });
  } catch (error) {
    throw asUnreadable(path, error);
  }
}

function entriesOf(document: Entries, format: AuthFileFormat, path: string): Entries {
  if (format === 'dockercfg') return document;
  const field = format === 'docker' ? 'auths' : 'registries';
  const entries = (document[field] ??= {});
  if (typeof entries === 'object' && !Array.isArray(entries) && entries !== null) return entries as Entries;
  throw unreadableFile(path, `${field} has the wrong form`);
}

/** The indentation of the file as it is; Docker and containers write tabs. */
function indentOf(text: string | undefined): string {
  return /^\{\r?\n([ \t]+)"/.exec(text ?? '')?.[1] ?? '\t';
}

async function readFile(path: string): Promise<string | undefined> {
  try {
    return await readTextIfThere(path);
  } catch (error) {
    throw asUnreadable(path, error);
  }
}

function readNow(path: string): string | undefined {
  return existsSync(path) ? decodeText(readFileSync(path)) : undefined;
}

function asUnreadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PushboatError) return error;
  return unreadableFile(path, error.message);
}
