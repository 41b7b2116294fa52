import { isDeepStrictEqual } from 'node:util';
import { type ErrorData, PushboatError, toPushboatError } from '../shared/errors.ts';
import type { RequestInput } from '../shared/ipc.ts';
import type { Login, LoginInfo, RegistryInfo } from '../shared/logins.ts';
import { parseReference, registryApiHost } from '../shared/reference.ts';
import { isLoopbackRegistry, type RegistryPolicy } from '../shared/registry-policy.ts';
import type { Settings, SettingsPatch } from '../shared/settings.ts';
import { createCredentials } from './credentials/credentials.ts';
import type { CredentialService, VaultCipher } from './credentials/types.ts';
import { createPushService } from './push/push-service.ts';
import type { PushService } from './push/types.ts';
import { RegistryClients } from './registry-clients.ts';
import { openSettings } from './settings/settings-file.ts';
import type { SettingsService } from './settings/types.ts';
import { createCatalog } from './sources/catalog.ts';
import type { Catalog } from './sources/types.ts';

/** Targets that are remembered for suggestions. */
const RECENT_TARGETS = 20;

export interface ServicesOptions {
  /** Folder of the application's own files. */
  dataDir: string;
  env: NodeJS.ProcessEnv;
  homeDir: string;
  /** Absent: logins cannot be kept encrypted. */
  cipher?: VaultCipher;
  /** A login from the command line, used before all others. */
  given?: Login;
  /** Auth file from the command line. */
  authFile?: string;
  /** `--tls-verify`. */
  tlsVerify?: boolean;
  /** Failures that stop nothing but should be in the log. */
  onProblem?: (error: ErrorData) => void;
}

export type LoginInput = RequestInput<'logins.login'>;

/** The whole engine, composed: what the window's handlers and the command line call. Runs on plain Node. */
export interface Services {
  readonly settings: SettingsService;
  readonly credentials: CredentialService;
  /** Scans nothing until its `start()` is called. */
  readonly catalog: Catalog;
  readonly push: PushService;
  /** @throws PushboatError REF_INVALID when `registry` is not a registry's name. */
  registryInfo(registry: string): Promise<RegistryInfo>;
  /** Checks the login with the registry, then keeps it; jobs that wait for this registry go on. @throws UNAUTHORIZED and the client's others. */
  login(input: LoginInput): Promise<LoginInfo>;
  /** Returns where the login was removed from. */
  logout(registry: string): Promise<LoginInfo[]>;
  setPolicy(registry: string, policy: RegistryPolicy): Promise<void>;
  updateSettings(patch: SettingsPatch): Promise<Settings>;
  /** Calls back with all known logins after each change. Returns the function that unsubscribes. */
  onLogins(listener: (logins: LoginInfo[]) => void): () => void;
  /** Cancels what runs and releases everything. */
  close(): Promise<void>;
}

export async function createServices(options: ServicesOptions): Promise<Services> {
  const onProblem = options.onProblem ?? (() => undefined);
  const settings = await openSettings(options.dataDir);
  const credentials = createCredentials(options);
  const policyOf = (registry: string): RegistryPolicy => settings.get().registries[registry] ?? {};
  const clients = new RegistryClients({ policyOf, credentials, tlsVerify: options.tlsVerify });
  const catalog = createCatalog({
    imagesStoreDir: settings.get().imagesStoreDir,
    addedPaths: settings.get().addedPaths,
    onPathsChanged: async (addedPaths) => {
      await settings.update((current) => ({ ...current, addedPaths }));
    },
    onProblem,
  });
  const push = createPushService({
    clientFor: (registry) => clients.for(registry),
    maxJobs: () => settings.get().maxJobs,
    onPushed: (target) => rememberTarget(settings, target).catch((thrown) => onProblem(toPushboatError(thrown).toData())),
  });
  const stopWatching = watchPolicies(settings, (registry) => push.registryChanged(registry));
  const logins = new LoginChanges(credentials, onProblem);

  return {
    settings,
    credentials,
    catalog,
    push,
    registryInfo: (registry) => registryInfo(registryName(registry), policyOf, credentials, options.tlsVerify),
    login: async ({ registry: text, username, password, remember }) => {
      const registry = registryName(text);
      await clients.for(registry).checkLogin({ username, password, origin: { kind: 'session' } });
      const info = await credentials.save(registry, { username, password }, remember);
      clients.forgetTokens(registry);
      push.registryChanged(registry);
      logins.changed();
      return info;
    },
    logout: async (text) => {
      const registry = registryName(text);
      const removed = await credentials.remove(registry);
      clients.forgetTokens(registry);
      logins.changed();
      return removed;
    },
    setPolicy: async (text, policy) => {
      const registry = registryName(text);
      await settings.update((current) => ({ ...current, registries: { ...current.registries, [registry]: policy } }));
    },
    updateSettings: (patch) => settings.update((current) => ({ ...current, ...definedOf(patch) })),
    onLogins: (listener) => logins.subscribe(listener),
    close: async () => {
      stopWatching();
      await push.close();
      await Promise.all([catalog.close(), clients.close()]);
    },
  };
}

