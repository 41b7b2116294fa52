import { existsSync, readFileSync } from 'node:fs';
import { PushboatError } from '../../shared/errors.ts';
import { withLock } from '../files/lock.mjs';
import { followLinks, requireReplaceable } from '../files/plain-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import { decodeText, readTextIfThere } from '../files/text-file.ts';
import { type AuthFileFormat, encodeAuth, parseJsonObject, unreadableFile } from './auth-file.ts';
import type { AuthLocation } from './auth-locations.ts';
import { nameOf, parseRegistryKey } from './registry-keys.ts';

/** Changes of others between reading and writing are taken in and the change is made again; more often than this nobody writes. */
const MAX_TRIES = 50;

type Entries = Record<string, unknown>;

/**
 * Writes a login into an auth file as `docker login` does without a credential store; everything else in the file stays.
 * @throws PushboatError CREDENTIALS_UNREADABLE
 */
export async function saveEntry(
  { path, format }: Pick<AuthLocation, 'path' | 'format'>,
  key: string,
  login: { username: string; password: string },
): Promise<void> {
  await changeEntries(path, format, (entries) => {
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

/** Names the helper that keeps the logins of a registry, as a person writes it into Docker's file. */
export async function saveHelper(path: string, key: string, helper: string): Promise<void> {
  await changeDocument(path, (document) => {
    fieldOf(document, 'credHelpers', path)[key] = helper;
    return true;
  });
}

/**
 * Removes the entry of a registry or of a namespace in it, under whatever spelling; entries of other namespaces stay. Returns whether there was one.
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
  const wanted = nameOf(parseRegistryKey(registry));
  return Object.keys(entries).filter((key) => nameOf(parseRegistryKey(key)) === wanted);
}

/** Read, change, write by rename; made again when another program wrote in between, so that nobody's login is lost. */
function changeEntries(path: string, format: AuthFileFormat, change: (entries: Entries) => boolean): Promise<boolean> {
  // The image store's file is read by root alone.
  const makePrivate = format === 'image-store';
  return changeDocument(path, (document) => change(entriesOf(document, format, path)), makePrivate);
}

async function changeDocument(
  path: string,
  change: (document: Entries) => boolean,
  makePrivate = false,
): Promise<boolean> {
  try {
    await requireReplaceable(path);
    // Whatever links lead to a file, it has one lock.
    return await withLock(await followLinks(path), async () => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const before = await readFile(path);
        const document = before === undefined || before.trim() === '' ? {} : parseJsonObject(before, path);
        if (!change(document)) return false;
        const text = `${JSON.stringify(document, null, indentOf(before))}\n`;
        const mayReplace = () => readNow(path) === before;
        if (await replaceFile(path, text, { mayReplace, makePrivate })) return true;
      }
      throw unreadableFile(path, 'other programs keep changing it');
    });
  } catch (error) {
    throw asUnreadable(path, error);
  }
}

function entriesOf(document: Entries, format: AuthFileFormat, path: string): Entries {
  if (format === 'dockercfg') return document;
  return fieldOf(document, format === 'docker' ? 'auths' : 'registries', path);
}

function fieldOf(document: Entries, field: string, path: string): Entries {
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
