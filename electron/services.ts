import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type CertificateFacts, type ErrorData, PushboatError, toPushboatError } from '../shared/errors.ts';
import type { RequestInput } from '../shared/ipc.ts';
import type { LoginInfo, RegistryInfo } from '../shared/logins.ts';
import { Problems } from '../shared/problems.ts';
import { type Reference, referenceOfName } from '../shared/reference.ts';
import type { ConnectionStep, RegistryAccess } from '../shared/registry-access.ts';
import type { RegistryPolicy } from '../shared/registry-policy.ts';
import type { Settings, SettingsPatch } from '../shared/settings.ts';
import { type SignOptions, signs } from '../shared/signing.ts';
import { testConnection } from './access/connection-test.ts';
import { LoginChanges } from './access/login-changes.ts';
import { withoutSecrets } from './access/network-rules.ts';
import { registryAccess } from './access/registry-access.ts';
import { RegistryClients } from './access/registry-clients.ts';
import { registryAndPath, registryInfo, registryName } from './access/registry-info.ts';
import { RegistryNames } from './access/registry-names.ts';
import { certificateOf } from './access/registry-trust.ts';
import { createCredentials } from './credentials/credentials.ts';
import { nameOf } from './credentials/registry-keys.ts';
import { signingKey } from './credentials/signing-key.ts';
import type { CredentialService, VaultCipher } from './credentials/types.ts';
import { parseDestination } from './destinations/parse-destination.ts';
import type { ImageDestination } from './destinations/types.ts';
import { localEnvironment } from './files/environment.ts';
import { readPolicy } from './policy/read-policy.ts';
import { sourceGate } from './policy/source-gate.ts';
import { Practice } from './practice/practice.ts';
import type { EarlyConnections } from './registry/early-connections.ts';
import { openSettings, type SettingsService } from './settings/settings-file.ts';
import { Signer } from './signatures/signer.ts';
import { Archives } from './sources/archive/archives.ts';
import { automaticSources } from './sources/catalog/automatic-sources.ts';
import { createCatalog } from './sources/catalog/catalog.ts';
import { RememberedRows } from './sources/catalog/remembered-rows.ts';
import type { Catalog } from './sources/catalog/types.ts';
import { TransferHistory } from './transfers/history.ts';
import { Journal } from './transfers/journal/journal.ts';
import { createTransferService } from './transfers/queue.ts';
import { requestOf, type TransferService } from './transfers/types.ts';
import { type VerifiedImage, verifyRemote } from './transfers/verify-remote.ts';

/** Targets that are remembered for suggestions. */
const RECENT_TARGETS = 20;

/** Of a login that is being checked. */
const SESSION = { kind: 'session' } as const;

export interface ServicesOptions {
  /** Folder of the application's own files. */
  dataDir: string;
  env: NodeJS.ProcessEnv;
  homeDir: string;
  /** Folder for temporary files. */
  temporaryDir: string;
  /** Absent: logins cannot be kept encrypted. */
  cipher?: VaultCipher;
  /** Auth file from the command line. */
  authFile?: string | undefined;
  /** `--tls-verify`. */
  tlsVerify?: boolean | undefined;
  /** Connections that were begun before this was loaded: the command line's way. */
  early?: EarlyConnections | undefined;
  /** Unfinished pushes and the rows of images are remembered and shown again at the next start: the window's way. */
  rememberJobs?: boolean;
  /** `--cert-dir`: the folder of certificates of the registry, instead of those of certs.d. */
  certDir?: string | undefined;
  /** What the desktop's settings say for a URL, as a PAC file does. Absent: nothing. */
  systemProxy?: ((url: string) => Promise<string>) | undefined;
  /** `--no-resume`: neither uses nor keeps what earlier runs left. */
  forgetful?: boolean | undefined;
  /** `--signature-policy`: the file that says which signatures images need, instead of the usual ones. */
  signaturePolicy?: string | undefined;
  /** `--blob-cache`: folder where compressed layers are kept. */
  blobCache?: string | undefined;
  /** `--parallel` and `--chunk-size`: for this run, before what is set for each registry. */
  uploadLimits?: Pick<RegistryPolicy, 'maxUploads' | 'chunkSize'> | undefined;
  /** How long a registry is waited for that has answered before, instead of the settings'. Milliseconds. */
  retryForMs?: number | undefined;
  /** `--limit-rate` in bytes per second, instead of the settings'. */
  bandwidthLimit?: number | undefined;
  /** `--debug`: told of requests, waits and decisions, without secrets. */
  onDebug?: ((line: string) => void) | undefined;
  /** Failures that stop nothing but that a person should know, each once; also those from before `createServices` returns. */
  onProblem?: (error: ErrorData) => void;
}

