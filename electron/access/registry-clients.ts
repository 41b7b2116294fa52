import { isDeepStrictEqual } from 'node:util';
import { PushboatError } from '../../shared/errors.ts';
import { type Login, originText } from '../../shared/logins.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import type { CredentialService } from '../credentials/types.ts';
import type { TokenServerMemory } from '../registry/auth/tokens.ts';
import { createRegistryClient } from '../registry/client.ts';
import type { OnDebug } from '../registry/http/debug.ts';
import type { EarlyConnections } from '../registry/http/early-connections.ts';
import type { NetworkRules } from '../registry/http/routes.ts';
import { SystemTrust } from '../registry/http/tls.ts';
import type { OutageReport, RegistryClient } from '../registry/types.ts';
import { networkRules } from './network-rules.ts';
import { fileRules, type NetworkPlaces } from './registry-files.ts';

export interface RegistryClientsOptions {
  /** The policy of a registry as it is now. */
  policyOf: (registry: string) => RegistryPolicy;
  credentials: Pick<CredentialService, 'find' | 'findKept' | 'httpHeaders'>;
  tlsVerify: boolean | undefined;
  tokenServers?: TokenServerMemory | undefined;
  /** Connections that were begun before it was known who needs them. */
  early?: EarlyConnections | undefined;
  onDebug?: OnDebug | undefined;
  /** Where this computer says how registries are reached. */
  places: NetworkPlaces;
  /** `Warning: 299` texts of a registry, each once. */
  onWarning: (registry: string, text: string) => void;
  /** Milliseconds that a registry is waited for that has answered before, where its policy does not say so; absent: not at all. */
  retryForMs?: (() => number) | undefined;
  /** A registry is waited for; undefined: not any more. */
  onOutage?: ((registry: string, outage: OutageReport | undefined) => void) | undefined;
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

  /** @throws PushboatError REGISTRY_BLOCKED, SETTINGS_UNREADABLE for a file that cannot be understood */
  for(registry: string, repository?: string): RegistryClient {
    const policy = this.#options.policyOf(registry);
    const tlsVerify = this.#tlsVerify(registry, repository, policy);
    const key = `${registry} ${tlsVerify}`;
    const existing = this.#clients.get(key);
    if (existing !== undefined && isDeepStrictEqual(existing.policy, policy)) return existing.client;
    if (existing !== undefined) this.#retired.push(existing.client);
    const client = this.#make(registry, policy, tlsVerify);
    this.#clients.set(key, { client, policy });
    return client;
  }

  /** One that knows nothing yet and shares nothing; the caller closes it. */
  fresh(registry: string): RegistryClient {
    const policy = this.#options.policyOf(registry);
    return this.#make(registry, policy, this.#tlsVerify(registry, undefined, policy));
  }

  /** What was set in Pushboat, or for this command, counts more than the files. */
  #tlsVerify(registry: string, repository: string | undefined, { tls }: RegistryPolicy): boolean | undefined {
    const { insecure, blocked } = fileRules(registry, repository, this.#options.places);
    if (blocked !== undefined) throw blockedIn(blocked, registry);
    const isInsecure = insecure !== undefined && tls === undefined;
    return this.#options.tlsVerify ?? (isInsecure ? false : undefined);
  }

  #make(registry: string, policy: RegistryPolicy, tlsVerify: boolean | undefined): RegistryClient {
    return createRegistryClient({
      registry,
      policy,
      tlsVerify,
      systemTrust: this.#systemTrust,
      early: this.#options.early,
      tokenServers: this.#options.tokenServers,
      patience: {
        retryForMs: () =>
          policy.retryForSeconds === undefined ? (this.#options.retryForMs?.() ?? 0) : policy.retryForSeconds * 1000,
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
    const policy = this.#options.policyOf(registry);
    const current = this.#of(registry).filter((each) => isDeepStrictEqual(each.policy, policy));
    return current.map(({ client }) => client.scheme()).find((scheme) => scheme !== undefined);
  }

  /** After a login or logout: the next request of this registry looks the login up again. */
  forgetTokens(registry: string): void {
    for (const { client } of this.#of(registry)) client.forgetTokens();
  }

  /** Several where files say of some of its repositories that they are not verified. */
  #of(registry: string): { client: RegistryClient; policy: RegistryPolicy }[] {
    return [...this.#clients].flatMap(([key, each]) => (key.startsWith(`${registry} `) ? [each] : []));
  }

  /** The computer has slept, or its network has changed. */
  distrust(): void {
    for (const client of this.#all()) client.distrust();
  }

  #all(): RegistryClient[] {
    return [...this.#retired, ...[...this.#clients.values()].map(({ client }) => client)];
  }

  async close(): Promise<void> {
    const clients = this.#all();
    this.#retired.length = 0;
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }
}

function blockedIn(path: string, registry: string): PushboatError {
  const detail = `blocked in ${path}`;
  return new PushboatError('REGISTRY_BLOCKED', `Nothing may be sent to ${registry}: it is ${detail}.`, {
    registry,
    path,
    detail,
    hint: 'allow-registry',
  });
}
