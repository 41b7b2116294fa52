import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { registriesConfPlaces } from '../files/environment.ts';
import { readTextNow } from '../files/plain-file.ts';
import { EarlyConnections } from '../registry/http/early-connections.ts';
import { appDataDir, homeDirOf } from '../settings/app-paths.ts';

/**
 * Connections that the first questions of an ordinary image use at once: it waits for none then. One more costs a millisecond, a question that
 * finds none free a round trip. Those of a larger image come when it has been read.
 */
const CONNECTIONS = 12;

/** Options of `push` that are followed by a value. A test compares them with the command line's own description. */
export const WITH_VALUE: readonly string[] = [
  '--target',
  '--to',
  '--from',
  '--receipt',
  '--tag',
  '--additional-tag',
  '--platform',
  '--images-store-dir',
  '-f',
  '--format',
  '--compression-format',
  '--compression-level',
  '--blob-cache',
  '--parallel',
  '--chunk-size',
  '--limit-rate',
  '--retry-for',
  '--retry',
  '--retry-times',
  '--retry-delay',
  '--sign-by',
  '--sign-by-sigstore-private-key',
  '--sign-passphrase-file',
  '--sign-identity',
  '--signature-policy',
  '--digestfile',
  '--creds',
  '--authfile',
  '--cert-dir',
];

/** Options by which nothing is asked of a registry, or not in the way in which that is done without them, or the words are images. */
const OTHERWISE = /^--(?:to|from|tls-verify|plain-http|help|cert-dir)\b|^-h$/;

/** Where a connection may lead elsewhere than straight to the registry. */
const PROXIES = ['https_proxy', 'all_proxy'];

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;

/**
 * Begins the connections of `push IMAGE REGISTRY/…` before its code is loaded. It does so only where it is sure how the registry is to be
 * reached: nothing set for it, no proxy, no registry that the system's files block, no doubt about the target. Whatever is not understood here costs only the head start.
 */
export function startEarly(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): EarlyConnections | undefined {
  const host = registryHost(args);
  if (host === undefined || hasProxy(env) || isSetFor(host, appDataDir(env, platform))) return undefined;
  if (mayBeRestricted(env, platform)) return undefined;
  try {
    const connections = new EarlyConnections();
    connections.begin(host === 'docker.io' ? 'registry-1.docker.io' : host, CONNECTIONS);
    return connections;
  } catch {
    // A host that cannot be one is told by the command itself.
    return undefined;
  }
}

/**
 * Begins a connection to the token server that the registry named lately, so that it is open when the first token is asked for. Nothing is
 * sent to it. It is not begun where a new realm would be refused, nor to one that the settings may say something of. What this needs is
 * loaded now, for the registry's own connections come first.
 * @param registry as in a reference
 */
export async function beginTokenServer(early: EarlyConnections, registry: string, dataDir: string): Promise<void> {
  const { tokenServerIn } = await import('../transfers/journal/token-server.ts');
  const realm = URL.parse(tokenServerIn(dataDir, registry)?.realm ?? '');
  if (realm?.protocol !== 'https:' || isSetFor(realm.host, dataDir)) return;
  const { isLinkLocal, isLoopback, lookupElsewhere } = await import('../registry/http/addresses.ts');
  // To a registry elsewhere this computer's own services are none of its business.
  const isAside = isLoopback(realm) && !isLoopback(new URL(`https://${registry}`));
  if (!isAside && !isLinkLocal(realm)) early.begin(realm.host, 1, lookupElsewhere);
}

/** The host of the one target that the command line names; undefined where it names none, several, or something else. */
export function registryHost([command, ...args]: readonly string[]): string | undefined {
  if (command !== 'push' || args.some((arg) => OTHERWISE.test(arg))) return undefined;
  const words: string[] = [];
  const targets: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('-')) words.push(arg);
    else if (arg.startsWith('--target=')) targets.push(arg.slice('--target='.length));
    else if (arg === '--target') targets.push(args[++index] ?? '');
    else if (WITH_VALUE.includes(arg)) index += 1;
  }
  const [, ...destinations] = words;
  const [text, ...others] = [...destinations, ...targets];
  return text === undefined || others.length > 0 ? undefined : hostOf(text);
}

function hostOf(text: string): string | undefined {
  const bare = text.replace(/^docker:\/\//, '');
  const slash = bare.indexOf('/');
  if (slash < 1 || bare.includes('://') || /^[./]/.test(bare)) return undefined;
  const first = bare.slice(0, slash).toLowerCase();
  // `oci:/path` and its like name no registry; a host without dot, port or the name localhost is a part of Docker Hub's names.
  if (!HOST.test(first)) return undefined;
  if (first === 'index.docker.io') return 'docker.io';
  return /[.:]/.test(first) || first === 'localhost' ? first : 'docker.io';
}

function hasProxy(env: NodeJS.ProcessEnv): boolean {
  return PROXIES.some((name) => env[name] || env[name.toUpperCase()]);
}

/** Whether the settings may say how this registry is reached; also where they cannot be read. */
function isSetFor(host: string, dataDir: string): boolean {
  let text: string;
  try {
    text = readTextNow(join(dataDir, 'settings.json'));
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
  return text.includes(JSON.stringify(host));
}

/** `blocked` and `insecure` of registries.conf, in both of its versions; a comment is none. */
const RESTRICTION = /^\s*(?:\[registries\.(?:block|insecure)\]|(?:blocked|insecure)\s*=\s*true)/m;

/** Whether a registries.conf, at the engine's places, restricts any registry: which one, only the engine reads. A blocked one is not connected to. */
function mayBeRestricted(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  const { named, files, folders } = registriesConfPlaces({ env, homeDir: homeDirOf(env, platform) });
  const all = [...(named ? [named] : []), ...files, ...folders.flatMap(filesIn)];
  return all.some((file) => RESTRICTION.test(textIn(file)));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Nothing for what cannot be read: the engine tells that. */
function textIn(file: string): string {
  try {
    return readTextNow(file);
  } catch {
    return '';
  }
}