export type HelperInput = RequestInput<'logins.useHelper'>;
export type LoginInput = RequestInput<'logins.login'>;

/** The whole engine, composed: what the window's handlers and the command line call. Runs on plain Node. */
export interface Services {
  readonly settings: SettingsService;
  readonly credentials: CredentialService;
  /** Archives that were opened, for the catalog and for who finds images by name. */
  readonly archives: Archives;
  /** Scans nothing until its `start()` is called. */
  readonly catalog: Catalog;
  readonly transfers: TransferService;
  /** The transfers that have ended. */
  readonly history: TransferHistory;
  /** Starts a transfer of the history again. Returns the job's id. @throws PushboatError IMAGE_NOT_FOUND when its image is gone */
  transferAgain(historyId: string): string;
  /** Keys that sign images, and the passphrases of this session. */
  readonly signer: Signer;
  /** A first push without any risk. */
  readonly practice: Practice;
  /** What `onProblem` was told. */
  readonly problems: Problems;
  /** Reads the text of a destination; undefined where it is a registry's. @throws PushboatError DESTINATION_INVALID, USAGE */
  destination(this: void, text: string): ImageDestination | undefined;
  /** Whether an image in a registry is whole and signed as the policy asks. @throws PushboatError as `verifyRemote` */
  verify(reference: Reference): Promise<VerifiedImage>;
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
  updateSettings(patch: SettingsPatch): Promise<Settings>;
  /** Calls back with all known logins after each change. Returns the function that unsubscribes. */
  onLogins(listener: (logins: LoginInfo[]) => void): () => void;
  /** Cancels what runs and releases everything. */
  close(): Promise<void>;
}

export async function createServices(options: ServicesOptions): Promise<Services> {
  const problems = new Problems();
  if (options.onProblem) problems.subscribe(options.onProblem);
  const onProblem = (problem: ErrorData): void => problems.add(problem);
  const settings = await openSettings(options.dataDir);
  for (const problem of settings.problems()) onProblem(problem);
  const credentials = createCredentials({ ...options, onProblem });
  const policyOf = (registry: string): RegistryPolicy => ({
    ...settings.get().registries[registry],
    ...options.uploadLimits,
  });
  const journal = new Journal(options.forgetful ? undefined : options.dataDir, onProblem);
  const clients = new RegistryClients({
    policyOf,
    credentials,
    tlsVerify: options.tlsVerify,
    early: options.early,
    tokenServers: journal,
    onDebug: options.onDebug,
    places: options,
    onWarning: (registry, text) => transfers.addWarning(registry, text),
    retryForMs: () => options.retryForMs ?? settings.get().retryForSeconds * 1000,
    onOutage: (registry, notice) => transfers.setOutage(registry, notice && { registry, ...notice }),
  });
  const environment = localEnvironment(options);
  const archives = new Archives(environment);
  const destination = (text: string): ImageDestination | undefined => parseDestination(text, environment);
  const catalog = createCatalog({
    archives,
    imagesStoreDir: settings.get().imagesStoreDir,
    addedPaths: settings.get().addedPaths,
    remembered: options.rememberJobs ? await RememberedRows.open(join(options.dataDir, 'images.json')) : undefined,
    automatic: await automaticSources(environment),
    onPathsChanged: async (addedPaths) => {
      await settings.update((current) => ({ ...current, addedPaths }));
    },
    onProblem,
  });
  const history = new TransferHistory(journal, () => {
    const { historyDays, historyEntries } = settings.get();
    return { days: historyDays, entries: historyEntries };
  });
  const signer = new Signer(environment);
  const transfers = createTransferService({
    journal,
    history,
    signingKey: () => signingKey(options.dataDir),
    temporaryDir: options.temporaryDir,
    gate: sourceGate(options.signaturePolicy, environment),
    signer,
    blobCache: options.blobCache,
    reopenImage: options.rememberJobs ? (imageId, signal) => catalog.open(imageId, signal) : undefined,
    parseDestination: destination,
    clientFor: (registry, repository) => clients.for(registry, repository),
    maxJobs: () => settings.get().maxJobs,
    onPushed: (target) =>
      void rememberTarget(settings, target).catch((thrown) => onProblem(toPushboatError(thrown).toData())),
  });
  const limit = (): number => options.bandwidthLimit ?? settings.get().bandwidthLimit;
  transfers.setBandwidthLimit(limit());
  const stopWatching = watchSettings(settings, {
    limitChanged: () => transfers.setBandwidthLimit(limit()),
    policyChanged: (registry) => transfers.registryChanged(registry),
    storeChanged: (dir) =>
      catalog.setImagesStoreDir(dir).catch((thrown) => onProblem(toPushboatError(thrown).toData())),
  });
  const infoOf = (text: string): Promise<RegistryInfo> => {
    const key = registryAndPath(text);
    const { registry } = key;
    return registryInfo(key, policyOf(registry), credentials, options.tlsVerify, clients.schemeOf(registry));
  };
  const accessOf = async (registry: string, repository?: string): Promise<RegistryAccess> =>
    registryAccess({
      registry,
      policy: policyOf(registry),
      tlsVerify: options.tlsVerify,
      repository,
      places: options,
      login: await credentials.find(registry, repository),
    });
  const logins = new LoginChanges(credentials, onProblem);
  const loginChanged = (registry: string): void => {
    clients.forgetTokens(registry);
    transfers.registryChanged(registry);
    logins.changed();
  };
  const practice = new Practice(catalog, options.temporaryDir);

  return {
    settings,
    credentials,
    archives,
    catalog,
    transfers,
    history,
    transferAgain: (id) => {
      const record = history.requestOf(id);
      const image = catalog.images().find((one) => one.id === record?.imageId);
      const request =
        record && image && requestOf(record, (signal) => catalog.open(record.imageId, signal), destination);
      if (request) return transfers.start(request);
      throw new PushboatError('IMAGE_NOT_FOUND', 'The image of this transfer is no longer in any of the stores.', {
        hint: 'check-folder',
      });
    },
    verify: async (reference) =>
      verifyRemote(reference, {
        client: clients.for(reference.registry),
        policy: await readPolicy(options.signaturePolicy, environment),
        lookaside: () => signer.lookaside(),
        ...environment,
      }),
    practice,
    problems,
    signer,
    destination,
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
          certificate: () => certificateOf(registry, clients.networkOf(registry)),
        });
      } finally {
        await client.close();
      }
    },
    names: new RegistryNames((registry) => clients.for(registry)),
    registryInfo: async (text) => infoOf(text),
    registryAccess: async (text, repository) => accessOf(registryName(text), repository),
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
      logins.changed();
      return removed;
    },
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
    certificateOf: async (text) => {
      const registry = registryName(text);
      return certificateOf(registry, clients.networkOf(registry));
    },
    knownRegistries: async () => {
      const { registries, recentTargets } = settings.get();
      const pushedTo = recentTargets.flatMap((target) => referenceOfName(target)?.registry ?? []);
      const withLogin = (await credentials.list()).map(({ registry }) => registry);
      return [...new Set([...Object.keys(registries), ...pushedTo, ...withLogin])].toSorted();
    },
    rememberSigning: async (registries, sign) => {
      const { signing } = settings.get();
      const changed = { ...signing, ...Object.fromEntries([...registries].map((registry) => [registry, sign])) };
      const kept = Object.fromEntries(Object.entries(changed).filter(([, each]) => signs(each)));
      if (!isDeepStrictEqual(kept, signing)) await settings.update((current) => ({ ...current, signing: kept }));
    },
    updateSettings: (patch) => settings.update((current) => ({ ...current, ...definedOf(patch) })),
    onLogins: (listener) => logins.subscribe(listener),
    close: async () => {
      stopWatching();
      await transfers.close();
      await practice.end();
      await Promise.all([catalog.close(), clients.close()]);
      archives.close();
    },
  };
}

