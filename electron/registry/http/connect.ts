import { setMaxListeners } from 'node:events';
import { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { withoutBrackets } from '../../../shared/host-names.ts';
import type { ProxyUrl } from '../../../shared/proxy-url.ts';
import { lookupElsewhere } from './addresses.ts';
import { connectToProxy, openTunnel } from './connect-through.ts';
import { errorCode, PinMismatchError } from './network-error.ts';
import { isAskedByUrl, proxyTarget } from './proxy.ts';
import {
  certificateFacts,
  isUnknownAuthority,
  type SystemTrust,
  sameFingerprint,
  type TlsTrust,
  type VerifyingTrust,
} from './tls.ts';
import { VERIFIED } from './verified.ts';

/** Milliseconds in which an answer may still arrive after the other side stopped taking our bytes. */
const LATE_RESPONSE_LIMIT = 1_000;

export interface ConnectOptions {
  /** Of the origin; asked for each new connection, so that renewed files count. */
  trust: () => Promise<TlsTrust>;
  /** Absent: the host is asked directly. */
  proxy: ProxyUrl | undefined;
  /** Whose CAs the certificate of a proxy of `https:` is checked with. */
  system: SystemTrust;
  /** The registry's own host and port: what a pinned certificate is for. */
  pinnedHost: string;
  /** The registry named this host, and no person did: its name must not lead to a link-local address. */
  named: boolean;
  /** Milliseconds. */
  connectTimeout: number;
  /** HTTP/2 is offered, too; the other side chooses. */
  offersHttp2?: boolean;
}

/**
 * Makes a connection to the host of an origin, trusted and ready for HTTP. Fails with the system's, TLS's or undici's error; when the
 * signal says that nobody needs it, it may end before it is open, so that the process does not wait for it.
 */
export type Connect = (origin: URL, unneeded?: AbortSignal) => Promise<Socket>;

/** How hosts are reached: the one place where a connection begins. */
export function createConnect(options: ConnectOptions): Connect {
  const { pinnedHost, named, connectTimeout, proxy, system, offersHttp2 = false } = options;
  const connectors = new Connectors({
    allowH2: offersHttp2,
    preferH2: offersHttp2,
    timeout: connectTimeout,
    ...VERIFIED,
    ...(named ? { lookup: lookupElsewhere } : {}),
  });
  const tunnel = { system, timeout: connectTimeout };
  return async (origin, unneeded) => {
    const attempt = async (connect: buildConnector.connector): Promise<Socket> => {
      const through = proxy && (await openTunnel(proxy, proxyTarget(origin), tunnel));
      if (through && origin.protocol === 'http:') return through;
      if (unneeded?.aborted) throw unneededConnection();
      return connected(connect, origin, unneeded, through);
    };
    // A registry without TLS is asked for whole URLs, on a connection to a proxy of HTTP itself.
    if (proxy && isAskedByUrl(proxy, origin.protocol)) return readyForHttp(await connectToProxy(proxy, tunnel));
    if (origin.protocol === 'http:') return readyForHttp(await attempt(connectors.quick));
    const trust = await options.trust();
    const pin = trust.kind === 'pinned' && sameHost(origin, pinnedHost) ? trust.fingerprint256 : undefined;
    const isVerified = trust.kind !== 'any' && pin === undefined;
    const socket = await (isVerified
      ? verified(trust, connectors, attempt)
      : attempt(connectors.unverified(trust.context)));
    const refusal = pin === undefined ? undefined : pinRefusal(socket, pin);
    if (refusal !== undefined) {
      socket.on('error', () => undefined).destroy();
      throw refusal;
    }
    return readyForHttp(socket);
  };
}

/**
 * Node's own list of CAs costs nothing, the system's a while. So most registries never need that: it is read when a certificate is of an
 * authority that Node does not know.
 */
async function verified(
  { context, system }: VerifyingTrust,
  connectors: Connectors,
  attempt: (connect: buildConnector.connector) => Promise<Socket>,
): Promise<Socket> {
  if (context !== undefined) return attempt(connectors.with(context));
  if (system.isNeeded) return attempt(connectors.with(system.context));
  try {
    return await attempt(connectors.quick);
  } catch (error) {
    if (!isUnknownAuthority(error)) throw error;
    const socket = await attempt(connectors.with(system.context));
    system.isNeeded = true;
    return socket;
  }
}

/** undici's connectors, one for each context: they know the TLS sessions that can be resumed. */
class Connectors {
  readonly quick: buildConnector.connector;
  readonly #options: buildConnector.BuildOptions;
  readonly #byContext = new WeakMap<SecureContext, buildConnector.connector>();

  constructor(options: buildConnector.BuildOptions) {
    this.#options = options;
    this.quick = buildConnector(options);
  }

  with(context: SecureContext): buildConnector.connector {
    const known = this.#byContext.get(context) ?? buildConnector({ ...this.#options, secureContext: context });
    this.#byContext.set(context, known);
    return known;
  }

  /**
   * A pinned certificate need not be valid in any other way; it is compared before anything is sent. No resumed sessions: on those the
   * server shows no certificate, and there would be nothing to compare.
   */
  unverified(context: SecureContext | undefined): buildConnector.connector {
    const unverified = { ...this.#options, rejectUnauthorized: false, maxCachedSessions: 0 };
    return buildConnector(context ? { ...unverified, secureContext: context } : unverified);
  }
}

/** A connection that is open, made fit for what registries do. */
export function readyForHttp(socket: Socket): Socket {
  keepLateResponse(socket);
  // What the other side says by TLS 1.3 when it refuses our certificate comes before the end of the connection, which undici would tell instead.
  socket.once('error', (error) => socket.destroy(error));
  return socket;
}

function connected(
  connect: buildConnector.connector,
  { host, hostname, protocol, port }: URL,
  unneeded: AbortSignal | undefined,
  through: Socket | undefined,
): Promise<Socket> {
  const place = { host, hostname: withoutBrackets(hostname), protocol, port };
  return new Promise((resolve, reject) => {
    // What undici's types do not tell: it returns the socket that is about to connect.
    const begun: unknown = connect(through ? { ...place, httpSocket: through } : place, (error, socket) => {
      if (error === null) resolve(socket);
      else reject(error);
    });
    if (!(begun instanceof Socket) || !unneeded) return;
    setMaxListeners(0, unneeded);
    const end = () => void begun.destroy(unneededConnection());
    unneeded.addEventListener('abort', end, { once: true });
    begun.once('close', () => unneeded.removeEventListener('abort', end));
  });
}

function unneededConnection(): Error {
  return new Error('the connection is not needed any more');
}

function sameHost({ hostname, port }: URL, pinned: string): boolean {
  return pinned === `${hostname}:${port || '443'}`;
}

function pinRefusal(socket: Socket, pin: string): PinMismatchError | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const facts = certificateFacts(socket);
  return facts !== undefined && sameFingerprint(facts.fingerprint256, pin) ? undefined : new PinMismatchError(facts);
}

type WriteCallback = (error?: Error | null) => void;

/**
 * A registry (or a proxy) that refuses a body answers 401 or 413 and closes while we are still writing. The write then fails with
 * EPIPE or ECONNRESET, which destroys the socket although the answer lies ready to be read. So a failed write is reported a
 * moment later: by then the answer has been read and the request is over.
 */
function keepLateResponse(socket: Socket): void {
  const later = (callback: WriteCallback): WriteCallback => {
    return (error) => {
      const code = errorCode(error);
      if (code !== 'EPIPE' && code !== 'ECONNRESET') return callback(error);
      const timer = setTimeout(() => callback(error), LATE_RESPONSE_LIMIT);
      socket.once('close', () => {
        clearTimeout(timer);
        callback(error);
      });
    };
  };
  const write = socket._write.bind(socket);
  socket._write = (chunk: unknown, encoding, callback) => write(chunk, encoding, later(callback));
  const writev = socket._writev?.bind(socket);
  if (writev) socket._writev = (chunks, callback) => writev(chunks, later(callback));
}
