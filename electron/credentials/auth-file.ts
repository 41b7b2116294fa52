import { z } from 'zod';
import { PushboatError } from '../../shared/errors.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { keyMatch, parseRegistryKey } from './registry-keys.ts';

/** User name and secret of one entry; with `identityToken` the password is empty. */
export interface Secret {
  username: string;
  password: string;
  identityToken?: string;
  /** Sent to the registry as a Bearer token, as it is. */
  registryToken?: string;
}

/** One entry of an auth file, with the key as it is written there. */
export interface AuthEntry extends Secret {
  key: string;
}

/** What Pushboat takes from an auth file. */
export interface AuthFile {
  entries: AuthEntry[];
  /** Keys of entries whose `auth` is not what it should be, and that hold nothing else. */
  undecoded: string[];
  /** By registry: name of the helper (`docker-credential-<name>`). */
  credHelpers: Record<string, string>;
  credsStore?: string | undefined;
  /** Headers that every request to a registry gets. */
  httpHeaders: Record<string, string>;
}

/** `docker`: config.json and auth.json; `dockercfg`: the entries without `auths` around them; `image-store`: `{"registries": …}`. */
export type AuthFileFormat = 'docker' | 'dockercfg' | 'image-store';

const text = lazySchema(() => z.string().nullish());
const entrySchema = lazySchema(() =>
  z.object({ auth: text, username: text, password: text, identitytoken: text, registrytoken: text }),
);
const entriesSchema = lazySchema(() => z.record(z.string(), entrySchema.nullable()));
const dockerSchema = lazySchema(() =>
  z.object({
    auths: entriesSchema.nullish(),
    credHelpers: z.record(z.string(), z.string()).nullish(),
    credsStore: text,
    HttpHeaders: z.record(z.string(), z.string()).nullish(),
  }),
);
const NOTHING: Omit<AuthFile, 'entries' | 'undecoded'> = { credHelpers: {}, httpHeaders: {} };
const imageStoreSchema = lazySchema(() => z.object({ registries: entriesSchema.nullish() }));

/**
 * Parses the text of an auth file. Entries without a secret (Docker writes `{}` where a helper keeps it) are left out.
 * @throws PushboatError CREDENTIALS_UNREADABLE; the message never holds any of the content.
 */
export function parseAuthFile(content: string, format: AuthFileFormat, path: string): AuthFile {
  if (content.trim() === '') return { ...toEntries({}), ...NOTHING };
  const document = parseJsonObject(content, path);
  switch (format) {
    case 'docker': {
      const raw = check(dockerSchema, document, path);
      const credsStore = raw.credsStore || undefined;
      return {
        ...toEntries(raw.auths ?? {}),
        credHelpers: raw.credHelpers ?? {},
        credsStore,
        httpHeaders: raw.HttpHeaders ?? {},
      };
    }
    case 'dockercfg':
      return { ...toEntries(check(entriesSchema, document, path)), ...NOTHING };
    case 'image-store':
      return { ...toEntries(check(imageStoreSchema, document, path).registries ?? {}), ...NOTHING };
  }
}

/** The entry for a repository: the longest path first, then the host (containers-auth.json(5)). */
export function findEntry<Entry extends { key: string }>(
  entries: readonly Entry[],
  registry: string,
  repository?: string,
): Entry | undefined {
  let best: { entry: Entry; length: number } | undefined;
  for (const entry of entries) {
    const length = keyMatch(parseRegistryKey(entry.key), registry, repository);
    if (length === undefined || (best && best.length >= length)) continue;
    best = { entry, length };
  }
  return best?.entry;
}

/** `auth` of Docker's files. */
export function encodeAuth(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
}

/** JSON's own message quotes the text around the fault, which may be a password: only the place is kept. */
export function parseJsonObject(content: string, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    const at = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
    throw unreadableFile(path, at === undefined ? 'it is not valid JSON' : `it is not valid JSON at position ${at}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw unreadableFile(path, 'it is not a JSON object');
}

export function unreadableFile(path: string, why: string): PushboatError {
  return new PushboatError('CREDENTIALS_UNREADABLE', `The logins in ${path} cannot be used: ${why}.`, {
    path,
    detail: why,
    hint: 'check-permissions',
  });
}

function check<T extends z.ZodType>(schema: T, value: unknown, path: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.map(String).join(' › ') ?? '';
  throw unreadableFile(path, `${field || 'the content'} has the wrong form`);
}

function toEntries(raw: z.output<typeof entriesSchema>): Pick<AuthFile, 'entries' | 'undecoded'> {
  const entries: AuthEntry[] = [];
  const undecoded: string[] = [];
  for (const [key, entry] of Object.entries(raw)) {
    const secret = entry ? toSecret(entry) : undefined;
    if (secret) entries.push({ key, ...secret });
    else if (entry?.auth && !decodeAuth(entry.auth)) undecoded.push(key);
  }
  return { entries, undecoded };
}

function toSecret(raw: z.output<typeof entrySchema>): Secret | undefined {
  const pair = raw.auth ? decodeAuth(raw.auth) : undefined;
  const username = pair?.username || raw.username || '';
  // Before the others, as in Docker.
  if (raw.registrytoken) return { username: username || '<token>', password: '', registryToken: raw.registrytoken };
  if (raw.identitytoken) return { username: username || '<token>', password: '', identityToken: raw.identitytoken };
  const password = pair?.password ?? raw.password ?? '';
  return username === '' || password === '' ? undefined : { username, password };
}

/** The password may hold colons; Docker pads it with NULs in old files. */
function decodeAuth(auth: string): { username: string; password: string } | undefined {
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon <= 0) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') };
}