/** The fields of `patch` that are there: a field that is present but undefined must not erase a setting. */
function definedOf(patch: SettingsPatch): Partial<Settings> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

function without<T>(record: Record<string, T>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== name));
}

async function rememberTarget(settings: SettingsService, target: string): Promise<void> {
  if (settings.get().recentTargets[0] === target) return;
  await settings.update((current) => ({
    ...current,
    recentTargets: [target, ...current.recentTargets.filter((other) => other !== target)].slice(0, RECENT_TARGETS),
  }));
}

interface SettingsWatcher {
  /** Called for each registry whose policy has changed, whoever changed it. */
  policyChanged: (registry: string) => void;
  storeChanged: (dir: string) => Promise<void>;
  limitChanged: () => void;
}

function watchSettings(
  settings: SettingsService,
  { policyChanged, storeChanged, limitChanged }: SettingsWatcher,
): () => void {
  let last = settings.get();
  return settings.subscribe((now) => {
    const before = last;
    last = now;
    if (now.imagesStoreDir !== before.imagesStoreDir) void storeChanged(now.imagesStoreDir);
    if (now.bandwidthLimit !== before.bandwidthLimit) limitChanged();
    for (const registry of new Set([...Object.keys(before.registries), ...Object.keys(now.registries)])) {
      if (!isDeepStrictEqual(before.registries[registry], now.registries[registry])) policyChanged(registry);
    }
  });
}

/** The repository that was pushed to last on a registry. */
function lastRepository(recentTargets: readonly string[], registry: string): string | undefined {
  return recentTargets.map(referenceOfName).find((reference) => reference?.registry === registry)?.repository;
}
