import type { LookupFunction, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { withoutBrackets } from '../../../shared/host-names.ts';
import { VERIFIED } from './verified.ts';

/** Loaded where a connection is begun: it parses a list of CAs, and most commands begin none. */
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
  /** One for all: each takes as long as a connection. */
  readonly #secureContext = tls().createSecureContext();

  /**
   * Begins connections to one more host, of which the first offers HTTP/2; to a host that is known already it does nothing.
   * @param host as in a URL: `host[:port]`
   * @param lookup finds the host's address where that is not done as for any host
   */
  begin(host: string, count: number, lookup?: LookupFunction): void {
    const { origin, hostname, port } = new URL(`https://${host}`);
    if (this.#begun.has(origin)) return;
    const target = { host: withoutBrackets(hostname), port: Number(port || 443), secureContext: this.#secureContext };
    const more = lookup ? { lookup } : {};
    this.#begun.set(
      origin,
      Array.from({ length: count }, (_, index) => begin({ ...target, ...more }, count > 1 && index === 0)),
    );
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
}

interface Target {
  host: string;
  port: number;
  secureContext: SecureContext;
  lookup?: LookupFunction;
}

interface Begun {
  socket: Socket;
  opening: Promise<Socket>;
}

/** Neither the connection nor its failure keeps the process, or ends it. */
function begin(target: Target, offersHttp2: boolean): Begun {
  const { host } = target;
  const isAddress = host.includes(':') || /^[\d.]+$/.test(host);
  const socket = tls().connect({
    ...target,
    ...VERIFIED,
    ...(isAddress ? {} : { servername: host }),
    ALPNProtocols: offersHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    timeout: LIMIT,
  });
  socket.unref().setNoDelay(true).setKeepAlive(true, 60_000);
  const opening = new Promise<Socket>((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket.setTimeout(0)));
    socket.on('error', reject);
    socket.once('timeout', () => socket.destroy(new Error('no connection in time')));
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
  opening.catch(() => undefined);
  return { socket, opening };
}
