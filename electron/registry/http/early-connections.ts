import type { LookupFunction, Socket, TcpNetConnectOpts } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import { withoutBrackets } from '../../../shared/host-names.ts';
import { VERIFIED } from './verified.ts';

/** Loaded where a connection is begun: most commands begin none, and a list of CAs is parsed for TLS. */
const net = () => process.getBuiltinModule('node:net');
const tls = () => process.getBuiltinModule('node:tls');

/** Who does not answer in this time is reached, or not, by those who need it. Milliseconds. */
const LIMIT = 5_000;

/**
 * TLS connections that are begun by a command's first lines of code while the rest is still loaded: on a long line they are open when it is
 * ready. Nothing is sent over them. Certificates are verified by Node's own list of CAs, so they may only stand for connections that are
 * verified at least as strictly; those that nobody takes are to be ended.
 */
export class EarlyConnections {
  /** By origin. */
  readonly #begun = new Map<string, Begun[]>();
  readonly #taken = new Set<string>();
  #secureContext: SecureContext | undefined;

  /**
   * Begins connections to one more host, of which the first offers HTTP/2; to a host that is known already it does nothing.
   * @param host as in a URL: `host[:port]`
   * @param lookup finds the host's address where that is not done as for any host
   */
  begin(host: string, count: number, lookup?: LookupFunction): void {
    const { origin, hostname, port } = new URL(`https://${host}`);
    if (this.#begun.has(origin)) return;
    const target = { host: withoutBrackets(hostname), port: Number(port || 443), ...(lookup ? { lookup } : {}) };
    const secure = (socket: Socket, index: number) => this.#secure(socket, target.host, count > 1 && index === 0);
    this.#begun.set(
      origin,
      Array.from({ length: count }, (_, index) => begin(target, (socket) => secure(socket, index))),
    );
  }

  /** Loads what TLS needs. It takes some milliseconds, in which connections that were begun before are on their way. */
  loadTls(): SecureContext {
    // One for all: each takes as long as a connection.
    this.#secureContext ??= tls().createSecureContext();
    return this.#secureContext;
  }

  /** Those to this origin, once. They fail as connections do. */
  take(origin: string): Promise<Socket>[] {
    if (this.#taken.has(origin)) return [];
    this.#taken.add(origin);
    return (this.#begun.get(origin) ?? []).map(({ socket, opening }) => {
      // From now on somebody waits for it.
      socket.ref();
      return opening;
    });
  }

  end(): void {
    for (const { socket } of [...this.#begun.values()].flat()) socket.destroy();
  }

  #secure(socket: Socket, host: string, offersHttp2: boolean): TLSSocket {
    const isAddress = host.includes(':') || /^[\d.]+$/.test(host);
    return tls().connect({
      socket,
      secureContext: this.loadTls(),
      ...VERIFIED,
      // The name that the certificate has to be for; an address is not told to the server.
      host,
      ...(isAddress ? {} : { servername: host }),
      ALPNProtocols: offersHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    });
  }
}

interface Begun {
  socket: Socket;
  opening: Promise<Socket>;
}

/** Neither the connection nor its failure keeps the process, or ends it. */
function begin(target: TcpNetConnectOpts, secure: (socket: Socket) => TLSSocket): Begun {
  const socket = net().connect(target);
  socket.unref().setNoDelay(true).setKeepAlive(true, 60_000).setTimeout(LIMIT);
  const opening = new Promise<Socket>((resolve, reject) => {
    const failing = (one: Socket): void => {
      one.on('error', reject);
      one.once('timeout', () => one.destroy(new Error('no connection in time')));
      one.once('close', () => reject(new Error('the connection was closed')));
    };
    failing(socket);
    // Not before: until it is open, Node may try one address of a host after the other, each with a handle of its own.
    socket.once('connect', () => {
      const secured = secure(socket.setTimeout(0));
      failing(secured.setTimeout(LIMIT));
      secured.once('secureConnect', () => resolve(secured.setTimeout(0)));
    });
  });
  opening.catch(() => undefined);
  return { socket, opening };
}
