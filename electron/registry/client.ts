import { PushboatError } from '../../shared/errors.ts';
import { registryApiHost } from '../../shared/reference.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import { type Patience, type RequestOptions, withRetry } from './answers/retry.ts';
import type { RetryPolicy } from './answers/retry-delay.ts';
import { warningCollector } from './answers/warnings.ts';
import { Authorizer } from './auth/auth.ts';
import { getBlob, headBlob } from './blobs.ts';
import { checkLogin } from './check-login.ts';
import { DEFAULT_MAX_REQUESTS, DEFAULT_MAX_UPLOADS, DEFAULT_RETRY } from './defaults.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './http/limits.ts';
import { MULTIPLEXED_REQUESTS } from './http/multiplexed.ts';
import { shownText } from './http/redact.ts';
import type { NetworkRules } from './http/routes.ts';
import { SystemTrust } from './http/tls.ts';
import { HttpTransport } from './http/transport.ts';
import { UploadLanes } from './lanes.ts';
import { getManifest, headManifest, putManifest } from './manifests.ts';
import { listRepositories, listTags } from './names.ts';
import { startUpload } from './open-upload.ts';
import { RegistryPatience } from './patience.ts';
import { ApiRoot } from './ping.ts';
import { type UploadQuirks, uploadQuirks } from './quirks.ts';
import { Requester } from './requests.ts';
import { getSignatures, putSignature, tellsOfSignatures } from './signatures.ts';
import { Slots } from './slots.ts';
import type { RegistryClient, RegistryClientOptions, UploadLimits } from './types.ts';
import { cancelUpload, finishUpload, uploadChunk, uploadStatus } from './uploads.ts';

/** Where nothing is set. */
const DIRECTLY: NetworkRules = {
  proxyFor: async () => undefined,
  certificatesFor: async () => ({ ca: [] }),
};

/** The client of one registry, put together from its parts. Nothing is sent before the first call. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { registry, policy } = options;
  const { transport, slots, patience, auth, api, requester, retrying, closed, atOnce, keepsSignatures } =
    makeParts(options);
  const quirks = options.quirks ?? uploadQuirks(registryApiHost(registry));
  const uploads = {
    requester,
    registry,
    lanes: new UploadLanes(transport),
    staleRange: quirks.staleRange ?? false,
  };

  return {
    registry,
    uploads: { ...uploadLimits(quirks, policy), atOnce: atOnce.large },
    checkApi: async (request) => ({ scheme: schemeOf(await api.find(request)) }),
    scheme: () => api.known && schemeOf(api.known),
    checkLogin: (given, request) =>
      checkLogin({ transport, registry, api, closing: closed.signal, retrying }, given, request),
    loginUsed: (repository) => auth.loginUsed(repository),
    forgetTokens: () => auth.forget(),
    expectAnswers: () => transport.expectAnswers(),
    tryNow: () => patience.tryNow(),
    distrust: () => {
      transport.distrust();
      patience.tryNow();
    },
    headBlob: (repository, digest, request) => headBlob(requester, repository, digest, request),
    getBlob: (repository, digest, limit, request) => getBlob(requester, repository, digest, limit, request),
    supportsSignatures: async (request) => {
      await api.find(request);
      return keepsSignatures();
    },
    getSignatures: (repository, digest, request) => getSignatures(requester, repository, digest, request),
    putSignature: (repository, digest, signature, request) =>
      putSignature(requester, repository, digest, signature, request),
    startUpload: (repository, request) => startUpload(uploads, repository, request),
    finishUpload: (session, digest, body, request) => finishUpload(uploads, session, digest, body, request),
    uploadChunk: (session, body, request) => uploadChunk(uploads, session, body, request),
    uploadStatus: (session, request) => uploadStatus(uploads, session, request),
    cancelUpload: (session) => cancelUpload(uploads, session),
    headManifest: (repository, reference, request) => headManifest(requester, repository, reference, request),
    getManifest: (repository, reference, request) => getManifest(requester, repository, reference, request),
    putManifest: (repository, reference, manifest, request) =>
      putManifest(requester, repository, reference, manifest, request),
    listTags: (repository, request) => listTags(requester, repository, request),
    listRepositories: (request) => listRepositories(requester, request),
    close: async () => {
      const error = new PushboatError('CANCELLED', 'The connection to the registry was closed.', { registry });
      closed.abort(error);
      slots.close(error);
      await transport.close();
    },
  };
}

/** What the requests of one client share. */
interface ClientParts {
  /** Requests at once: small ones, and bodies. */
  atOnce: { small: number; large: number };
  slots: Slots;
  transport: HttpTransport;
  patience: RegistryPatience;
  auth: Authorizer;
  api: ApiRoot;
  requester: Requester;
  retrying: <T>(request: RequestOptions, attempt: () => Promise<T>) => Promise<T>;
  /** Whether the root of the API has told that the registry keeps signatures. */
  keepsSignatures: () => boolean;
  /** Aborted when the client closes. */
  closed: AbortController;
}

