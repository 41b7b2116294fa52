import type { Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { withoutBrackets } from '../../shared/host-names.ts';
import { VERIFIED } from './verified.ts';

/** Who does not answer in this time is reached, or not, by those who need it. Milliseconds. */
const LIMIT = 5_000;

/**
 * TLS connections to one host, begun by a command's first lines of code while the rest is still loaded: on a long line they are open when
 * it is ready. Nothing is sent over them. Certificates are verified by Node's own list of CAs, so they may only stand for connections that
 * are verified at least as strictly; those that nobody takes are to be ended.
 */
export class EarlyConnections {
  readonly #origin: string;
  readonly #begun: Begun[];
  #isTaken = false;

  /** @param host as in a URL: `host[:port]`. */
  constructor(host: string, count: number) {
    const { origin, hostname, port } = new URL(`https://${host}`);
    this.#origin = origin;
    // One for all: each takes as long as a connection.
    const secureContext = createSecureContext();
    const target = { host: withoutBrackets(hostname), port: Number(port || 443), secureContext };
    this.#begun = Array.from({ length: count }, () => begin(target));
  }

  /** Those to this origin, once. They fail as connections do. */
  take(origin: string): Promise<Socket>[] {
    if (origin !== this.#origin || this.#isTaken) return [];
    this.#isTaken = true;
    return this.#begun.map(({ socket, opening }) => {
      // From now on somebody waits for it.
      socket.ref();
      return opening;
    });
  }

  end(): void {
    for (const { socket } of this.#begun) socket.destroy();
  }
}

interface Target {
  host: string;
  port: number;
  secureContext: SecureContext;
}

interface Begun {
  socket: Socket;
  opening: Promise<Socket>;
}

/** Neither the connection nor its failure keeps the process, or ends it. */
function begin({ host, port, secureContext }: Target): Begun {
  const isAddress = host.includes(':') || /^[\d.]+$/.test(host);
  const socket = connect({
    host,
    port,
    secureContext,
    ...VERIFIED,
    ...(isAddress ? {} : { servername: host }),
    ALPNProtocols: ['http/1.1'],
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
