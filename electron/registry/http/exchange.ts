import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { IncomingHttpHeaders } from 'undici/types/header.js';
import { abortError, messageOf, PushboatError } from '../../../shared/errors.ts';
import type { CarriedHandler, Carrier } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { decoded } from './content-coding.ts';
import { isNetworkError, WaitTimeoutError } from './network-error.ts';
import type { ApiResponse } from './response.ts';

/** One HTTP request, ready to go. */
export interface Exchange {
  method: Dispatcher.HttpMethod;
  url: URL;
  /** The request names the whole URL, as a proxy wants it (RFC 9112, 3.2.2). */
  wholeUrl?: boolean;
  headers: Record<string, string>;
  /** Opened; destroyed when the exchange ends. `content-length` must be among the headers for a stream. */
  body: Readable | AsyncIterable<Uint8Array> | Uint8Array | null;
  onBytes?: ((count: number) => void) | undefined;
  /** Milliseconds from the end of the request to the answer. */
  headersTimeout: number;
  /** Milliseconds without progress while a body is written or read. */
  idleTimeout: number;
  /** Milliseconds from the answer's head to its end, however it trickles. */
  responseTimeout: number;
  /** Bytes of the answer's body that are kept. */
  maxResponse: number;
  signal?: AbortSignal | undefined;
}

/** Bytes beyond `maxResponse` that are read and dropped so that the connection can be used again. */
const MAX_DRAIN = 1024 * 1024;

/** Methods whose success is told by the head of the answer. */
const SENDS: ReadonlySet<string> = new Set(['PUT', 'PATCH', 'DELETE']);

/** How long a connection that is in doubt is waited for. Milliseconds. */
const DOUBT_LIMIT = 15_000;

/** What is known of a request that failed below HTTP. */
export class ExchangeFailure extends Error {
  /** The request was lost on a connection that had been used before, before a byte of its answer: it was probably closed while idle. */
  readonly stale: boolean;
  /** Bytes of the body that were handed to the connection. */
  readonly sent: number;

  constructor(cause: unknown, stale: boolean, sent: number) {
    super(messageOf(cause), { cause });
    this.stale = stale;
    this.sent = sent;
  }
}

/**
 * Sends the request and reads the answer whole.
 * @throws ExchangeFailure, whose cause is undici's or the system's error, the body's error, or the signal's reason.
 */
export function exchange(pool: ConnectionPool, request: Exchange): Promise<ApiResponse> {
  const handler = new ExchangeHandler(request);
  try {
    pool.dispatch(
      {
        method: request.method,
        path: (request.wholeUrl ? request.url.origin : '') + request.url.pathname + request.url.search,
        headers: request.headers,
        // undici takes any async iterable, and waits for the socket before it asks for more; its types know only Readable.
        body: request.body as Readable | Uint8Array | null,
        reset: false,
      },
      handler,
    );
  } catch (error) {
    handler.fail(error);
  }
  return handler.promise;
}

class ExchangeHandler implements CarriedHandler {
  carrier: Carrier | undefined;
  readonly promise: Promise<ApiResponse>;
  readonly #resolve: (response: ApiResponse) => void;
  readonly #reject: (failure: ExchangeFailure) => void;
  readonly #request: Exchange;
  readonly #onAbort = (): void => this.#abort(abortError(this.#request.signal?.reason));
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  /** Counts every sign of life. */
  #moves = 0;
  #response: ApiResponse | undefined;
  #chunks: Buffer[] = [];
  #kept = 0;
  #read = 0;
  #sent = 0;
  #isSent = false;
  #reused = false;
  #sourceError: Error | undefined;
  #over = false;

