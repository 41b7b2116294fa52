import { join } from 'node:path';
import { Problems } from '../shared/emitter.ts';
import { type ErrorData, toPushboatError } from '../shared/errors.ts';
import type { Reference } from '../shared/reference.ts';
import type { RegistryPolicy } from '../shared/registry-policy.ts';
import { type Release, UPDATE_FEED } from '../shared/updates.ts';
import { type RegistryActions, registryActions } from './access/registry-actions.ts';
import { RegistryClients } from './access/registry-clients.ts';
import { newerRelease } from './access/update-feed.ts';
import { createCredentials } from './credentials/credentials.ts';
import { signingKey } from './credentials/signing-key.ts';
import type { CredentialService, VaultCipher } from './credentials/types.ts';
import { parseDestination } from './destinations/parse-destination.ts';
import type { ImageDestination } from './destinations/types.ts';
import { type LocalEnvironment, localEnvironment } from './files/environment.ts';
import { readPolicy } from './policy/read-policy.ts';
import { sourceGate } from './policy/source-gate.ts';
import { Practice } from './practice/practice.ts';
import type { EarlyConnections } from './registry/http/early-connections.ts';
import { rememberTarget } from './settings/recent-targets.ts';
import { openSettings, type SettingsService } from './settings/settings-file.ts';
import { watchSettings } from './settings/watch-settings.ts';
import { Signer } from './signatures/signer.ts';
import { Archives } from './sources/archive/archives.ts';
import { automaticSources } from './sources/catalog/automatic-sources.ts';
import { createCatalog } from './sources/catalog/catalog.ts';
import { RememberedRows } from './sources/catalog/remembered-rows.ts';
import type { Catalog } from './sources/catalog/types.ts';
import { TransferHistory } from './transfers/history.ts';
import { Journal } from './transfers/journal/journal.ts';
import { createTransferService } from './transfers/queue.ts';
import { remoteCreated } from './transfers/remote-created.ts';
import { requestAgain } from './transfers/request-again.ts';
import type { TransferService } from './transfers/types.ts';
import { type VerifiedImage, verifyRemote } from './transfers/verify-remote.ts';

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
  /** `--parallel`, `--chunk-size` and `--retry-for`: for this run, before what is set for each registry. */
  policyOfRun?: RegistryPolicy | undefined;
  /** How long a registry is waited for that has answered before, where no policy says so, instead of the settings'. Milliseconds. */
  retryForMs?: number | undefined;
  /** `--limit-rate` in bytes per second, instead of the settings'. */
  bandwidthLimit?: number | undefined;
  /** `--debug`: told of requests, waits and decisions, without secrets. */
  onDebug?: ((line: string) => void) | undefined;
  /** Failures that stop nothing but that a person should know, each once; also those from before `createServices` returns. */
  onProblem?: (error: ErrorData) => void;
}

/** The whole engine, composed: what the window's handlers and the command line call. Runs on plain Node. */
export interface Services extends RegistryActions {
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
  /** When an image in a registry was made, by its digest; undefined where it does not say. @throws PushboatError as `remoteCreated` */
  imageCreated(reference: Reference): Promise<string | undefined>;
  /** A release that is newer than the version that runs. @throws PushboatError as the function of the same name in access */
  newerRelease(version: string): Promise<Release | undefined>;
  /** The computer is about to sleep. */
  sleep(): void;
  /** It is awake again: connections may have ended meanwhile. */
  wake(): void;
  /** The system says that the network has changed. */
  networkChanged(): void;
  /** Cancels what runs and releases everything. */
  close(): Promise<void>;
}

export async function createServices(options: ServicesOptions): Promise<Services> {
  const ground = await makeGround(options);
  const { settings, credentials, journal, environment, policyOf, onProblem } = ground;
  const clients = makeClients(ground, () => transfers);
  const archives = new Archives(environment);
  const destination = (text: string): ImageDestination | undefined => parseDestination(text, environment);
  const catalog = await makeCatalog(ground, archives);
  const history = new TransferHistory(journal, () => {
    const { historyDays, historyEntries } = settings.get();
    return { days: historyDays, entries: historyEntries };
  });
  const signer = new Signer(environment);
  const transfers = makeTransfers(ground, { clients, catalog, history, signer, destination });
  const stopWatching = followSettings(ground, transfers, catalog);
  const registries = registryActions({
    settings,
    credentials,
    clients,
    policyOf,
    tlsVerify: options.tlsVerify,
    places: options,
    onLogin: (registry) => transfers.registryChanged(registry),
    onProblem,
  });
  const practice = new Practice(catalog, options.temporaryDir);

  return {
    ...registries,
    settings,
    credentials,
    archives,
    catalog,
    transfers,
    history,
    transferAgain: (id) => transfers.start(requestAgain(history.requestOf(id), catalog, destination)),
    verify: async (reference) =>
      verifyRemote(reference, {
        client: clients.for(reference.registry, reference.repository),
        policy: await readPolicy(options.signaturePolicy, environment),
        lookaside: () => signer.lookaside(),
        ...environment,
      }),
    imageCreated: ({ registry, repository, digest }) =>
      registries.names.ask(
        registry,
        async (client, signal) => digest && remoteCreated(client, repository, digest, signal),
      ),
    practice,
    problems: ground.problems,
    signer,
    destination,
    newerRelease: (version) => {
      const feed = new URL(UPDATE_FEED);
      return newerRelease({ feed, version, network: clients.networkOf(feed.host) });
    },
    sleep: () => transfers.sleep(),
    wake: () => {
      clients.distrust();
      transfers.wake();
    },
    networkChanged: () => {
      transfers.networkChanged();
      clients.distrust();
    },
    close: async () => {
      stopWatching();
      await transfers.close();
      await practice.end();
      await Promise.all([catalog.close(), clients.close()]);
      archives.close();
    },
  };
}

