import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { lookupElsewhere } from './addresses.ts';
import { errorCode, PinMismatchError } from './network-error.ts';
import { certificateFacts, sameFingerprint, type TlsTrust } from './tls.ts';

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

/** Makes a connection to the host of an origin, trusted and ready for HTTP. Fails with the system's, TLS's or undici's error. */
export type Connect = (origin: URL) => Promise<Socket>;

/** How hosts are reached: the one place where a connection begins. */
export function createConnect({ trust, pinnedHost, named, connectTimeout }: ConnectOptions): Connect {
  const common = { allowH2: false, timeout: connectTimeout, ...(named ? { lookup: lookupElsewhere } : {}) };
  const verified = trust.kind === 'any' ? undefined : buildConnector({ ...common, secureContext: trust.context });
  // A pinned certificate need not be valid in any other way; it is compared before anything is sent.
  // No resumed sessions: on those the server shows no certificate, and there would be nothing to compare.
  const unverified = buildConnector({ ...common, rejectUnauthorized: false, maxCachedSessions: 0 });
  return async (origin) => {
    const pin = trust.kind === 'pinned' && sameHost(origin, pinnedHost) ? trust.fingerprint256 : undefined;
    const socket = await connected(verified !== undefined && pin === undefined ? verified : unverified, origin);
    const refusal = pin === undefined ? undefined : pinRefusal(socket, pin);
    if (refusal !== undefined) {
      socket.on('error', () => undefined).destroy();
      throw refusal;
    }
    keepLateResponse(socket);
    return socket;
  };
}

function connected(connect: buildConnector.connector, { host, hostname, protocol, port }: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connect({ host, hostname: hostname.replace(/^\[|\]$/g, ''), protocol, port }, (error, socket) => {
      if (error === null) resolve(socket);
      else reject(error);
    });
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
