import type { Digest } from '../../shared/digest.ts';
import type { Login } from '../../shared/logins.ts';
import type { RemoteNames } from '../../shared/registry-names.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import type { OffsetWord } from './answers/range.ts';
import type { RequestOptions } from './answers/retry.ts';
import type { RetryPolicy } from './answers/retry-delay.ts';
import type { TokenServerMemory } from './auth/tokens.ts';
import type { OnDebug } from './http/debug.ts';
import type { EarlyConnections } from './http/early-connections.ts';
import type { Timeouts } from './http/limits.ts';
import type { UploadBody } from './http/request-body.ts';
import type { NetworkRules } from './http/routes.ts';
import type { SystemTrust } from './http/tls.ts';
import type { UploadQuirks } from './quirks.ts';

export interface RegistryClientOptions {
  /** As in a reference: `host[:port]`; `docker.io` is served by registry-1.docker.io. */
  registry: string;
  policy: RegistryPolicy;
  /** `--tls-verify`: false = do not verify, and plain HTTP when HTTPS does not answer. */
  tlsVerify?: boolean | undefined;
  /** The login for a repository of this registry, looked up for each new token; undefined = anonymous. */
  login: (repository: string | undefined) => Promise<Login | undefined>;
  /** Headers that a person wants on every request to the registry itself; read once, before the first. */
  headers?: (() => Promise<Record<string, string>>) | undefined;
  /** Absent: nothing is remembered. */
  tokenServers?: TokenServerMemory | undefined;
  /** Absent: no proxies, and the computer's own CAs. */
  network?: NetworkRules | undefined;
  /** Shared by the clients of a process. */
  systemTrust?: SystemTrust | undefined;
  /** Connections that may be used where they are to its host, and it is trusted as they are. */
  early?: EarlyConnections | undefined;
  timeouts?: Partial<Timeouts> | undefined;
  retry?: Partial<RetryPolicy> | undefined;
  /** How long it is waited for when it was there and does not answer any more; absent: not at all. */
  patience?: PatienceOptions | undefined;
  /** What is known of its uploads, instead of what its host's name tells. */
  quirks?: UploadQuirks | undefined;
  /** Told of requests, responses, redirects, waits and decisions, a line each, without secrets. */
  onDebug?: OnDebug | undefined;
  /** `Warning: 299` texts, each once. */
  onWarning?: ((text: string) => void) | undefined;
}

/** What is told while a registry is waited for. */
export interface OutageReport {
  /** Who does not answer, where that is not the registry itself. */
  host?: string | undefined;
  /** Epoch milliseconds. */
  since: number;
  nextTryAt: number;
  /** Short and readable: `503 Service Unavailable`, `connect ECONNREFUSED 10.0.0.7:443`. */
  reason: string;
}

export interface PatienceOptions {
  /** Milliseconds; 0: not at all. Asked for in each outage, so that a changed setting counts. */
  retryForMs: () => number;
  /** What is told while it is waited for; undefined when that is over. */
  onOutage: (notice: OutageReport | undefined) => void;
  /** First wait between two looks. Milliseconds. */
  firstWaitMs?: number | undefined;
}

/** How the blobs of a registry may be sent. */
export interface UploadLimits {
  /** False: whole blobs only. */
  chunks: boolean;
  /** Large bodies at once, at most. */
  atOnce: number;
  /** Chunks of exactly this many bytes, whatever the blob's size: set by a person. */
  chunkSize?: number | undefined;
  /** The least and the greatest size of a chunk in bytes. */
  leastChunk?: number | undefined;
  mostChunk?: number | undefined;
}

/** An open upload. Every call that uses it replaces its `location` with the newest that the registry gave. */
export interface UploadSession {
  readonly repository: string;
  /** Absolute URL with the registry's own query. */
  location: string;
  /** Bytes that the registry has. */
  offset: number;
  /** How far the registry's word on that is known to hold; absent at the start. */
  word?: OffsetWord;
  /** `OCI-Chunk-Min-Length`, when the registry named one. */
  readonly chunkMinLength?: number | undefined;
  /** The most (`OCI-Chunk-Max-Length`). */
  readonly chunkMaxLength?: number | undefined;
}

export type StartedUpload = { kind: 'mounted' } | { kind: 'session'; session: UploadSession };

export interface RemoteManifest {
  /** `Docker-Content-Digest`, when the registry sends it. */
  digest?: Digest | undefined;
  mediaType?: string | undefined;
  size?: number | undefined;
}

export interface ManifestReceipt {
  /** `Docker-Content-Digest` of the answer. */
  digest?: Digest | undefined;
  /** The registry answered `OCI-Subject`: it keeps referrers itself. */
  processedSubject: boolean;
}