/** What all parts stand on: what is set and remembered, and where failures are told. */
interface Ground {
  options: ServicesOptions;
  problems: Problems;
  onProblem: (problem: ErrorData) => void;
  settings: SettingsService;
  credentials: CredentialService;
  journal: Journal;
  environment: LocalEnvironment;
  /** What is set for a registry, and for this run. */
  policyOf: (registry: string) => RegistryPolicy;
}

async function makeGround(options: ServicesOptions): Promise<Ground> {
  const problems = new Problems();
  if (options.onProblem) problems.subscribe(options.onProblem);
  const onProblem = (problem: ErrorData): void => problems.add(problem);
  const settings = await openSettings(options.dataDir);
  for (const problem of settings.problems()) onProblem(problem);
  return {
    options,
    problems,
    onProblem,
    settings,
    credentials: createCredentials({ ...options, onProblem }),
    journal: new Journal(options.forgetful ? undefined : options.dataDir, onProblem),
    environment: localEnvironment(options),
    policyOf: (registry) => ({ ...settings.get().registries[registry], ...options.policyOfRun }),
  };
}

/** @param transfers are told of what registries say; they are made with these clients, and so after them. */
function makeClients(ground: Ground, transfers: () => TransferService): RegistryClients {
  const { options, settings, credentials, journal, policyOf } = ground;
  return new RegistryClients({
    policyOf,
    credentials,
    tlsVerify: options.tlsVerify,
    early: options.early,
    tokenServers: journal.traits,
    onDebug: options.onDebug,
    places: options,
    onWarning: (registry, text) => transfers().addWarning(registry, text),
    retryForMs: () => options.retryForMs ?? settings.get().retryForSeconds * 1000,
    onOutage: (registry, notice) => transfers().setOutage(registry, notice && { registry, ...notice }),
  });
}

async function makeCatalog(
  { options, settings, environment, onProblem }: Ground,
  archives: Archives,
): Promise<Catalog> {
  return createCatalog({
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
}

interface TransferParts extends Pick<Services, 'catalog' | 'history' | 'signer' | 'destination'> {
  clients: RegistryClients;
}

function makeTransfers(
  ground: Ground,
  { clients, catalog, history, signer, destination }: TransferParts,
): TransferService {
  const { options, settings, journal, environment, onProblem } = ground;
  return createTransferService({
    journal,
    history,
    signingKey: () => signingKey(options.dataDir),
    temporaryDir: options.temporaryDir,
    gate: sourceGate(options.signaturePolicy, environment),
    signer,
    blobCache: options.blobCache,
    reopenImage: options.rememberJobs ? (imageId, signal, take) => catalog.open(imageId, signal, take) : undefined,
    parseDestination: destination,
    clientFor: (registry, repository) => clients.for(registry, repository),
    maxJobs: () => settings.get().maxJobs,
    onPushed: (target) => void rememberTarget(settings, target, { ...options, onProblem }),
  });
}

/** Lets a changed setting count at once. Returns the function that ends it. */
function followSettings(
  { options, settings, onProblem }: Ground,
  transfers: TransferService,
  catalog: Catalog,
): () => void {
  const limit = (): number => options.bandwidthLimit ?? settings.get().bandwidthLimit;
  transfers.setBandwidthLimit(limit());
  return watchSettings(settings, {
    limitChanged: () => transfers.setBandwidthLimit(limit()),
    policyChanged: (registry) => transfers.registryChanged(registry),
    storeChanged: (dir) =>
      catalog.setImagesStoreDir(dir).catch((thrown) => onProblem(toPushboatError(thrown).toData())),
  });
}
