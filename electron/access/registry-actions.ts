import { isDeepStrictEqual } from 'node:util';
import { Emitter } from '../../shared/emitter.ts';
import type { CertificateFacts } from '../../shared/error-data.ts';
import { type ErrorData, toPushboatError } from '../../shared/errors.ts';
import type { RequestInput } from '../../shared/ipc.ts';
import type { LoginInfo, RegistryInfo } from '../../shared/logins.ts';
import { referenceOfName } from '../../shared/reference.ts';
import type { ConnectionStep, RegistryAccess } from '../../shared/registry-access.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import type { Settings } from '../../shared/settings.ts';
import { type SignOptions, signs } from '../../shared/signing.ts';
import { nameOf } from '../credentials/registry-keys.ts';
import type { CredentialService } from '../credentials/types.ts';
import { testConnection } from './connection-test.ts';
import { withoutSecrets } from './network-rules.ts';
import { registryAccess } from './registry-access.ts';
import type { RegistryClients } from './registry-clients.ts';
import type { NetworkPlaces } from './registry-files.ts';
import { registryAndPath, registryInfo, registryName } from './registry-info.ts';
import { RegistryNames } from './registry-names.ts';
import { certificateOf } from './registry-trust.ts';

type HelperInput = RequestInput<'logins.useHelper'>;
type LoginInput = RequestInput<'logins.login'>;

/** What people ask of registries and set for them, apart from their transfers. */
export interface RegistryActions {
  /** With a path, of the repository there: another login may be for it. @throws PushboatError REF_INVALID for no registry's name. */
  registryInfo(registry: string): Promise<RegistryInfo>;
  /** Walks the way of a push to a registry, step by step. @throws PushboatError REF_INVALID */
  testConnection(registry: string): Promise<ConnectionStep[]>;
  /** What registries have, for the choice of a target. */
  readonly names: RegistryNames;
  /** All that applies to a registry, or to one of its repositories, and where each part comes from; asks no registry. @throws PushboatError REF_INVALID. */
  registryAccess(registry: string, repository?: string): Promise<RegistryAccess>;
  /** Checks the login with the registry, then keeps it; jobs that wait for this registry continue. @throws UNAUTHORIZED and the client's others. */
  login(input: LoginInput): Promise<LoginInfo>;
  /** Lets a credential helper keep the logins of a registry, after its login, or the given one, was checked there. */
  useHelper(input: HelperInput): Promise<LoginInfo>;
  /** Returns where the login was removed from. */
  logout(registry: string): Promise<LoginInfo[]>;
  /** Registries that have a login, that something is set for, or that were pushed to; sorted. */
  knownRegistries(): Promise<string[]>;
  /** The certificate that a registry shows now. @throws PushboatError HOST_UNREACHABLE */
  certificateOf(registry: string): Promise<CertificateFacts>;
  setPolicy(registry: string, policy: RegistryPolicy): Promise<void>;
  /** Forgets what is set for a registry. Returns whether anything was. */
  forgetRegistry(registry: string): Promise<boolean>;
  /** The keys that are proposed for the next push to these registries; with none nothing is. */
  rememberSigning(registries: ReadonlySet<string>, sign: SignOptions): Promise<void>;
  /** Calls back with all known logins after each change. Returns the function that unsubscribes. */
  onLogins(listener: (logins: LoginInfo[]) => void): () => void;
}

export interface RegistryActionOptions {
  settings: {
    get(): Pick<Settings, 'registries' | 'recentTargets' | 'signing'>;
    update(change: (settings: Settings) => Settings): Promise<unknown>;
  };
  credentials: CredentialService;
  clients: RegistryClients;
  policyOf: (registry: string) => RegistryPolicy;
  /** `--tls-verify`. */
  tlsVerify: boolean | undefined;
  places: NetworkPlaces;
  /** Told of each registry with another login. */
  onLogin: (registry: string) => void;
  onProblem: (error: ErrorData) => void;
}

/** Of a login that is being checked. */
const SESSION = { kind: 'session' } as const;

export function registryActions(options: RegistryActionOptions): RegistryActions {
  return { ...questions(options), ...loginActions(options), ...settingActions(options) };
}

type Questions = 'names' | 'registryInfo' | 'registryAccess' | 'testConnection' | 'certificateOf' | 'knownRegistries';

