import type { Dispatcher } from 'undici';
import { PushboatError } from '../../shared/errors.ts';
import { blockedBy, isAnothers } from './answers/blockers.ts';
import { isSamePlace } from './answers/location.ts';
import { sendFollowing } from './answers/redirects.ts';
import type { RequestOptions } from './answers/retry.ts';
import { notAgain, orAborted, withRetryAfter } from './answers/retry.ts';
import { saysExpired, statusError } from './answers/status-error.ts';
import type { Authorizer, Credential } from './auth/auth.ts';
import { challengeWords, lacksRight, unknownSchemes } from './auth/challenge.ts';
import type { Access } from './auth/scopes.ts';
import { waitUntilValid } from './auth/token-clock.ts';
import { loginFact, TokenExpiredError } from './auth/tokens.ts';
import { shownText } from './http/redact.ts';
import type { UploadBody } from './http/request-body.ts';
import type { ApiResponse } from './http/response.ts';
import type { Lane } from './http/routes.ts';
import type { HttpTransport, TransportRequest } from './http/transport.ts';
import type { ApiRoot } from './ping.ts';
import type { SlotKind, Slots } from './slots.ts';

/** A request of the distribution API. */
export interface ApiRequest {
  method: Dispatcher.HttpMethod;
  /** A path under the API's root (`/v2/…`), or the address that the registry gave. */
  target: string | URL;
  access: Access;
  /** Statuses that the caller reads; all others are thrown as errors. */
  expect: readonly number[];
  /** Verb and object as in "The registry refused to <what>". */
  what: string;
  /** What 405 Method Not Allowed says of the registry. Absent: that it refused to do that. */
  ifNotAllowed?: string;
  headers?: Record<string, string>;
  body?: UploadBody | Uint8Array | null;
  /** Absent: what goes with the method. */
  slot?: SlotKind;
  /** Tried once, whatever happens: the caller decides how to go on. */
  once?: boolean;
  patient?: boolean;
  /** Milliseconds for the answer, after which it is not tried again: there is another way. */
  answerWithin?: number | undefined;
  /** Connections to use instead of the shared ones. */
  lane?: Lane | undefined;
  maxResponse?: number;
  /** Milliseconds that the answer may still take after the caller's signal, for it tells what has to be undone on the registry. */
  graceMs?: number;
  /** What a refusal means for this request, before it is decided whether to try again. */
  refine?: (error: PushboatError) => PushboatError;
}

export interface RequesterOptions {
  registry: string;
  transport: HttpTransport;
  api: ApiRoot;
  auth: Authorizer;
  slots: Slots;
  onResponse: (response: ApiResponse) => void;
  closing: AbortSignal;
  retrying: <T>(options: RequestOptions, attempt: () => Promise<T>) => Promise<T>;
}

/** One sending of a request, and its answer. */
interface Try {
  root: URL;
  credential: Credential | undefined;
  response: ApiResponse;
  /** Milliseconds, where they tell how busy the registry is. */
  latency: number | undefined;
}

/** The way of every API request: scheme, login, slot, sending, and what a refusal means. */
export class Requester {
  readonly #options: RequesterOptions;

  constructor(options: RequesterOptions) {
    this.#options = options;
  }

  /** @throws PushboatError for every status that is not expected, and for what happens below HTTP. */
  async send(request: ApiRequest, options: RequestOptions = {}): Promise<ApiResponse> {
    const attempt = async (): Promise<ApiResponse> => {
      try {
        return await this.#attempt(request, options);
      } catch (error) {
        throw request.answerWithin !== undefined && isSilence(error) ? notAgain(error) : error;
      }
    };
    return request.once ? attempt() : this.#options.retrying(options, attempt);
  }

