import type { Dispatcher } from 'undici';
import { messageOf, PushboatError } from '../../../shared/errors.ts';
import { registryApiHost } from '../../../shared/reference.ts';
import { openTunnel, proxysOwn } from './connect-through.ts';
import { exchangeLine, type OnDebug } from './debug.ts';
import { ExchangeFailure, exchange } from './exchange.ts';
import { COMMIT_PATIENCE, FIRST_ANSWER, MAX_RESPONSE_BYTES, RESPONSE_LIMIT } from './limits.ts';
import { errorCode, networkError } from './network-error.ts';
import { isAskedByUrl, proxyAuthorization, proxyTarget } from './proxy.ts';
import { canResend, openedBody, type UploadBody } from './request-body.ts';
import type { ApiResponse } from './response.ts';
import { type Lane, type Route, Routes, type RoutesOptions } from './routes.ts';
import { probeCertificate } from './tls.ts';
import { USER_AGENT } from './user-agent.ts';

export interface TransportOptions extends RoutesOptions {
  onDebug?: OnDebug | undefined;
  /** Headers that a person wants on every request to the registry's own host. */
  headers?: (() => Promise<Record<string, string>>) | undefined;
}

export interface TransportRequest {
  method: Dispatcher.HttpMethod;
  url: URL;
  headers?: Record<string, string>;
  body?: UploadBody | Uint8Array | null;
  /** The body holds a password or token: no redirect brings it to another host. */
  secretBody?: boolean;
  /** It goes to a token server, even when that is the registry's own host. */
  isTokenServer?: boolean;
  /** Bytes of the answer's body that are kept; 64 KiB when absent. */
  maxResponse?: number | undefined;
  /** The answer may take as long as the registry needs to take over a blob. */
  patient?: boolean;
  /** Or no longer than this. Milliseconds. */
  answerWithin?: number | undefined;
  /** The connections to use instead of the shared ones. */
  lane?: Lane | undefined;
  signal?: AbortSignal | undefined;
}

/** Sends single requests to any host, with the trust and the limits of one registry's policy. */
export class HttpTransport {
  readonly #options: TransportOptions;
  readonly #routes: Routes;
  #headers: Promise<Record<string, string>> | undefined;
  /** Hosts that have answered. */
  readonly #contacted = new Set<string>();
  #isKnown = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#routes = new Routes(options);
  }

  /** An answer has come from somewhere: from now on an unreachable host may be a passing failure. */
  get contacted(): boolean {
    return this.#isKnown || this.#contacted.size > 0;
  }

  /** It answered in an earlier start of the application. */
  expectAnswers(): void {
    this.#isKnown = true;
  }

  /** @param host `host[:port]` */
  hasAnswered(host: string): boolean {
    return this.#contacted.has(host);
  }

  /**
   * One request, one answer, whatever its status. A request that was lost because its idle connection had just been closed by the
   * other side is sent again at once when its body can be.
   * @throws PushboatError: the network and TLS codes, CANCELLED, or what the body's source failed with.
   */
  async send(request: TransportRequest): Promise<ApiResponse> {
    const route = await this.#routes.to(request.url, request.lane);
    try {
      return await this.#once(route, request);
    } catch (error) {
      if (!isStale(error) || !canResend(request)) throw await this.#mapped(error, request.url, route);
    }
    try {
      return await this.#once(route, request);
    } catch (error) {
      throw await this.#mapped(error, request.url, route);
    }
  }

  /** Whoever opens a lane closes it. */
  openLane(): Lane {
    return this.#routes.openLane();
  }

  /** The computer has slept, or its network has changed. */
  distrust(): void {
    this.#routes.distrust();
  }

  /** Ends all connections; running requests fail with CANCELLED. */
  close(): Promise<void> {
    return this.#routes.close();
  }

  /** What a person who looks for a fault is told. */
  debug(line: string): void {
    this.#options.onDebug?.(line);
  }

  async #once(route: Route, request: TransportRequest): Promise<ApiResponse> {
    const { method, url } = request;
    const started = performance.now();
    const tell = (outcome: number | string): void => {
      if (this.#options.onDebug) this.debug(exchangeLine(method, url, outcome, performance.now() - started));
    };
    try {
      const response = await this.#exchange(route, request);
      tell(response.status);
      return response;
    } catch (error) {
      tell(messageOf(error instanceof ExchangeFailure ? error.cause : error));
      throw error;
    }
  }

  async #exchange({ pool, proxy }: Route, request: TransportRequest): Promise<ApiResponse> {
    const { timeouts } = this.#options;
    const { method, url, headers, signal } = request;
    const own = await this.#ownHeaders(request);
    const { content, framing, onBytes } = openedBody(request.body ?? null);
    const byUrl = proxy && isAskedByUrl(proxy, url.protocol) ? proxy : undefined;
    const response = await exchange(pool, {
      method,
      url,
      wholeUrl: byUrl !== undefined,
      headers: {
        'user-agent': USER_AGENT,
        ...(byUrl ? proxyAuthorization(byUrl) : {}),
        ...own,
        ...headers,
        ...framing,
      },
      body: content,
      onBytes,
      headersTimeout: this.#waitFor(request),
      idleTimeout: timeouts.idle,
      responseTimeout: request.maxResponse === undefined ? Math.min(timeouts.idle, RESPONSE_LIMIT) : timeouts.idle,
      maxResponse: request.maxResponse ?? MAX_RESPONSE_BYTES,
      signal,
    });
    const refused = byUrl && proxysOwn(byUrl, response);
    if (refused) throw refused;
    this.#contacted.add(url.host);
    return response;
  }

  /** Milliseconds for the answer. */
  #waitFor({ url, patient, answerWithin }: TransportRequest): number {
    const { headers } = this.#options.timeouts;
    if (patient) return headers * COMMIT_PATIENCE;
    return Math.min(headers, answerWithin ?? (this.hasAnswered(url.host) ? headers : FIRST_ANSWER));
  }

  async #ownHeaders({ url, isTokenServer }: TransportRequest): Promise<Record<string, string>> {
    const { registry, headers } = this.#options;
    const apiHost = URL.parse(`${url.protocol}//${registryApiHost(registry)}`)?.host;
    if (headers === undefined || isTokenServer || url.host !== apiHost) return {};
    this.#headers ??= headers();
    return this.#headers;
  }

  async #mapped(error: unknown, url: URL, { proxy }: Route): Promise<PushboatError> {
    const cause = error instanceof ExchangeFailure ? error.cause : error;
    const mapped = networkError(cause, url.host, this.#options.registry, proxy);
    if (mapped.code !== 'TLS_UNTRUSTED' || mapped.facts.certificate) return mapped;
    const { systemTrust: system, timeouts } = this.#options;
    const tunnel = { system, timeout: timeouts.connect };
    const certificate = await probeCertificate(url, proxy && (() => openTunnel(proxy, proxyTarget(url), tunnel)));
    return new PushboatError(mapped.code, mapped.message, {
      ...mapped.facts,
      certificate,
      hint: mapped.hint,
      cause: mapped.cause,
    });
  }
}

function isStale(error: unknown): boolean {
  const code = error instanceof ExchangeFailure && error.stale ? errorCode(error.cause) : '';
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}
