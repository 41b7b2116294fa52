import { PushboatError } from '../../shared/errors.ts';
import { registryApiHost } from '../../shared/reference.ts';
import { isLoopbackRegistry, type RegistryPolicy } from '../../shared/registry-policy.ts';
import { checkApiResponse, showsRegistry } from './answers/api-answers.ts';
import { isSamePlace } from './answers/location.ts';
import { sendFollowing } from './answers/redirects.ts';
import type { RequestOptions } from './answers/retry.ts';
import { orAborted, pause, withRetryAfter } from './answers/retry.ts';
import { statusError } from './answers/status-error.ts';
import type { ApiResponse } from './http/response.ts';
import type { NetworkRules } from './http/routes.ts';
import type { HttpTransport } from './http/transport.ts';

/** Requests that may go out before anything is known of the registry: what an ordinary image needs, and few for one that asks for a login. */
const SCOUTS = 12;

/** Milliseconds for the answer to plain HTTP of who has said nothing to TLS. */
const PLAIN_WITHIN = 10_000;

/** Milliseconds in which a server of this computer has to say something to TLS; then it is asked by plain HTTP besides. */
const SILENCE = 1_500;

export interface ApiRootOptions {
  transport: HttpTransport;
  registry: string;
  policy: RegistryPolicy;
  tlsVerify: boolean | undefined;
  network: NetworkRules;
  /** Takes the challenges of the answer. */
  learn: (response: ApiResponse, api: URL) => void;
  closing: AbortSignal;
  /** Runs a request with the client's retries. */
  retrying: <T>(options: RequestOptions, attempt: () => Promise<T>) => Promise<T>;
}

/** The place of a request that goes out before anything is known of the registry; disposing of it gives the place back. */
export interface Scout extends Disposable {
  /** Where the API most likely is. */
  readonly root: URL;
  /** The answer, or where the API was found elsewhere before any answer from there. */
  orOvertaken<T>(answer: Promise<T>): Promise<T | URL>;
}

/**
 * Where the registry's API is: its scheme, once per client. The first requests find it themselves, for a `GET /v2/` before them would cost a
 * round trip. It is sent when an answer does not show that a registry gave it.
 */
export class ApiRoot {
  readonly #options: ApiRootOptions;
  #search: Promise<URL> | undefined;
  #root: URL | undefined;
  #scouts = 0;
  /** What was found while scouts are under way: those that come back later need not ask again. */
  #failure: { reason: unknown } | undefined;
  /** A scout was lost: what is tried again after that is one question for all. */
  #hasFailed = false;
  #news = Promise.withResolvers<void>();
  /** Nothing has come back yet, be it a failure. */
  #isSilent = true;
  #besides: Promise<URL | undefined> | undefined;

  constructor(options: ApiRootOptions) {
    this.#options = options;
  }

  /** What was found; undefined while nobody has asked. */
  get known(): URL | undefined {
    return this.#root;
  }