/** The fields of `patch` that are there: a field that is present but undefined must not erase a setting. */
function definedOf(patch: SettingsPatch): Partial<Settings> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

async function rememberTarget(settings: SettingsService, target: string): Promise<void> {
  await settings.update((current) => ({
    ...current,
    recentTargets: [target, ...current.recentTargets.filter((other) => other !== target)].slice(0, RECENT_TARGETS),
  }));
}

/** Tells of each registry whose policy has changed, whoever changed it. */
function watchPolicies(settings: SettingsService, changed: (registry: string) => void): () => void {
  let before = settings.get().registries;
  return settings.subscribe(({ registries: after }) => {
    const earlier = before;
    before = after;
    for (const registry of new Set([...Object.keys(earlier), ...Object.keys(after)])) {
      if (!isDeepStrictEqual(earlier[registry], after[registry])) changed(registry);
    }
  });
}

async function registryInfo(
  registry: string,
  policyOf: (registry: string) => RegistryPolicy,
  credentials: CredentialService,
  tlsVerify: boolean | undefined,
): Promise<RegistryInfo> {
  const { tls } = policyOf(registry);
  const login = await credentials.find(registry);
  const mayFallBack = tls === undefined && (isLoopbackRegistry(registry) || tlsVerify === false);
  return {
    registry,
    apiHost: registryApiHost(registry),
    login: login === undefined ? null : { registry, username: login.username, origin: login.origin },
    plainHttp: tls === 'plain-http' ? 'set' : mayFallBack ? 'allowed' : 'no',
    verify: tls !== 'no-verify' && tls !== 'plain-http' && tlsVerify !== false,
  };
}

/**
 * A registry's name as references have it, from what people and other tools write (`https://index.docker.io/v1/`).
 * @throws PushboatError REF_INVALID.
 */
export function registryName(text: string): string {
  const host = text.trim().replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const { registry, repository } = parseReference(`${host}/name`);
  if (repository === 'name' || repository === 'library/name') return registry;
  throw new PushboatError('REF_INVALID', `Not a registry’s name: ${JSON.stringify(text.slice(0, 160))}.`, {
    part: 'registry',
    position: 0,
    detail: 'a registry is a host name with a dot or a port, or localhost',
    hint: 'check-address',
  });
}

class LoginChanges {
  readonly #listeners = new Set<(logins: LoginInfo[]) => void>();
  readonly #credentials: CredentialService;
  readonly #onProblem: (error: ErrorData) => void;

  constructor(credentials: CredentialService, onProblem: (error: ErrorData) => void) {
    this.#credentials = credentials;
    this.#onProblem = onProblem;
  }

  subscribe(listener: (logins: LoginInfo[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    this.#credentials
      .list()
      .then((logins) => {
        for (const listener of this.#listeners) listener(logins);
      })
      .catch((thrown: unknown) => this.#onProblem(toPushboatError(thrown).toData()));
  }
}