/**
 * The distribution API of one registry. One per registry and set of credentials; safe to use from many tasks at once:
 * slots for small and for large requests are kept inside. Small requests are retried here;
 * bodies are tried once, for the uploader decides from which offset to go on.
 * Every failure is a PushboatError: UNAUTHORIZED, DENIED, REPOSITORY_UNKNOWN, RATE_LIMITED, REGISTRY_UNAVAILABLE, BLOB_TOO_LARGE,
 * HOST_UNREACHABLE, DNS_FAILED, TLS_UNTRUSTED, TLS_FAILED, PLAIN_HTTP_REFUSED, REDIRECT_REFUSED, TIMEOUT, CONNECTION_LOST,
 * PROTOCOL_ERROR, REGISTRY_ERROR, CANCELLED.
 */
export interface RegistryClient {
  readonly registry: string;
  /** How blobs may be sent, by the person's policy and by what is known of the registry. */
  readonly uploads: UploadLimits;
  /** `GET /v2/`: finds the scheme and the challenges; runs by itself before the first request. */
  checkApi(options?: RequestOptions): Promise<{ scheme: 'http' | 'https' }>;
  /** How the registry is talked to; undefined before the first answer. */
  scheme(): 'http' | 'https' | undefined;
  /** Whether this login is accepted, without touching the stored ones. @throws UNAUTHORIZED with the registry's words. */
  checkLogin(login: Login, options?: RequestOptions): Promise<void>;
  /** The login that the last token or Basic header for this repository was made from. */
  loginUsed(repository: string): Login | undefined;
  /** Forgets tokens, so that the next request looks the login up again. */
  forgetTokens(): void;
  /** It has answered in an earlier start of the application: from now on it is waited for where it does not, as one that has answered here. */
  expectAnswers(): void;
  /** Where it is waited for: looks now whether it is there. */
  tryNow(): void;
  /** The computer has slept, or its network has changed: no connection is taken for alive, and a registry that is waited for is asked. */
  distrust(): void;

  /** Size of the blob in bytes (-1 when the registry does not say), or null when the registry does not have it. */
  headBlob(repository: string, digest: Digest, options?: RequestOptions): Promise<number | null>;
  /** The bytes of a blob of at most `limit` bytes, not compared with the digest; null when it is not there. @throws TOO_LARGE */
  getBlob(repository: string, digest: Digest, limit: number, options?: RequestOptions): Promise<Uint8Array | null>;
  /** POST: opens an upload, or mounts when `mount` is given and the registry can. */
  startUpload(
    repository: string,
    options?: RequestOptions & { mount?: { digest: Digest; from: string } },
  ): Promise<StartedUpload>;
  /**
   * The last request of an upload: PUT with `digest`, with the whole (rest of the) body, or none after PATCHes.
   * @throws DIGEST_MISMATCH when the registry refuses the digest.
   */
  finishUpload(
    session: UploadSession,
    digest: Digest,
    body: UploadBody | null,
    options?: RequestOptions,
  ): Promise<void>;
  /** PATCH of the next bytes from `session.offset`; afterwards `session.offset` is what the registry has. A body may end early. */
  uploadChunk(session: UploadSession, body: UploadBody, options?: RequestOptions): Promise<void>;
  /** GET of the upload: refreshes `session.offset` and `location`. @throws UPLOAD_GONE when the registry forgot it. */
  uploadStatus(session: UploadSession, options?: RequestOptions): Promise<void>;
  /** DELETE of the upload; a failure is not reported. */
  cancelUpload(session: UploadSession): Promise<void>;

  headManifest(repository: string, reference: string, options?: RequestOptions): Promise<RemoteManifest | null>;
  getManifest(
    repository: string,
    reference: string,
    options?: RequestOptions,
  ): Promise<{ bytes: Uint8Array; mediaType: string } | null>;
  /** @throws MANIFEST_REJECTED, TAG_IMMUTABLE besides the common ones. */
  putManifest(
    repository: string,
    reference: string,
    manifest: { bytes: Uint8Array; mediaType: string },
    options?: RequestOptions,
  ): Promise<ManifestReceipt>;
  /** Up to ten thousand tags of a repository; none where it is not known. */
  listTags(repository: string, options?: RequestOptions): Promise<RemoteNames>;
  /** Repositories that it shows to this account; many registries show none. @throws DENIED, UNAUTHORIZED, REGISTRY_ERROR. */
  listRepositories(options?: RequestOptions): Promise<RemoteNames>;
  /** Whether the registry keeps simple signatures itself. */
  supportsSignatures(options?: RequestOptions): Promise<boolean>;
  /** Simple signatures that such a registry has of a manifest. */
  getSignatures(repository: string, digest: Digest, options?: RequestOptions): Promise<Uint8Array[]>;
  putSignature(repository: string, digest: Digest, signature: Uint8Array, options?: RequestOptions): Promise<void>;
  /** Ends all connections; running requests fail with CANCELLED. */
  close(): Promise<void>;
}
