import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { CarriedHandler, Waiting } from './connection.ts';
import { WaitTimeoutError } from './network-error.ts';

/** Loaded with the first question: most images have too few. */
const http2 = () => process.getBuiltinModule('node:http2');

/** Requests at once on one connection: what servers should allow at least (RFC 9113, 6.5.2). Those that allow fewer are obeyed. */
export const MULTIPLEXED_REQUESTS = 100;

/** Milliseconds without a request, after which the other side may have closed it. */
const KEEP_ALIVE = 45_000;

/**
 * Milliseconds in which the first answer has to come. Some fronts choose HTTP/2 and then say nothing; a registry that is only slow is asked by
 * HTTP/1.1 from then on, each question once more.
 */
const FIRST_WORD = 5_000;

/** Whether the other side has chosen HTTP/2. */
export function speaksHttp2(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.alpnProtocol === 'h2';
}

/** Whether a request only asks whether something is there: it has no body, its answer has none, and asking twice does no harm. */
export function isQuestion({ method, body }: Dispatcher.DispatchOptions): boolean {
  return method === 'HEAD' && body === null;
}

/**
 * One connection of HTTP/2, for questions: all that wait go out in one flight, where HTTP/1.1 needs a connection for each. What fails on it
 * before an answer is handed back, to go out again over HTTP/1.1, and from then on nothing begins here.
 */
export class MultiplexedConnection {
  readonly #origin: URL;
  readonly #socket: Socket;
  #begun: ClientHttp2Session | undefined;
  readonly #handBack: (lost: Waiting) => void;
  readonly #firstWord: number;
  readonly #running = new Set<CarriedHandler>();
  #isTrusted = true;
  /** Ends when the first answer has come. */
  #silence: NodeJS.Timeout | undefined;
  #hasSpoken = false;
  #lastUse = performance.now();

  /**
   * @param socket is open already.
   * @param handBack takes a request that was lost before its answer.
   * @param firstWord milliseconds for the first answer.
   */
  constructor(origin: URL, socket: Socket, handBack: (lost: Waiting) => void, firstWord: number = FIRST_WORD) {
    this.#origin = origin;
    this.#firstWord = firstWord;
    this.#socket = socket;
    this.#handBack = handBack;
    // Each request learns of it by its own end.
    socket.on('error', () => undefined);
  }

  /** Whether requests may begin on it. */
  get isOpen(): boolean {
    if (this.#running.size === 0 && performance.now() - this.#lastUse > KEEP_ALIVE) this.#distrusted();
    return this.#isTrusted && !this.#socket.destroyed && !this.#begun?.closed;
  }

  carry(request: Waiting): void {
    const { handler, options } = request;
    this.#lastUse = performance.now();
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session().request(this.#headers(options), { endStream: true });
    } catch {
      return this.#lost(request);
    }
    this.#running.add(handler);
    if (!this.#hasSpoken) this.#silence ??= setTimeout(() => this.#giveUpInSilence(), this.#firstWord).unref();
    const controller = controllerOf(stream, (reason) => {
      // Nobody gave it up: the other side is silent.
      if (reason instanceof WaitTimeoutError) this.#distrusted();
    });
    handler.carrier = { wasIdle: false, awaitsHead: false, asksForHead: true, ended: () => undefined };
    handler.onRequestStart?.(controller, {});
    handler.onRequestSent?.();
    let hasAnswered = false;
    let failure: Error | undefined;
    stream.on('response', (head) => {
      hasAnswered = true;
      this.#hasSpoken = true;
      clearTimeout(this.#silence);
      const { status, headers } = split(head);
      handler.onResponseStart?.(controller, status, headers);
    });
    stream.on('data', (chunk: Buffer) => handler.onResponseData?.(controller, chunk));
    stream.on('error', (error: Error) => {
      failure = error;
    });
    stream.on('close', () => {
      this.#running.delete(handler);
      this.#lastUse = performance.now();
      if (handler.isOver) return;
      if (!hasAnswered) this.#lost(request);
      else if (stream.rstCode === 0 && failure === undefined) handler.onResponseEnd?.(controller, {});
      else handler.onResponseError?.(controller, failure ?? new Error(`the answer was cut off (${stream.rstCode})`));
    });
  }

  /** The computer has slept, or is on another network: nothing begins here any more, and what runs has to show soon that it lives. */
  doubt(): void {
    this.#distrusted();
    for (const handler of this.#running) handler.doubt();
  }

  /** Ends it and what runs on it. */
  end(): void {
    clearTimeout(this.#silence);
    this.#isTrusted = false;
    this.#begun?.destroy();
    this.#socket.destroy();
  }

  #session(): ClientHttp2Session {
    if (this.#begun) return this.#begun;
    const options = { createConnection: () => this.#socket, settings: { enablePush: false } };
    const session = http2().connect(this.#origin, options);
    session.on('error', () => undefined);
    session.on('goaway', () => this.#distrusted());
    this.#begun = session;
    return session;
  }

  /** All that was asked here is handed back. */
  #giveUpInSilence(): void {
    // When the process had no time for a while, its timers run before its sockets are read: an answer that lies there counts.
    setImmediate(() => {
      if (!this.#hasSpoken) this.end();
    });
  }

  #lost(request: Waiting): void {
    this.#distrusted();
    request.handler.handedBack();
    this.#handBack(request);
  }

  /** It ends by itself when nothing runs any more. */
  #distrusted(): void {
    this.#isTrusted = false;
    if (this.#begun) this.#begun.close();
    else this.#socket.destroy();
  }

  #headers({ method, path, headers }: Dispatcher.DispatchOptions): Record<string, string> {
    const own = headers as Record<string, string>;
    return { ':method': method, ':scheme': 'https', ':authority': this.#origin.host, ':path': path, ...own };
  }
}

function split(head: IncomingHttpHeaders & IncomingHttpStatusHeader) {
  const { ':status': status = 0, ...headers } = head;
  return { status, headers };
}

function controllerOf(stream: ClientHttp2Stream, onAbort: (reason: Error) => void): Dispatcher.DispatchController {
  let given: Error | null = null;
  return {
    get aborted() {
      return given !== null;
    },
    get paused() {
      return stream.isPaused();
    },
    get reason() {
      return given;
    },
    abort(reason) {
      given = reason;
      onAbort(reason);
      stream.close(http2().constants.NGHTTP2_CANCEL);
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
  };
}
