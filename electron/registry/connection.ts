import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Dispatcher } from 'undici';
import { buildConnector, Client, Pool } from 'undici';
import { lookupElsewhere } from './addresses.ts';
import { errorCode, PinMismatchError } from './network-error.ts';
import { type HeadState, MAX_HEAD_BYTES, mendHeads } from './response-head.ts';
import { certificateFacts, sameFingerprint, type TlsTrust } from './tls.ts';

/** Milliseconds that an unused connection is kept; undici's own 4 s would close it between two layers. */
const KEEP_ALIVE = 45_000;

/** Milliseconds in which an answer may still arrive after the other side stopped taking our bytes. */
const LATE_RESPONSE_LIMIT = 1_000;

export interface ConnectionOptions {
  trust: TlsTrust;
  /** The registry's own host and port: what a pinned certificate is for. */
  pinnedHost: string;
  /** The registry named this host, and no person did: its name must not lead to a link-local address. */
  named: boolean;
  /** Milliseconds. */
  connectTimeout: number;
  /** Connections at once. */
  connections: number;
}

/** One connection, as an exchange that runs on it sees it. */
export interface Carrier extends HeadState {
  /** Answers that came over the connection that is open now. */
  responses: number;
}

/** What a handler implements to learn which connection carries it. */
export interface CarriedHandler extends Dispatcher.DispatchHandler {
  carrier: Carrier | undefined;
}

/** Connections to one origin: HTTP/1.1, one request at a time on each, our trust. Timeouts belong to each exchange. */
export function createPool(origin: string, options: ConnectionOptions): Pool {
  const connect = createConnector(options);
  return new Pool(origin, {
    connections: options.connections,
    connect,
    maxHeaderSize: MAX_HEAD_BYTES,
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (url, clientOptions) => new CountingClient(url, clientOptions, connect),
  });
}

/** A Client is one connection; this one knows whether it was used before, which decides whether a lost request was stale. */
class CountingClient extends Client implements Carrier {
  responses = 0;
  awaitsHead = false;

  constructor(url: URL, options: Client.Options, connect: buildConnector.connector) {
    const own: { client?: HeadState } = {};
    const connectMended: buildConnector.connector = (target, callback) => {
      connect(target, (...result) => {
        const [, socket] = result;
        if (socket !== null && own.client) mendHeads(socket, own.client);
        callback(...result);
      });
    };
    super(url, { ...options, connect: connectMended });
    own.client = this;
    this.on('connect', () => {
      this.responses = 0;
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if ('carrier' in handler) handler.carrier = this;
    return super.dispatch(options, handler);
  }
}

function createConnector({ trust, pinnedHost, named, connectTimeout }: ConnectionOptions): buildConnector.connector {
  const common = { allowH2: false, timeout: connectTimeout, ...(named ? { lookup: lookupElsewhere } : {}) };
  const verified = trust.kind === 'any' ? undefined : buildConnector({ ...common, secureContext: trust.context });
  // A pinned certificate need not be valid in any other way; `accept` compares it before anything is sent.
  // No resumed sessions: on those the server shows no certificate, and there would be nothing to compare.
  const unverified = buildConnector({ ...common, rejectUnauthorized: false, maxCachedSessions: 0 });
  return (options, callback) => {
    const pin = trust.kind === 'pinned' && sameHost(options, pinnedHost) ? trust.fingerprint256 : undefined;
    const connect = verified !== undefined && pin === undefined ? verified : unverified;
    connect(options, (error, socket) => {
      if (error !== null) return callback(error, null);
      const refusal = pin === undefined ? undefined : pinRefusal(socket, pin);
      if (refusal !== undefined) {
        socket.on('error', () => undefined).destroy();
        return callback(refusal, null);
      }
      keepLateResponse(socket);
      return callback(null, socket);
    });
  };
}

function sameHost({ host, hostname, port }: buildConnector.Options, pinned: string): boolean {
  return pinned === `${host?.replace(/:\d+$/, '') ?? hostname}:${port || '443'}`;
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
