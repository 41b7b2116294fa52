import { PushboatError } from '../../shared/errors.ts';
import { parseReference } from '../../shared/reference.ts';
import type { RemoteNames, RemoteTag } from '../../shared/registry-names.ts';
import type { RegistryClient } from '../registry/types.ts';
import { registryName } from './registry-info.ts';

/** Milliseconds that an answer may take while a person types a target. A push has more patience. */
const PATIENCE = 8_000;

/** What registries have, for somebody who is choosing a target. Nothing is kept here, and no login is asked for. */
export class RegistryNames {
  readonly #clientFor: (registry: string) => RegistryClient;
  readonly #patience: number;

  constructor(clientFor: (registry: string) => RegistryClient, patience = PATIENCE) {
    this.#clientFor = clientFor;
    this.#patience = patience;
  }

  /** @throws PushboatError REF_INVALID, TIMEOUT, UNAUTHORIZED, DENIED, and the client's others. */
  repositories(text: string): Promise<RemoteNames> {
    return this.ask(registryName(text), (client, signal) => client.listRepositories({ signal }));
  }

  /** @param repository as references have it, with its registry: `ghcr.io/acme/web`. @throws as `repositories`. */
  tags(repository: string): Promise<RemoteNames> {
    const reference = parseReference(repository);
    return this.ask(reference.registry, (client, signal) => client.listTags(reference.repository, { signal }));
  }

  /** What the target's tag is now; null where it is new. @throws as `repositories`. */
  tag(target: string): Promise<RemoteTag | null> {
    const { registry, repository, tag = 'latest' } = parseReference(target);
    return this.ask(registry, async (client, signal) => {
      const found = await client.headManifest(repository, tag, { signal });
      return found && { digest: found.digest };
    });
  }

  /** Any question about what a registry has, with as much patience. @throws as `repositories`. */
  async ask<T>(registry: string, ask: (client: RegistryClient, signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    const timer = setTimeout(() => {
      const seconds = Math.round(this.#patience / 1000);
      limit.abort(new PushboatError('TIMEOUT', `${registry} did not answer within ${seconds} s.`, { registry }));
    }, this.#patience);
    try {
      return await ask(this.#clientFor(registry), limit.signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