  constructor(request: Exchange) {
    this.#request = request;
    const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    // Also after the exchange is over, when nobody is left to hear it.
    if (request.body instanceof Readable) request.body.on('error', (error) => (this.#sourceError ??= error));
    const { signal } = request;
    if (signal?.aborted) queueMicrotask(this.#onAbort);
    else if (signal) {
      // One job's signal serves as many requests as it has blobs; that is no leak.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', this.#onAbort);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) {
      controller.abort(abortError(this.#request.signal?.reason));
      return;
    }
    this.#reused = this.carrier?.wasIdle ?? false;
    if (this.carrier) Object.assign(this.carrier, { awaitsHead: true, asksForHead: this.#request.method === 'HEAD' });
    this.#arm(this.#request.idleTimeout, 'the body could not be sent');
  }

  onBodySent(chunk: Buffer): void {
    this.#moved();
    this.#sent += chunk.byteLength;
    this.#request.onBytes?.(chunk.byteLength);
  }

  onRequestSent(): void {
    this.#isSent = true;
    if (this.#response === undefined) this.#arm(this.#request.headersTimeout, 'no answer came');
    else this.#limitResponse();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    const { method, url } = this.#request;
    this.#response = { status, headers, body: Buffer.alloc(0), truncated: false, method, url };
    this.#arm(this.#request.idleTimeout, 'the answer stopped half-way');
    // An answer that comes before the whole body was sent lasts at least as long as that takes.
    if (this.#isSent) this.#limitResponse();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#moved();
    this.#read += chunk.byteLength;
    const room = this.#request.maxResponse - this.#kept;
    if (room > 0) {
      const kept = chunk.subarray(0, room);
      this.#kept += kept.byteLength;
      this.#chunks.push(kept);
    }
    if (this.#read > this.#request.maxResponse + MAX_DRAIN) {
      this.#finish();
      controller.abort(new Error('The answer is too long.'));
    }
  }

  onResponseEnd(): void {
    this.carrier?.ended();
    this.#finish();
  }

  /** An answer that trickles on and on would hold its slot for ever. */
  #limitResponse(): void {
    const { responseTimeout } = this.#request;
    this.#deadline ??= setTimeout(() => {
      // A refusal is told by its status; what it says may be incomplete.
      if (this.#response !== undefined && this.#response.status >= 400) this.#finish();
      this.#abort(new WaitTimeoutError(`the answer did not end within ${responseTimeout / 1000} s`));
    }, responseTimeout);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.carrier?.ended(!this.#over && this.#response === undefined);
    if (this.#isTold()) this.#finish();
    else this.fail(error);
  }

  /**
   * A refusal whose body was cut off (the other side closed at once) is still that refusal; what was taken is taken, whatever was to be
   * said of it.
   */
  #isTold(): boolean {
    if (this.#response === undefined) return false;
    return this.#response.status >= 400 || (this.#response.status < 300 && SENDS.has(this.#request.method));
  }

  get isOver(): boolean {
    return this.#over;
  }

  handedBack(): void {
    clearTimeout(this.#timer);
  }

  doubt(): void {
    this.#arm(Math.min(DOUBT_LIMIT, this.#request.headersTimeout), 'nothing more came');
  }

  fail(error: unknown): void {
    if (this.#over) return;
    const stale = this.#reused && this.#response === undefined && this.#controller !== undefined;
    this.#end();
    const known = error !== undefined && error === this.#sourceError;
    const fromSource = (known || isReadFailure(error)) && !isNetworkError(error);
    this.#reject(new ExchangeFailure(fromSource ? unreadable(error) : error, stale, this.#sent));
  }

  #finish(): void {
    if (this.#over || this.#response === undefined) return;
    this.#end();
    const [only] = this.#chunks;
    this.#response.body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks);
    this.#response.truncated = this.#read > this.#kept;
    this.#resolve(decoded(this.#response, this.#request.maxResponse));
  }

  #abort(reason: Error): void {
    this.fail(reason);
    this.#controller?.abort(reason);
  }

  #moved(): void {
    this.#moves++;
    this.#timer?.refresh();
  }

  #arm(delay: number, what: string): void {
    clearTimeout(this.#timer);
    this.#moves++;
    if (this.#over) return;
    const expire = (): void => {
      const seen = this.#moves;
      // When the process had no time for a while, its timers run before its sockets are read: an answer that lies there counts.
      setImmediate(() => {
        if (!this.#over && this.#moves === seen) this.#abort(new WaitTimeoutError(`${what} within ${delay / 1000} s`));
      });
    };
    this.#timer = setTimeout(expire, delay);
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    if (this.#request.body instanceof Readable) this.#request.body.destroy();
  }
}

/** What the system says of a file that cannot be read: a generator's error comes back to us through the connection. */
function isReadFailure(error: unknown): boolean {
  return (
    error instanceof Error && 'syscall' in error && ['open', 'read', 'fstat', 'stat'].includes(String(error.syscall))
  );
}

function unreadable(error: unknown): PushboatError {
  if (error instanceof PushboatError) return error;
  const detail = messageOf(error);
  return new PushboatError('SOURCE_UNREADABLE', `The local content could not be read: ${detail}.`, {
    detail,
    hint: 'check-permissions',
    cause: error,
  });
}
