import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Throttle } from './throttle.ts';

export interface ProxyOptions {
  /** Where connections lead: `host:port`; with several to each in turn, as a balancer of connections does. */
  target: string | readonly string[];
  /** Milliseconds that a byte takes there and back; half of it is waited in each direction. */
  roundTripMs?: number | undefined;
  /** What all connections together let through to the target; 0 = no limit. */
  bytesPerSecond?: number | undefined;
  /** A new connection costs a round trip, as TCP's handshake does over a long line. */
  delaysConnections?: boolean | undefined;
  /** Called for each connection. */
  watch?: (() => ConnectionWatch) | undefined;
}

/** Hears when bytes of one connection come in from the client, and when bytes are handed to it. */
export interface ConnectionWatch {
  sent(): void;
  received(): void;
}

/** A TCP proxy at 127.0.0.1 that stands for the network between a client and a registry. */
export interface TcpProxy extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** May be changed at any time; holds for what arrives afterwards. */
  roundTripMs: number;
  /** What all connections together let through to the target; 0 = no limit. May be changed at any time. */
  bytesPerSecond: number;
  /** While true, new connections are closed at once: the network is down. */
  down: boolean;
  /** Bytes that came from clients, and from the target. */
  readonly sent: number;
  readonly received: number;
  /** Connections so far. */
  readonly accepted: number;
  /** Connections that are open. */
  readonly open: number;
  /** Ends all connections now, with a reset. */
  cut(): void;
  /** Calls `cut` as soon as so many bytes more have come from clients. */
  cutAfter(bytes: number): void;
  close(): Promise<void>;
}

interface Traffic {
  sent: number;
  received: number;
  accepted: number;
  cutAt: number;
  pairs: Set<Socket>;
  throttle: Throttle;
}

/** Starts the proxy; `close()` (or `await using`) ends it. */
export async function startProxy(options: ProxyOptions): Promise<TcpProxy> {
  const targets = [options.target].flat().map(addressOf);
  const traffic: Traffic = {
    sent: 0,
    received: 0,
    accepted: 0,
    cutAt: Number.POSITIVE_INFINITY,
    pairs: new Set(),
    throttle: new Throttle(options.bytesPerSecond),
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const target = targets[traffic.accepted % targets.length];
    if (proxy.down || !target) {
      client.resetAndDestroy();
      return;
    }
    traffic.accepted += 1;
    const upstream = connect({ ...target, noDelay: true, allowHalfOpen: true });
    track(traffic, client, upstream);
    const watch = options.watch?.();
    if (options.delaysConnections) holdBack(client, proxy.roundTripMs);
    relay(
      client,
      upstream,
      () => proxy.roundTripMs,
      (bytes) => {
        watch?.sent();
        traffic.sent += bytes;
        if (traffic.sent < traffic.cutAt) return;
        traffic.cutAt = Number.POSITIVE_INFINITY;
        proxy.cut();
      },
    );
    limit(client, traffic.throttle);
    relay(
      upstream,
      client,
      () => proxy.roundTripMs,
      (bytes) => {
        traffic.received += bytes;
      },
      () => watch?.received(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const proxy = proxyOf(
    traffic,
    `127.0.0.1:${(server.address() as AddressInfo).port}`,
    options.roundTripMs ?? 0,
    async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of traffic.pairs) socket.destroy();
      await closed;
    },
  );
  return proxy;
}

function addressOf(target: string): { host: string; port: number } {
  const colon = target.lastIndexOf(':');
  return { host: target.slice(0, colon), port: Number(target.slice(colon + 1)) };
}

function proxyOf(traffic: Traffic, host: string, roundTripMs: number, close: () => Promise<void>): TcpProxy {
  return {
    host,
    roundTripMs,
    get bytesPerSecond() {
      return traffic.throttle.bytesPerSecond;
    },
    set bytesPerSecond(value) {
      traffic.throttle.bytesPerSecond = value;
    },
    down: false,
    get sent() {
      return traffic.sent;
    },
    get received() {
      return traffic.received;
    },
    get accepted() {
      return traffic.accepted;
    },
    get open() {
      return Math.ceil(traffic.pairs.size / 2);
    },
    cut: () => {
      for (const socket of traffic.pairs) socket.resetAndDestroy();
    },
    cutAfter: (bytes) => {
      traffic.cutAt = traffic.sent + bytes;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function track(traffic: Traffic, client: Socket, upstream: Socket): void {
  const watch = (socket: Socket, other: Socket) => {
    traffic.pairs.add(socket);
    // The other side learns of it by the end of its own connection.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      traffic.pairs.delete(socket);
      // A proper end is passed on by the relay, after what is still under way.
      if (!socket.readableEnded) other.resetAndDestroy();
    });
  };
  watch(client, upstream);
  watch(upstream, client);
}

/** The system has accepted the connection already, so what comes over it waits instead. */
function holdBack(client: Socket, delayMs: number): void {
  client.pause();
  const timer = setTimeout(() => client.resume(), delayMs);
  client.once('close', () => clearTimeout(timer));
}

/** Reads no more while what came is not paid for: it lies in the sockets' buffers, as before a slow line. */
function limit(client: Socket, throttle: Throttle): void {
  const ended = new AbortController();
  client.once('close', () => ended.abort());
  client.on('data', (chunk: Buffer) => {
    if (throttle.bytesPerSecond === 0) return;
    client.pause();
    throttle.take(chunk.length, ended.signal).then(
      () => client.resume(),
      () => undefined,
    );
  });
}

/** Passes bytes on in order, each after half a round trip; holds back no more than the delay and the sockets' buffers need. */
function relay(
  from: Socket,
  to: Socket,
  roundTripMs: () => number,
  count: (bytes: number) => void,
  passed: () => void = () => undefined,
): void {
  const timers = new Set<NodeJS.Timeout>();
  const pass = (chunk: Buffer) => {
    passed();
    if (to.writable && !to.write(chunk) && !from.isPaused()) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  };
  const later = (work: () => void) => {
    const delay = roundTripMs() / 2;
    // What came before must go before, also when the delay has just been taken away.
    if (delay <= 0 && timers.size === 0) {
      work();
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, delay);
    timers.add(timer);
  };
  from.on('data', (chunk: Buffer) => {
    count(chunk.length);
    later(() => pass(chunk));
  });
  from.on('end', () => later(() => to.end()));
  to.on('close', () => {
    for (const timer of timers) clearTimeout(timer);
  });
}
