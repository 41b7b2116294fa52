import { setMaxListeners } from 'node:events';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { lookupElsewhere } from './addresses.ts';
import { errorCode, PinMismatchError } from './network-error.ts';
import { certificateFacts, isUnknownAuthority, sameFingerprint, type TlsTrust, type VerifyingTrust } from './tls.ts';

/** Milliseconds in which an answer may still arrive after the other side stopped taking our bytes. */
const LATE_RESPONSE_LIMIT = 1_000;

export interface ConnectOptions {
  trust: TlsTrust;
  /** The registry's own host and port: what a pinned certificate is for. */
  pinnedHost: string;
  /** The registry named this host, and no person did: its name must not lead to a link-local address. */
  named: boolean;
  /** Milliseconds. */
  connectTimeout: number;
}

/**
 * Makes a connection to the host of an origin, trusted and ready for HTTP. Fails with the system's, TLS's or undici's error; when the
 * signal says that nobody needs it, it may end before it is open, so that the process does not wait for it.
 */
export type Connect = (origin: URL, unneeded?: AbortSignal) => Promise<Socket>;

/** How hosts are reached: the one place where a connection begins. */
export function createConnect({ trust, pinnedHost, named, connectTimeout }: ConnectOptions): Connect {
  const common = { allowH2: false, timeout: connectTimeout, ...(named ? { lookup: lookupElsewhere } : {}) };
  const verified = trust.kind === 'any' ? undefined : verifiedConnect(trust, common);
  // A pinned certificate need not be valid in any other way; it is compared before anything is sent.
  // No resumed sessions: on those the server shows no certificate, and there would be nothing to compare.
  const unverified = buildConnector({ ...common, rejectUnauthorized: false, maxCachedSessions: 0 });
  return async (origin, unneeded) => {
    const pin = trust.kind === 'pinned' && sameHost(origin, pinnedHost) ? trust.fingerprint256 : undefined;
    const isVerified = verified !== undefined && pin === undefined;
    const socket = await (isVerified ? verified(origin, unneeded) : connected(unverified, origin, unneeded));
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
function verifiedConnect({ context, system }: VerifyingTrust, options: buildConnector.BuildOptions): Connect {
  if (context !== undefined) {
    const connect = buildConnector({ ...options, secureContext: context });
    return (origin, unneeded) => connected(connect, origin, unneeded);
  }
  const quick = buildConnector(options);
  let whole: buildConnector.connector | undefined;
  const byWhole: Connect = (origin, unneeded) => {
    whole ??= buildConnector({ ...options, secureContext: system.context });
    return connected(whole, origin, unneeded);
  };
  return async (origin, unneeded) => {
    if (origin.protocol !== 'https:') return connected(quick, origin, unneeded);
    if (system.isNeeded) return byWhole(origin, unneeded);
    try {
      return await connected(quick, origin, unneeded);
    } catch (error) {
      if (!isUnknownAuthority(error)) throw error;
      const socket = await byWhole(origin, unneeded);
      system.isNeeded = true;
      return socket;
    }
  };
}

/** A connection that is open, made fit for what registries do. */
export function readyForHttp(socket: Socket): Socket {
  keepLateResponse(socket);
  return socket;
}

function connected(
  connect: buildConnector.connector,
  { host, hostname, protocol, port }: URL,
  unneeded: AbortSignal | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // What undici's types do not tell: it returns the socket that is about to connect.
    const begun: unknown = connect(
      { host, hostname: hostname.replace(/^\[|\]$/g, ''), protocol, port },
      (error, socket) => {
        if (error === null) resolve(socket);
        else reject(error);
      },
    );
    if (!(begun instanceof Socket) || !unneeded) return;
    setMaxListeners(0, unneeded);
    const end = () => void begun.destroy(new Error('the connection is not needed any more'));
    unneeded.addEventListener('abort', end, { once: true });
    begun.once('close', () => unneeded.removeEventListener('abort', end));
  });
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