  /** Only the registry's own host gets the login. */
  async #credential(
    request: ApiRequest,
    url: URL,
    root: URL,
    options: RequestOptions,
  ): Promise<Credential | undefined> {
    if (!this.#options.auth.isNeeded() || !isSamePlace(url, root)) return undefined;
    return orAborted(this.#options.auth.credential(request.access, options.onRetry), [options.signal]);
  }

  async #attempt(request: ApiRequest, options: RequestOptions): Promise<ApiResponse> {
    const { auth, slots, registry, onResponse } = this.#options;
    // The slot first: a token that waited in the queue might have ended by its turn.
    using slot = await slots.acquire(
      request.slot ?? (request.method === 'HEAD' ? 'question' : 'small'),
      options.signal,
    );
    const first = await this.#firstTry(request, options);
    const { root, credential, latency } = first;
    let { response } = first;
    let last = credential;
    // An answer from where a redirect led asks for nothing: its token server would be anybody's.
    if (isSamePlace(response.url, root) && (await this.#asksForLogin(request, response, credential))) {
      const next = await auth.afterRefusal(request.access, credential, response, root, options.onRetry);
      if (next !== undefined) {
        if (isStream(request.body)) throw new TokenExpiredError(registry);
        response = await this.#authorized(request, urlOf(request, root), options, next);
        last = next;
      }
    }
    if (response.status !== 401) auth.accepted(last);
    if (response.status === 429 || response.status === 503) slot.throttled();
    else slot.succeeded(latency);
    onResponse(response);
    if (request.expect.includes(response.status) && !(response.status < 300 && isAnothers(response))) return response;
    const refusal = this.#refusal(request, response, root, last);
    throw withRetryAfter(request.refine?.(refusal) ?? refusal, response);
  }

  /** Some front ends say 403 to whoever has not logged in, and some registries 400 or 403 to a token that has ended. */
  async #asksForLogin(
    { access }: ApiRequest,
    response: ApiResponse,
    credential: Credential | undefined,
  ): Promise<boolean> {
    if (blockedBy(response) !== undefined) return false;
    if (response.status === 403 && credential === undefined) return this.#options.auth.hasLogin(access);
    return response.status === 401 || (credential?.token !== undefined && saysExpired(response));
  }

  /** While nothing is known of the registry a request without a body goes out all the same: its answer tells as much as a ping's. */
  async #firstTry(request: ApiRequest, options: RequestOptions): Promise<Try> {
    const { api, auth } = this.#options;
    using scout = hasBody(request) ? undefined : api.scout();
    if (!scout) return await this.#tryAt(await api.find(options), request, options);
    // While the question is on its way: a credential helper may take longer than that.
    const isKnown = auth.hasLogin(request.access);
    isKnown.catch(() => undefined);
    let first: Try | URL;
    const overtaken = new AbortController();
    try {
      const signal = AbortSignal.any([...(options.signal ? [options.signal] : []), overtaken.signal]);
      first = await scout.orOvertaken(this.#tryAt(scout.root, request, { ...options, signal }));
    } catch (failure) {
      return await this.#tryAt(await api.after(failure, options), request, options);
    }
    if (first instanceof URL) {
      overtaken.abort();
      return await this.#tryAt(first, request, options);
    }
    const { status } = first.response;
    const hidden = first.credential === undefined && status !== 401 && (await isKnown);
    const root = await api.heard(first.response, scout.root, hidden, options);
    const isShown = status === 401 || status < 300 || first.credential !== undefined;
    return isShown || !auth.isNeeded() ? { ...first, root } : await this.#tryAt(root, request, options);
  }

  async #tryAt(root: URL, request: ApiRequest, options: RequestOptions): Promise<Try> {
    const url = urlOf(request, root);
    const credential = await this.#credential(request, url, root, options);
    const started = performance.now();
    const response = await this.#authorized(request, url, options, credential);
    // A body and a commit take their time in an idle registry, too.
    const latency = isStream(request.body) || request.patient ? undefined : performance.now() - started;
    return { root, credential, response, latency };
  }

  /** Sends it, and once more where the token was not valid yet. */
  async #authorized(
    request: ApiRequest,
    url: URL,
    options: RequestOptions,
    credential: Credential | undefined,
  ): Promise<ApiResponse> {
    const response = await this.#exchange(request, url, options, credential);
    const { token } = credential ?? {};
    if (response.status !== 401 || !token || token.proven || isStream(request.body)) return response;
    const { registry, closing } = this.#options;
    const isValid = await waitUntilValid(token, response, registry, [options.signal, closing]);
    return isValid ? this.#exchange(request, url, options, credential) : response;
  }

  async #exchange(
    request: ApiRequest,
    url: URL,
    options: RequestOptions,
    credential: Credential | undefined,
  ): Promise<ApiResponse> {
    const { method, headers, body = null, patient = false, answerWithin, maxResponse, lane } = request;
    const authorization = credential === undefined ? {} : { authorization: credential.header };
    const outgoing: TransportRequest = {
      method,
      url,
      headers: { ...headers, ...authorization },
      body,
      patient,
      answerWithin,
      lane,
      maxResponse,
    };
    using ending = delayed(options.signal, request.graceMs ?? 0);
    return await sendFollowing(this.#options.transport, { ...outgoing, signal: ending.signal }, this.#options.registry);
  }

  #refusal(request: ApiRequest, response: ApiResponse, root: URL, credential: Credential | undefined): PushboatError {
    const login = loginFact(credential?.login);
    const { registry } = this.#options;
    const { repository } = request.access;
    const error = statusError(response, {
      registry,
      asked: root,
      repository,
      what: request.what,
      ifNotAllowed: request.ifNotAllowed,
      said: challengeWords(response),
      login,
    });
    const schemes = unknownSchemes(response);
    if (error.code === 'UNAUTHORIZED' && schemes.length > 0) {
      const message = `The registry ${registry} asks for a login by ${schemes.map(shownText).join(', ')}, and takes neither a password nor a token.`;
      return new PushboatError('REGISTRY_ERROR', message, { ...error.facts, login: undefined, hint: 'ask-owner' });
    }
    // The token server knows the account and left out the right: another account is needed, not another password.
    if (error.code !== 'UNAUTHORIZED' || !login || !lacksRight(response)) return error;
    return new PushboatError('DENIED', `The account ${login.username} may not ${request.what} on ${registry}.`, {
      ...error.facts,
      hint: 'check-account-rights',
    });
  }
}

/** A signal that aborts `delayMs` after the given one, for as long as the request runs. */
function delayed(signal: AbortSignal | undefined, delayMs: number): { signal: AbortSignal | undefined } & Disposable {
  if (signal === undefined || delayMs === 0) return { signal, [Symbol.dispose]: () => undefined };
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => late.abort(signal.reason), delayMs);
  };
  // The slot may have come at the very moment of the abort: then nothing is begun.
  if (signal.aborted) late.abort(signal.reason);
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: late.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function urlOf({ target }: ApiRequest, root: URL): URL {
  return typeof target === 'string' ? new URL(target, root) : target;
}

/** Nobody has answered in time; a status would be an answer. */
function isSilence(error: unknown): error is PushboatError {
  return error instanceof PushboatError && error.code === 'TIMEOUT' && error.facts.status === undefined;
}

function hasBody({ body }: ApiRequest): boolean {
  return body !== undefined && body !== null;
}

function isStream(body: UploadBody | Uint8Array | null | undefined): boolean {
  return body !== undefined && body !== null && !(body instanceof Uint8Array) && body.length > 0;
}
