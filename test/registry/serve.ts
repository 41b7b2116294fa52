import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyFault } from './apply-fault.ts';
import type { Auth } from './auth.ts';
import { type BodyOptions, readBody } from './body.ts';
import { dispatch } from './dispatch.ts';
import type { Faults } from './faults.ts';
import type { Quirks } from './quirks.ts';
import { ConnectionCut, Refusal, type Reply, refuseWith } from './reply.ts';
import { type RequestRecord, recordOf } from './request-log.ts';
import { type Exchange, neededAccess, parseRoute, type RegistryState, type Route } from './routes.ts';
import type { Throttle } from './throttle.ts';

/** How long a connection that is about to be closed still takes what the client sends, so that the answer arrives. */
const LINGER_MS = 1000;

export interface ServeContext {
  state: RegistryState;
  auth: Auth;
  faults: Faults;
  throttle: Throttle;
  latency: { ms: number };
  requests: RequestRecord[];
  scheme: 'http' | 'https';
  /** The raw connection under a TLS socket, which alone can send a reset. */
  rawSocket(socket: Socket): Socket | undefined;
  /** Ends with the registry. */
  signal: AbortSignal;
}

/** Answers one request: record, latency, fault, handler, reply. Never rejects. */
export async function serve(
  context: ServeContext,
  listener: RequestRecord['listener'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const record = recordOf(request, listener);
  context.requests.push(record);
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const run = new RequestRun(context, record, request, response, AbortSignal.any([gone.signal, context.signal]));
  try {
    if (context.latency.ms > 0) await sleep(context.latency.ms, undefined, { signal: run.signal });
    await run.send(run.marked(await run.answer()));
  } catch (thrown) {
    if (thrown instanceof ConnectionCut || run.signal.aborted || request.destroyed) request.socket.destroy();
    else await run.send(refuseWith(500, thrown instanceof Error ? thrown.message : String(thrown)));
  } finally {
    record.endedAt = performance.now();
  }
}

class RequestRun {
  readonly signal: AbortSignal;
  readonly #context: ServeContext;
  readonly #record: RequestRecord;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #exchange: Exchange;
  readonly #route: Route;
  readonly #body: BodyOptions;
  #closing = false;

  constructor(
    context: ServeContext,
    record: RequestRecord,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ) {
    this.signal = signal;
    this.#context = context;
    this.#record = record;
    this.#request = request;
    this.#response = response;
    const origin = `${context.scheme}://${request.headers.host ?? 'localhost'}`;
    const url = new URL(request.url ?? '/', origin);
    this.#route = parseRoute(url.pathname);
    this.#body = { request, record, signal, throttles: [context.throttle] };
    const length = request.headers['content-length'];
    this.#exchange = {
      method: record.method,
      url,
      headers: request.headers,
      origin,
      contentLength: length === undefined ? undefined : Number(length),
      body: readBody(this.#body),
    };
  }

  async answer(): Promise<Reply> {
    const { faults, auth, state, signal } = { ...this.#context, signal: this.signal };
    const fault = faults.take(this.#record.method, this.#record.path + this.#record.search);
    if (!fault) return this.#handle();
    return applyFault(fault, {
      state,
      exchange: this.#exchange,
      route: this.#route,
      signal,
      limitBody: (bytes, cut) => {
        this.#body.limit = { bytes, cut };
      },
      throttleBody: (throttle) => this.#body.throttles.push(throttle),
      cut: (how) => this.#cut(how),
      closeAfterAnswer: () => {
        this.#closing = true;
      },
      challenge: (error) => auth.challenge(this.#exchange.origin, neededAccess(this.#route, this.#exchange), error),
      revokeTokens: () => auth.tokens?.revokeAll(),
      handle: () => this.#handle(),
    });
  }

  marked(reply: Reply): Reply {
    // What is fetched has its own type at Quay, too.
    const fetched = this.#record.method === 'GET' && this.#route.kind !== 'base' && this.#route.kind !== 'token';
    if (!this.#context.state.quirks.markedHtml || fetched || this.#record.method === 'HEAD') return reply;
    const { 'content-length': _, ...others } = reply.headers;
    const headers = { ...others, 'content-type': 'text/html; charset=utf-8' };
    const words = this.#route.kind === 'base' ? 'true' : this.#route.kind === 'manifest' ? 'OK' : undefined;
    const worded = words !== undefined && (reply.status < 300 || words === 'true');
    return { ...reply, headers, ...(worded ? { body: Buffer.from(words) } : {}) };
  }

  async #handle(): Promise<Reply> {
    const { auth, state } = this.#context;
    try {
      if (this.#route.kind === 'token')
        return (await auth.tokens?.handle(this.#exchange)) ?? refuseWith(404, 'no token endpoint');
      const refused = this.#record.listener === 'elsewhere' ? this.#refuseLeak() : this.#checkAccess();
      if (refused) return refused;
      const { maxBodyBytes: limit, tooLargeStatus } = state.quirks;
      if (limit > 0 && (this.#exchange.contentLength ?? 0) > limit) {
        this.#closing = true;
        return htmlTooLarge(tooLargeStatus);
      }
      const exchange = limit > 0 ? await this.#bufferedUpTo(limit) : this.#exchange;
      if (exchange) return await dispatch(state, exchange, this.#route);
      this.#closing = true;
      return htmlTooLarge(tooLargeStatus);
    } catch (thrown) {
      if (thrown instanceof Refusal) return thrown.reply;
      throw thrown;
    }
  }

  /** A body that says no length is read first, as fronts do; undefined when it is larger, and then nothing of it gets further. */
  async #bufferedUpTo(limit: number): Promise<Exchange | undefined> {
    if (this.#exchange.contentLength !== undefined) return this.#exchange;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.#exchange.body) {
      size += chunk.byteLength;
      if (size > limit) return undefined;
      chunks.push(Buffer.from(chunk));
    }
    return { ...this.#exchange, body: Readable.from(chunks) };
  }

  #checkAccess(): Reply | undefined {
    const needed = neededAccess(this.#route, this.#exchange);
    return this.#context.auth.check({ origin: this.#exchange.origin, headers: this.#exchange.headers, needed });
  }

  /** The second listener stands for signed storage: it needs no login, and refuses requests that bring one, as S3 does. */
  #refuseLeak(): Reply | undefined {
    return this.#record.authorization ? refuseWith(400, 'only one auth mechanism allowed') : undefined;
  }

  #cut(how: 'end' | 'reset'): void {
    const socket = this.#request.socket;
    if (how === 'reset') this.#context.rawSocket(socket)?.resetAndDestroy();
    socket.destroy();
  }

  async send(reply: Reply): Promise<void> {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    this.#record.status = reply.status;
    const bytes = reply.body instanceof Uint8Array ? reply.body : undefined;
    const headers = { 'docker-distribution-api-version': 'registry/2.0', ...reply.headers };
    if (bytes || (!reply.body && reply.status !== 204 && !('content-length' in headers))) {
      Object.assign(headers, { 'content-length': String(bytes?.length ?? 0) });
    }
    if (this.#closing) Object.assign(headers, { connection: 'close' });
    response.writeHead(reply.status, headers);
    if (reply.body && !bytes && this.#record.method !== 'HEAD') {
      await pipeline(reply.body as NodeJS.ReadableStream, response);
      return;
    }
    if (!this.#closing) {
      // What is left of a body is read and dropped, as real servers do: the next request comes behind it.
      this.#request.resume();
      response.end(this.#record.method === 'HEAD' ? undefined : bytes);
      return;
    }
    await this.#sendAndLinger(bytes);
  }

  /** Ends the connection after the answer, but not so early that a reset overtakes it (RFC 9112 section 9.6). */
  async #sendAndLinger(bytes: Uint8Array | undefined): Promise<void> {
    if (bytes) this.#response.write(bytes);
    else this.#response.flushHeaders();
    this.#request.resume();
    await sleep(LINGER_MS, undefined, { signal: this.signal }).catch(() => undefined);
    this.#request.socket.destroy();
  }
}

function htmlTooLarge(status: Quirks['tooLargeStatus']): Reply {
  const title = status === 413 ? '413 Request Entity Too Large' : `Error ${status}`;
  const body = Buffer.from(`<html><head><title>${title}</title></head></html>\r\n`);
  return { status, headers: { 'content-type': 'text/html' }, body };
}
