import { PushboatError } from '../../../shared/errors.ts';
import type { ProxyUrl } from '../../../shared/proxy-url.ts';
import { registryApiHost } from '../../../shared/reference.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { createConnect, readyForHttp } from './connect.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { EarlyConnections } from './early-connections.ts';
import type { Timeouts } from './limits.ts';
import { type HostCertificates, isUnknownAuthority, type SystemTrust, type TlsTrust, trustFor } from './tls.ts';

/** How the hosts of one registry are reached, by what is set on this computer. */
export interface NetworkRules {
  /** Asked for each new host. Undefined: directly. @throws PushboatError PROXY_INVALID */
  proxyFor(url: URL): Promise<ProxyUrl | undefined>;
  /** Asked for each new connection, so that renewed files count. @throws PushboatError SETTINGS_UNREADABLE naming the file */
  certificatesFor(url: URL): Promise<HostCertificates>;
  /** Whether the registry counts as one with `--tls-verify=false` for its address. Absent: no. @throws PushboatError SETTINGS_UNREADABLE */
  isInsecure?(): Promise<boolean>;
}

export interface RoutesOptions {
  registry: string;
  policy: RegistryPolicy;
  tlsVerify: boolean | undefined;
  network: NetworkRules;
  systemTrust: SystemTrust;
  early: EarlyConnections | undefined;
  timeouts: Timeouts;
  /** To each origin at the most. */
  connections: number;
  /** Called when a host takes many questions on one connection. Absent: none is asked to. */
  onMultiplexed?: (() => void) | undefined;
}

/** Connections of its own, one to each origin, for requests that have to meet the same node of a registry. */
export interface Lane {
  readonly routes: Map<string, Route>;
  close(): Promise<void>;
}

/** The connections to one origin. */
export interface Route {
  pool: ConnectionPool;
  proxy: ProxyUrl | undefined;
}

/** The connections to all origins that the requests of one registry lead to: opened with the first request, and kept. */
export class Routes {
  readonly #options: RoutesOptions;
  readonly #shared = new Map<string, Route>();
  readonly #lanes = new Set<Lane>();
  #closed = false;

  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  /** @throws PushboatError CANCELLED when all was closed, and those of the network's rules. */
  async to(url: URL, lane: Lane | undefined): Promise<Route> {
    const routes = lane?.routes ?? this.#shared;
    const known = routes.get(url.origin);
    if (known) return known;
    const proxy = await this.#options.network.proxyFor(url);
    // Known now, so that connections that were begun early are taken before others begin.
    const first = url.protocol === 'https:' ? await this.#trustFor(url) : undefined;
    if (this.#closed) throw new PushboatError('CANCELLED', 'The work was cancelled.');
    const meanwhile = routes.get(url.origin);
    if (meanwhile) return meanwhile;
    const route = { pool: this.#poolTo(url, proxy, lane !== undefined), proxy };
    routes.set(url.origin, route);
    const isPlainlyVerified = first?.kind === 'verify' && first.context === undefined && proxy === undefined;
    if (!lane && isPlainlyVerified) this.#adoptEarly(route.pool, url.origin);
    return route;
  }

  /** Whoever opens a lane closes it. Nothing is connected before its first request. */
  openLane(): Lane {
    const routes = new Map<string, Route>();
    const lane: Lane = {
      routes,
      close: async () => {
        this.#lanes.delete(lane);
        await destroyAll(routes);
      },
    };
    this.#lanes.add(lane);
    return lane;
  }

  /** As `ConnectionPool.distrust`, for all of them. */
  distrust(): void {
    for (const routes of [this.#shared, ...[...this.#lanes].map((lane) => lane.routes)])
      for (const { pool } of routes.values()) pool.distrust();
  }

  /** Ends all connections, and opens no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([destroyAll(this.#shared), ...[...this.#lanes].map((lane) => lane.close())]);
  }

  /** As it is at this moment: files of certificates may be renewed. */
  async #trustFor(url: URL): Promise<TlsTrust> {
    const { policy, tlsVerify, network, systemTrust } = this.#options;
    const isInsecure = tlsVerify === undefined && (await network.isInsecure?.());
    return trustFor(policy, isInsecure ? false : tlsVerify, await network.certificatesFor(url), systemTrust);
  }

  #poolTo(url: URL, proxy: ProxyUrl | undefined, isLane: boolean): ConnectionPool {
    const { registry, systemTrust, timeouts, connections, onMultiplexed } = this.#options;
    const { host, port, hostname } = new URL(`https://${registryApiHost(registry)}`);
    const way = {
      trust: () => this.#trustFor(url),
      proxy,
      system: systemTrust,
      pinnedHost: port === '' ? `${hostname}:443` : host,
      named: url.hostname !== hostname,
      connectTimeout: timeouts.connect,
    };
    const origin = new URL(url.origin);
    if (isLane) return new ConnectionPool(origin, createConnect(way), 1);
    const multiplexing = onMultiplexed && {
      connect: createConnect({ ...way, offersHttp2: true }),
      onOpen: onMultiplexed,
    };
    return new ConnectionPool(origin, createConnect(way), connections, multiplexing);
  }

  /** Those that were begun early are verified as all of this trust; one that was not trusted tells where the CA is not. */
  #adoptEarly(pool: ConnectionPool, origin: string): void {
    const { early, systemTrust } = this.#options;
    for (const socket of early?.take(origin) ?? []) {
      pool.adopt(socket.then(readyForHttp));
      socket.catch((error: unknown) => {
        if (isUnknownAuthority(error)) systemTrust.isNeeded = true;
      });
    }
  }
}

async function destroyAll(routes: Map<string, Route>): Promise<void> {
  const all = [...routes.values()];
  routes.clear();
  await Promise.all(all.map(({ pool }) => pool.destroy()));
}