function questions(options: RegistryActionOptions): Pick<RegistryActions, Questions> {
  const { settings, credentials, clients, policyOf, tlsVerify, places } = options;
  const accessOf = async (registry: string, repository?: string): Promise<RegistryAccess> =>
    registryAccess({
      registry,
      policy: policyOf(registry),
      tlsVerify,
      repository,
      places,
      login: await credentials.find(registry, repository),
    });
  const shownCertificate = (registry: string) => certificateOf(registry, clients.networkOf(registry));
  return {
    names: new RegistryNames((registry) => clients.for(registry)),
    registryInfo: async (text) => {
      const key = registryAndPath(text);
      const { registry } = key;
      return registryInfo(key, policyOf(registry), credentials, tlsVerify, clients.schemeOf(registry));
    },
    registryAccess: async (text, repository) => accessOf(registryName(text), repository),
    testConnection: async (text) => {
      const registry = registryName(text);
      const access = await accessOf(registry);
      const client = clients.fresh(registry);
      try {
        return await testConnection({
          access,
          client,
          login: await credentials.find(registry),
          repository: lastRepository(settings.get().recentTargets, registry),
          certificate: () => shownCertificate(registry),
        });
      } finally {
        await client.close();
      }
    },
    certificateOf: async (text) => shownCertificate(registryName(text)),
    knownRegistries: async () => {
      const { registries, recentTargets } = settings.get();
      const pushedTo = recentTargets.flatMap((target) => referenceOfName(target)?.registry ?? []);
      const withLogin = (await credentials.list()).map(({ registry }) => registry);
      return [...new Set([...Object.keys(registries), ...pushedTo, ...withLogin])].toSorted();
    },
  };
}

function loginActions(
  options: RegistryActionOptions,
): Pick<RegistryActions, 'login' | 'useHelper' | 'logout' | 'onLogins'> {
  const { credentials, clients } = options;
  const logins = new Emitter<LoginInfo[]>();
  const tellLogins = (): void => {
    credentials
      .list()
      .then((all) => logins.emit(all))
      .catch((thrown: unknown) => options.onProblem(toPushboatError(thrown).toData()));
  };
  const loginChanged = (registry: string): void => {
    clients.forgetTokens(registry);
    options.onLogin(registry);
    tellLogins();
  };
  return {
    login: async ({ registry: text, username, password, remember }) => {
      const registry = registryName(text);
      await clients.for(registry).checkLogin({ username, password, origin: SESSION });
      const info = await credentials.save(nameOf(registryAndPath(text)), { username, password }, remember);
      loginChanged(registry);
      return info;
    },
    useHelper: async ({ registry: text, helper, login }) => {
      const registry = registryName(text);
      const checked = login ? { ...login, origin: SESSION } : await credentials.askHelper(registry, helper);
      await clients.for(registry).checkLogin(checked);
      await credentials.useHelper(registry, helper, login);
      loginChanged(registry);
      return { registry, username: checked.username, origin: (await credentials.askHelper(registry, helper)).origin };
    },
    logout: async (text) => {
      const key = registryAndPath(text);
      const removed = await credentials.remove(nameOf(key));
      clients.forgetTokens(key.registry);
      tellLogins();
      return removed;
    },
    onLogins: (listener) => logins.subscribe(listener),
  };
}

function settingActions({
  settings,
  credentials,
}: RegistryActionOptions): Pick<RegistryActions, 'setPolicy' | 'forgetRegistry' | 'rememberSigning'> {
  return {
    setPolicy: async (text, policy) => {
      const registry = registryName(text);
      const kept = await withoutSecrets(policy, credentials);
      await settings.update((current) => ({ ...current, registries: { ...current.registries, [registry]: kept } }));
    },
    forgetRegistry: async (text) => {
      const registry = registryName(text);
      const wasSet = Object.hasOwn(settings.get().registries, registry);
      if (wasSet)
        await settings.update((current) => ({ ...current, registries: without(current.registries, registry) }));
      return wasSet;
    },
    rememberSigning: async (registries, sign) => {
      const { signing } = settings.get();
      const changed = { ...signing, ...Object.fromEntries([...registries].map((registry) => [registry, sign])) };
      const kept = Object.fromEntries(Object.entries(changed).filter(([, each]) => signs(each)));
      if (!isDeepStrictEqual(kept, signing)) await settings.update((current) => ({ ...current, signing: kept }));
    },
  };
}

function without<T>(record: Record<string, T>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== name));
}

/** The repository that was pushed to last on a registry. */
function lastRepository(recentTargets: readonly string[], registry: string): string | undefined {
  return recentTargets.map(referenceOfName).find((reference) => reference?.registry === registry)?.repository;
}