  /** Lets a request without a body go first; undefined when the API is known, or will be without it. */
  scout(): Scout | undefined {
    if (this.#root || this.#search || this.#hasFailed || this.#scouts >= SCOUTS) return undefined;
    this.#scouts++;
    return {
      root: this.#guess(),
      orOvertaken: (answer) => this.#orBesides(answer),
      [Symbol.dispose]: () => {
        this.#scouts--;
        if (this.#scouts === 0) this.#failure = undefined;
        this.#tell();
      },
    };
  }

  /** `https://host/` or `http://host/`. All callers share one search; a failed one is not remembered. */
  async find(options: RequestOptions = {}): Promise<URL> {
    while (!this.#root && !this.#search && this.#scouts > 0) {
      await orAborted(this.#news.promise, [options.signal, this.#options.closing]);
    }
    return this.#root ?? this.#ask(options, () => this.#look());
  }

  /**
   * What the answer to a scout tells. One that shows no registry (a 404 without its marks, a page, another host's) is no reason yet to doubt
   * it: `GET /v2/` is asked then.
   * @param hidden somebody who does not log in may be shown less than there is: the registry is asked whether it wants a login.
   * @throws PushboatError as `find`
   */
  async heard(response: ApiResponse, root: URL, hidden: boolean, options: RequestOptions = {}): Promise<URL> {
    if (this.#root) return this.#root;
    if (this.#failure) throw this.#failure.reason;
    this.#isSilent = false;
    if (hidden || !showsRegistry(response, root)) return this.#ask(options, () => this.#look());
    this.#options.learn(response, root);
    this.#found(root);
    return root;
  }

  /** Where to go after a scout could not be sent: plain HTTP where that is allowed and there. @throws `failure`, or as `find` */
  async after(failure: unknown, options: RequestOptions = {}): Promise<URL> {
    this.#hasFailed = true;
    this.#isSilent = false;
    if (!isNoTls(failure) || !(await this.#mayFallBack())) throw failure;
    if (this.#root?.protocol === 'http:') return this.#root;
    if (this.#root) throw failure;
    return this.#ask(options, () => this.#askPlainly(failure));
  }

  /** Whether anybody answers where the API was found. @throws PushboatError of the network, or of a gateway that finds nobody */
  async probe(signal: AbortSignal): Promise<void> {
    const { transport, registry } = this.#options;
    const response = await transport.send({ method: 'GET', url: new URL('/v2/', this.#root ?? this.#guess()), signal });
    if (response.status < 502) return;
    throw withRetryAfter(statusError(response, { registry, what: 'answer' }), response);
  }

  #ask(options: RequestOptions, look: () => Promise<URL>): Promise<URL> {
    const { closing, retrying } = this.#options;
    // The caller's signal ends the caller's wait, not the search that others share.
    const search = (this.#search ??= retrying({ onRetry: options.onRetry }, look));
    search.then(
      (root) => this.#found(root),
      (reason: unknown) => {
        if (this.#search === search) this.#search = undefined;
        if (this.#scouts > 0) this.#failure = { reason };
        this.#tell();
      },
    );
    return orAborted(search, [options.signal, closing]);
  }

  #found(root: URL): void {
    this.#root = root;
    this.#isSilent = false;
    this.#tell();
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }

  #guess(): URL {
    const { registry, policy } = this.#options;
    return new URL(`${policy.tls === 'plain-http' ? 'http' : 'https'}://${registryApiHost(registry)}/`);
  }

  /** A server of this computer, which may be without TLS. */
  get #isNear(): boolean {
    const { registry, policy } = this.#options;
    return isLoopbackRegistry(registry) && mayBePlain(policy);
  }

  async #mayFallBack(): Promise<boolean> {
    const { policy, tlsVerify, network } = this.#options;
    if (policy.tls === 'plain-http') return false;
    if (tlsVerify === false || this.#isNear) return true;
    return (await network.isInsecure?.()) ?? false;
  }

  async #look(): Promise<URL> {
    try {
      return await this.#orBesides(this.#ping(this.#guess()));
    } catch (error) {
      this.#isSilent = false;
      if (!isNoTls(error) || !(await this.#mayFallBack())) throw error;
      return this.#askPlainly(error);
    }
  }

  /**
   * Some servers without TLS take its first bytes and wait for more: on this computer nobody needs to wait for the end of that. Others are not
   * raced with anything: what stays open would keep each answer for as long.
   */
  #orBesides<T>(answer: Promise<T>): Promise<T | URL> {
    if (!this.#isNear) return answer;
    const besides = (this.#besides ??= this.#askBesides());
    return new Promise((resolve, reject) => {
      answer.then(resolve, reject);
      void besides.then((root) => root && resolve(root));
    });
  }

  /** Without a login: that goes nowhere before it is decided where the registry is. Whoever answers something else speaks TLS, slowly. */
  async #askBesides(): Promise<URL | undefined> {
    const { registry, learn, closing } = this.#options;
    const root = new URL(`http://${registryApiHost(registry)}/`);
    try {
      await pause(SILENCE, [closing]);
      if (!this.#isSilent) return undefined;
      const response = await this.#question(root, PLAIN_WITHIN);
      if (!this.#isSilent) return undefined;
      if (isSamePlace(response.url, root)) learn(response, root);
      this.#found(root);
      return root;
    } catch {
      return undefined;
    }
  }

  /** Plain HTTP as the second choice: when there is no HTTP either, the first failure tells more. */
  async #askPlainly(first: PushboatError): Promise<URL> {
    try {
      const root = new URL(`http://${registryApiHost(this.#options.registry)}/`);
      return await this.#ping(root, first.code === 'TIMEOUT' ? PLAIN_WITHIN : undefined);
    } catch (error) {
      // Who refuses in TLS speaks TLS: what it says to plain HTTP is about that.
      if (first.code === 'TLS_FAILED') throw first;
      // Who answers something else than TLS is there: what it says to plain HTTP tells more than that it is not TLS.
      const silent = error instanceof PushboatError && error.facts.status === undefined;
      if (silent && error.code !== 'PROTOCOL_ERROR' && first.code !== 'PLAIN_HTTP_REFUSED') throw first;
      throw error;
    }
  }

  async #ping(api: URL, answerWithin?: number): Promise<URL> {
    const response = await this.#question(api, answerWithin);
    // Whoever a redirect leads to may not say where our login goes.
    if (isSamePlace(response.url, api)) this.#options.learn(response, api);
    return api;
  }

  /** @returns the answer to `GET /v2/`, if it is that of a registry. */
  async #question(api: URL, answerWithin: number | undefined): Promise<ApiResponse> {
    const { transport, registry, closing } = this.#options;
    const response = await sendFollowing(
      transport,
      { method: 'GET', url: new URL('/v2/', api), answerWithin, signal: closing },
      registry,
    );
    checkApiResponse(response, registry);
    return response;
  }
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
