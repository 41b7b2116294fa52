import { isDeepStrictEqual } from 'node:util';
import { type Login, originText } from '../../shared/logins.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import type { CredentialService } from '../credentials/types.ts';
import { createRegistryClient } from '../registry/client.ts';
import type { OnDebug } from '../registry/debug.ts';
import type { EarlyConnections } from '../registry/early-connections.ts';
import { SystemTrust } from '../registry/tls.ts';
import type { NetworkRules, OutageNotice, RegistryClient, TokenServerMemory } from '../registry/types.ts';
import { networkRules } from './network-rules.ts';
import type { ProxySources } from './proxies.ts';

export interface RegistryClientsOptions {
  /** The policy of a registry as it is now. */
  policyOf: (registry: string) => RegistryPolicy;
  credentials: Pick<CredentialService, 'find' | 'httpHeaders'>;
  tlsVerify: boolean | undefined;
  tokenServers?: TokenServerMemory | undefined;
  /** Connections that were begun before it was known who needs them. */
  early?: EarlyConnections | undefined;
  onDebug?: OnDebug | undefined;
  proxies: ProxySources;
  /** `Warning: 299` texts of a registry, each once. */
  onWarning: (registry: string, text: string) => void;
  /** Milliseconds that a registry is waited for that has answered before; absent: not at all. */
  retryForMs?: (() => number) | undefined;
  /** A registry is waited for; undefined: not any more. */
  onOutage?: ((registry: string, outage: OutageNotice | undefined) => void) | undefined;
}

/** One client per registry, so that all jobs share its slots and connections; a new one when the policy has changed. */
export class RegistryClients {
  readonly #options: RegistryClientsOptions;
  readonly #clients = new Map<string, { client: RegistryClient; policy: RegistryPolicy }>();
  readonly #systemTrust = new SystemTrust();
  /** Clients of earlier policies. Jobs may still be using them, so they are closed with the rest and not before. */
  readonly #retired: RegistryClient[] = [];

  constructor(options: RegistryClientsOptions) {
    this.#options = options;
  }

  for(registry: string): RegistryClient {
    const policy = this.#options.policyOf(registry);
    const existing = this.#clients.get(registry);
    if (existing !== undefined && isDeepStrictEqual(existing.policy, policy)) return existing.client;
    if (existing !== undefined) this.#retired.push(existing.client);
    const client = this.fresh(registry);
    this.#clients.set(registry, { client, policy });
    return client;
  }

  /** One that knows nothing yet and shares nothing; the caller closes it. */
  fresh(registry: string): RegistryClient {
    return createRegistryClient({
      registry,
      policy: this.#options.policyOf(registry),
      tlsVerify: this.#options.tlsVerify,
      systemTrust: this.#systemTrust,
      early: this.#options.early,
      tokenServers: this.#options.tokenServers,
      patience: {
        retryForMs: () => this.#options.retryForMs?.() ?? 0,
        onOutage: (notice) => this.#options.onOutage?.(registry, notice),
      },
      network: this.networkOf(registry),
      onWarning: (text) => this.#options.onWarning(registry, text),
      headers: () => this.#options.credentials.httpHeaders(),
      onDebug: this.#options.onDebug,
      login: (repository) => this.#login(registry, repository),
    });
  }

  async #login(registry: string, repository: string | undefined): Promise<Login | undefined> {
    const login = await this.#options.credentials.find(registry, repository);
    const place = repository === undefined ? registry : `${registry}/${repository}`;
    const who = login ? `${login.username}, from ${originText(login.origin)}` : 'none was found';
    this.#options.onDebug?.(`login for ${place}: ${who}`);
    return login;
  }

  /** How the hosts of a registry are reached. */
  networkOf(registry: string): NetworkRules {
    return networkRules({ ...this.#options, registry, policy: this.#options.policyOf(registry) });
  }

  /** How the registry is talked to since its policy last changed; undefined before the first answer. */
  schemeOf(registry: string): 'http' | 'https' | undefined {
    const existing = this.#clients.get(registry);
    const isCurrent = isDeepStrictEqual(existing?.policy, this.#options.policyOf(registry));
    return isCurrent ? existing?.client.scheme() : undefined;
  }

  /** After a login or logout: the next request of this registry looks the login up again. */
  forgetTokens(registry: string): void {
    this.#clients.get(registry)?.client.forgetTokens();
  }

  async close(): Promise<void> {
    const clients = [...this.#retired, ...[...this.#clients.values()].map(({ client }) => client)];
    this.#retired.length = 0;
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }
}