function makeParts(options: RegistryClientOptions): ClientParts {
  const { registry, policy, tlsVerify, login } = options;
  const network = options.network ?? DIRECTLY;
  const atOnce = { small: policy.maxRequests ?? DEFAULT_MAX_REQUESTS, large: policy.maxUploads ?? DEFAULT_MAX_UPLOADS };
  const closed = new AbortController();
  const closing = closed.signal;
  // A number that a person has set is that of all.
  const slots = new Slots({ ...atOnce, question: policy.maxRequests === undefined ? atOnce.small : undefined });
  const transport = new HttpTransport({
    registry,
    policy,
    tlsVerify,
    network,
    systemTrust: options.systemTrust ?? new SystemTrust(),
    early: options.early,
    timeouts: timeoutsOf(options),
    connections: atOnce.small + atOnce.large,
    onMultiplexed: () => slots.raiseQuestions(MULTIPLEXED_REQUESTS),
    headers: options.headers,
    onDebug: options.onDebug,
  });
  const patience = new RegistryPatience({
    patience: options.patience,
    probe: (signal) => api.probe(signal),
    hasAnswered: (host) => transport.hasAnswered(host),
    closing,
  });
  const retryingWith = retriesOver(transport, { ...DEFAULT_RETRY, ...options.retry }, closing);
  const retrying: ClientParts['retrying'] = (request, attempt) => retryingWith(patience.registry, request, attempt);
  const auth = new Authorizer({
    transport,
    registry,
    login,
    closing,
    retrying: (request, attempt, host) => retryingWith(patience.ofTokenServer(host, attempt), request, attempt),
    // Over plain HTTP anybody could have named one.
    tokenServers: policy.tls === 'plain-http' ? undefined : options.tokenServers,
  });
  let keepsSignatures = false;
  const api = new ApiRoot({
    transport,
    registry,
    policy,
    tlsVerify,
    network,
    learn: (response, root) => {
      keepsSignatures = tellsOfSignatures(response);
      auth.learn(response, root);
    },
    closing,
    retrying,
  });
  const onResponse = warningCollector(options.onWarning);
  const requester = new Requester({ registry, transport, api, auth, slots, retrying, onResponse, closing });
  return {
    atOnce,
    slots,
    transport,
    patience,
    auth,
    api,
    requester,
    retrying,
    keepsSignatures: () => keepsSignatures,
    closed,
  };
}

/** Tries that are told to the person who looks for a fault, and to whoever asked. */
function retriesOver(transport: HttpTransport, policy: RetryPolicy, closing: AbortSignal) {
  const toldOf =
    (onRetry: RequestOptions['onRetry']): RequestOptions['onRetry'] =>
    (notice) => {
      const { attempt, delayMs, reason } = notice;
      transport.debug(`waits ${delayMs} ms before try ${attempt} (${shownText(reason)})`);
      onRetry?.(notice);
    };
  const contacted = () => transport.contacted;
  return <T>(outage: Patience, request: RequestOptions, attempt: () => Promise<T>): Promise<T> =>
    withRetry({ ...request, onRetry: toldOf(request.onRetry), policy, contacted, closing, outage }, attempt);
}

function timeoutsOf({ policy, timeouts }: RegistryClientOptions): Timeouts {
  const pick = (name: keyof Timeouts): number => timeouts?.[name] ?? policy.timeouts?.[name] ?? DEFAULT_TIMEOUTS[name];
  return { connect: pick('connect'), headers: pick('headers'), idle: pick('idle') };
}

function uploadLimits(
  { chunks, leastChunk, mostChunk }: UploadQuirks,
  { chunkSize }: RegistryPolicy,
): Omit<UploadLimits, 'atOnce'> {
  return {
    chunks: chunks || chunkSize !== undefined,
    chunkSize,
    leastChunk,
    mostChunk,
  };
}

function schemeOf({ protocol }: URL): 'http' | 'https' {
  return protocol === 'http:' ? 'http' : 'https';
}
