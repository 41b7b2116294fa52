import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Digest, parseDigest } from '../../shared/digest.ts';
import { Auth, type AuthOptions } from './auth.ts';
import { digestOf, openDiskStore, openMemoryStore } from './blob-store.ts';
import { Faults } from './faults.ts';
import { checkManifest } from './manifest-check.ts';
import { defaultQuirks, type Quirks } from './quirks.ts';
import type { RequestRecord } from './request-log.ts';
import type { RegistryState } from './routes.ts';
import { type ServeContext, serve } from './serve.ts';
import { Storage, type StoredManifest } from './storage.ts';
import { Throttle } from './throttle.ts';

export interface RegistryOptions {
  /** Default: no login needed. */
  auth?: AuthOptions | undefined;
  /** PEM texts; HTTPS when given. */
  tls?: { key: string; cert: string } | undefined;
  /** Default `disk`: a temporary folder. `memory` for small blobs. */
  storage?: 'disk' | 'memory' | undefined;
  quirks?: Partial<Quirks> | undefined;
  /** Milliseconds to wait before each request is looked at. */
  latencyMs?: number | undefined;
  /** All request bodies together are read at this rate. 0 = no limit. */
  bytesPerSecond?: number | undefined;
  /** Also listens at a second port that stands for signed storage on another host. */
  elsewhere?: boolean | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
}

/** An OCI distribution registry in this process, at 127.0.0.1. */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`, as in a reference. */
  readonly host: string;
  /** `http://127.0.0.1:port` without a slash at the end. */
  readonly url: string;
  readonly elsewhereUrl: string | undefined;
  /** Every request so far, in order of arrival. May be emptied. */
  readonly requests: RequestRecord[];
  readonly faults: Faults;
  /** May be changed at any time. */
  readonly quirks: Quirks;
  readonly throttle: Throttle;
  readonly latency: { ms: number };
  readonly auth: Auth;
  /** Requests that brought Authorization to the second listener: there must be none. */
  leaks(): RequestRecord[];
  seedBlob(repository: string, bytes: Uint8Array): Promise<Digest>;
  /** Stores a manifest under `reference` (tag or digest). What it refers to must be there. */
  seedManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): Digest;
  /** As a clean-up or a damaged disk does it: nothing else is changed. */
  loseBlob(repository: string, digest: Digest): void;
  loseManifest(repository: string, digest: Digest): void;
  /** Digests of a repository's blobs, or of all. */
  blobs(repository?: string): Digest[];
  readBlob(digest: Digest | string): Promise<Buffer>;
  /** By digest. */
  manifests(repository: string): ReadonlyMap<Digest, StoredManifest>;
  manifest(repository: string, reference: string): { digest: Digest; manifest: StoredManifest } | undefined;
  /** Digests by tag. */
  tags(repository: string): ReadonlyMap<string, Digest>;
  /** Ids of the uploads that are open. */
  uploads(): string[];
  /** Sockets that are open, of both listeners. */
  connections(): number;
  /** Another node of this registry, which shares all but its open uploads. It is closed before this one. */
  replica(): Promise<TestRegistry>;
  /** Ends all connections, forgets everything and removes the temporary folder. */
  close(): Promise<void>;
}

/** Starts a registry; `close()` (or `await using`) ends it. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  return startNode(options, new Storage(options.storage === 'memory' ? openMemoryStore() : await openDiskStore()));
}

async function startNode(options: RegistryOptions, storage: Storage): Promise<TestRegistry> {
  const state: RegistryState = { storage, quirks: { ...defaultQuirks(), ...options.quirks }, elsewhere: undefined };
  const ending = new AbortController();
  const sockets = new Map<string, Socket>();
  const context: ServeContext = {
    state,
    auth: new Auth(options.auth ?? { kind: 'none' }),
    faults: new Faults(),
    throttle: new Throttle(options.bytesPerSecond ?? 0),
    latency: { ms: options.latencyMs ?? 0 },
    requests: [],
    scheme: options.tls ? 'https' : 'http',
    rawSocket: (socket) => sockets.get(socketKey(socket)),
    signal: ending.signal,
  };
  const main = await listen(context, 'main', options, sockets);
  const second = options.elsewhere ? await listen(context, 'elsewhere', { ...options, port: 0 }, sockets) : undefined;
  state.elsewhere = second && `${context.scheme}://${second.host}`;
  const close = async () => {
    ending.abort();
    const closed = [main, ...(second ? [second] : [])].map(({ server }) => closeServer(server));
    const ended = [...sockets.values()].map(endSocket);
    await Promise.all([...closed, ...ended]);
    await storage.close();
  };
  const replica = (): Promise<TestRegistry> => startNode({ ...options, port: 0 }, new Storage(storage.blobs, storage));
  return registryOf(context, main.host, close, { connections: () => sockets.size, replica });
}

function registryOf(
  context: ServeContext,
  host: string,
  close: () => Promise<void>,
  rest: Pick<TestRegistry, 'connections' | 'replica'>,
): TestRegistry {
  const { state, requests, faults, throttle, latency, auth } = context;
  const { storage, quirks } = state;
  return {
    host,
    url: `${context.scheme}://${host}`,
    elsewhereUrl: state.elsewhere,
    requests,
    faults,
    quirks,
    throttle,
    latency,
    auth,
    leaks: () => requests.filter((request) => request.listener === 'elsewhere' && request.authorization !== undefined),
    seedBlob: async (repository, bytes) => {
      const upload = await storage.beginUpload(repository);
      await upload.pending.append(bytes);
      const digest = await upload.pending.digest('sha256');
      await storage.endUpload(upload, digest);
      return digest;
    },
    seedManifest: (name, reference, bytes, mediaType) => {
      const repository = storage.repository(name);
      const digest = digestOf(bytes);
      repository.manifests.set(digest, checkManifest(repository, bytes, mediaType));
      if (reference !== digest) repository.tags.set(reference, digest);
      return digest;
    },
    loseBlob: (repository, digest) => void storage.repository(repository).blobs.delete(digest),
    loseManifest: (repository, digest) => void storage.repository(repository).manifests.delete(digest),
    blobs: (repository) =>
      repository === undefined ? storage.blobs.digests() : [...(storage.repositories.get(repository)?.blobs ?? [])],
    readBlob: async (digest) => Buffer.concat(await storage.blobs.read(parseDigest(digest)).toArray()),
    manifests: (repository) => storage.repositories.get(repository)?.manifests ?? new Map(),
    manifest: (repository, reference) => storage.findManifest(repository, reference),
    tags: (repository) => storage.repositories.get(repository)?.tags ?? new Map(),
    uploads: () => [...storage.uploads.keys()],
    ...rest,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function listen(
  context: ServeContext,
  listener: RequestRecord['listener'],
  options: RegistryOptions,
  sockets: Map<string, Socket>,
): Promise<{ server: Server; host: string }> {
  const handler: Parameters<typeof createServer>[1] = (request, response) =>
    void serve(context, listener, request, response);
  // Uploads of any length and slowness are allowed: tests set their own limits.
  const limits = { requestTimeout: 0, keepAliveTimeout: 60_000, noDelay: true };
  const server = options.tls ? createTlsServer({ ...limits, ...options.tls }, handler) : createServer(limits, handler);
  server.on('connection', (socket: Socket) => {
    const key = socketKey(socket);
    sockets.set(key, socket);
    // A reset by the client is none of our failures.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(key));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function endSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.destroy();
  });
}

/** Both ports: what a TLS socket and the raw connection under it have in common. */
function socketKey(socket: Socket): string {
  return `${socket.localPort}:${socket.remotePort}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
