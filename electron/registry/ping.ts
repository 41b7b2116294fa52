import { PushboatError } from '../../shared/errors.ts';
import { registryApiHost } from '../../shared/reference.ts';
import { isLoopbackRegistry, type RegistryPolicy } from '../../shared/registry-policy.ts';
import { isSamePlace } from './location.ts';
import { sendFollowing } from './redirects.ts';
import { type ApiResponse, isWebPage } from './response.ts';
import { orAborted, withRetryAfter } from './retry.ts';
import { statusError } from './status-error.ts';
import type { Transport } from './transport.ts';
import type { RequestOptions } from './types.ts';

export interface ApiRootOptions {
  transport: Transport;
  registry: string;
  policy: RegistryPolicy;
  tlsVerify: boolean | undefined;
  /** Takes the challenges of the answer. */
  learn: (response: ApiResponse, api: URL) => void;
  closing: AbortSignal;
  /** Runs a request with the client's retries. */
  retrying: <T>(options: RequestOptions, attempt: () => Promise<T>) => Promise<T>;
}

/** Where the registry's API is: finds the scheme by `GET /v2/`, once per client. */
export class ApiRoot {
  readonly #options: ApiRootOptions;
  #search: Promise<URL> | undefined;
  #root: URL | undefined;

  constructor(options: ApiRootOptions) {
    this.#options = options;
  }

  /** What was found; undefined while nobody has asked. */
  get known(): URL | undefined {
    return this.#root;
  }

  /** `https://host/` or `http://host/`. All callers share one search; a failed one is not remembered. */
  async find(options: RequestOptions = {}): Promise<URL> {
    if (this.#root) return this.#root;
    const { closing, retrying } = this.#options;
    // The caller's signal ends the caller's wait, not the search that others share.
    const search = (this.#search ??= retrying({ onRetry: options.onRetry }, () => this.#look()));
    search.then(
      (root) => (this.#root = root),
      () => {
        if (this.#search === search) this.#search = undefined;
      },
    );
    return orAborted(search, [options.signal, closing]);
  }

  async #look(): Promise<URL> {
    const { registry, policy, tlsVerify } = this.#options;
    const host = registryApiHost(registry);
    if (policy.tls === 'plain-http') return this.#ask(new URL(`http://${host}/`));
    try {
      return await this.#ask(new URL(`https://${host}/`));
    } catch (error) {
      const mayFallBack = tlsVerify === false || (isLoopbackRegistry(registry) && mayBePlain(policy));
      if (!mayFallBack || !isNoTls(error)) throw error;
      return this.#askPlainly(new URL(`http://${host}/`), error);
    }
  }

  /** Plain HTTP as the second choice: when there is no HTTP either, the first failure tells more. */
  async #askPlainly(api: URL, first: PushboatError): Promise<URL> {
    try {
      return await this.#ask(api);
    } catch (error) {
      // Who answers something else than TLS is there: what it says to plain HTTP tells more than that it is not TLS.
      const silent = error instanceof PushboatError && error.facts.status === undefined;
      if (silent && error.code !== 'PROTOCOL_ERROR' && first.code !== 'PLAIN_HTTP_REFUSED') throw first;
      throw error;
    }
  }

  async #ask(api: URL): Promise<URL> {
    const { transport, registry, learn, closing } = this.#options;
    const response = await sendFollowing(
      transport,
      { method: 'GET', url: new URL('/v2/', api), signal: closing },
      registry,
    );
    checkApiResponse(response, registry);
    // Whoever a redirect leads to may not say where our login goes.
    if (isSamePlace(response.url, api)) learn(response, api);
    return api;
  }
}

/** 200 and 401 are the answers of a registry (distribution-spec, "Determining Support"). */
function checkApiResponse(response: ApiResponse, registry: string): void {
  const { status } = response;
  if (status === 401 && (response.headers['www-authenticate'] !== undefined || !isWebPage(response))) return;
  if (status === 200 && !isWebPage(response)) return;
  const error = statusError(response, { registry, what: 'answer GET /v2/' });
  if (status < 500 && error.code === 'REGISTRY_ERROR') {
    throw new PushboatError('PROTOCOL_ERROR', `${registry} does not offer the registry API (${status} for GET /v2/).`, {
      ...error.facts,
      hint: 'check-address',
    });
  }
  throw withRetryAfter(error, response);
}

/** Somebody who asked for a verified connection gets one or none, even to this computer. */
function mayBePlain({ tls }: RegistryPolicy): boolean {
  return tls === undefined || tls === 'no-verify';
}

/** There is no TLS to be had at this address; a certificate that is not trusted is another matter. */
function isNoTls(error: unknown): error is PushboatError {
  if (!(error instanceof PushboatError) || error.facts.status !== undefined) return false;
  switch (error.code) {
    case 'PLAIN_HTTP_REFUSED':
    case 'TLS_FAILED':
    case 'HOST_UNREACHABLE':
    case 'CONNECTION_LOST':
    case 'TIMEOUT':
      return true;
    default:
      return false;
  }
}
