import type { Socket } from 'node:net';
import type { buildConnector, Dispatcher } from 'undici';
import { Client } from 'undici';
import { SLEPT } from './limits.ts';
import { type HeadState, MAX_HEAD_BYTES, mendHeads } from './response-head.ts';

/** Milliseconds that an unused connection is kept; undici's own 4 s would close it between two layers. */
const KEEP_ALIVE = 45_000;

/** After so many milliseconds without a request the other side may have closed it, although it was never used. */
const MAY_BE_STALE = 1_000;

/** One connection, as an exchange that runs on it sees it. */
export interface Carrier extends HeadState {
  /** It was used before, or has waited: a request that is lost on it before a byte of its answer most likely never arrived. */
  wasIdle: boolean;
  /** To be told when the exchange is over, well or not. @param isLost the connection ended before a byte of the answer. */
  ended(isLost?: boolean): void;
}

/** How an exchange ended on a connection that had been used before. */
export type Reuse = 'kept' | 'lost';

/** What a handler implements to learn which connection carries it. */
export interface CarriedHandler extends Dispatcher.DispatchHandler {
  carrier: Carrier | undefined;
  /** Its exchange was given up before it began. */
  readonly isOver: boolean;
  fail(error: unknown): void;
  /** It was lost before its answer, and waits for another connection: that takes nothing of its time. */
  handedBack(): void;
  /** Whether the other side is still there is doubtful: it is given up soon when it shows no sign of life. */
  doubt(): void;
}

/** A request, and who hears of its answer. */
export interface Waiting {
  options: Dispatcher.DispatchOptions;
  handler: CarriedHandler;
}

/** One connection: HTTP/1.1, one request at a time. Timeouts belong to each exchange. */
export class Connection extends Client implements Carrier {
  wasIdle = false;
  awaitsHead = false;
  asksForHead = false;
  isBusy = false;
  readonly #onFree: (reuse: Reuse | undefined) => void;
  #socket: Socket;
  #handler: CarriedHandler | undefined;
  #freeSince = performance.now();
  /** The same on the other clock. Epoch milliseconds. */
  #freeSinceDate = Date.now();

  /**
   * @param socket is open already.
   * @param reconnect where that has ended just when it is needed.
   * @param onFree called when an exchange is over.
   */
  constructor(
    origin: URL,
    socket: Socket,
    reconnect: (origin: URL) => Promise<Socket>,
    onFree: (reuse: Reuse | undefined) => void,
  ) {
    const own: { connection?: Connection } = {};
    const use = (open: Socket): Socket => {
      if (own.connection) {
        own.connection.#socket = open;
        mendHeads(open, own.connection);
      }
      return open;
    };
    let unused: Socket | undefined = socket;
    const give = async (callback: buildConnector.Callback): Promise<void> => {
      const first = unused;
      unused = undefined;
      let open: Socket;
      try {
        // Never at once: undici begins no request while it is still asking for the connection.
        open = await (first && !first.destroyed ? first : reconnect(origin));
      } catch (error) {
        return callback(error instanceof Error ? error : new Error(String(error)), null);
      }
      return callback(null, use(open));
    };
    super(origin, {
      connect: (_, callback) => void give(callback),
      maxHeaderSize: MAX_HEAD_BYTES,
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#socket = socket;
    this.#onFree = onFree;
    own.connection = this;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** It has been idle for too long to be trusted, counting the time in which the computer slept. */
  get isOld(): boolean {
    const idle = performance.now() - this.#freeSince;
    const passed = Date.now() - this.#freeSinceDate;
    return Math.max(idle, passed) > KEEP_ALIVE || passed - idle > SLEPT;
  }

  /** To be told when the network may be another one: a request that is under way has to show soon that it lives. */
  doubt(): void {
    this.#handler?.doubt();
  }

  carry(options: Dispatcher.DispatchOptions, handler: CarriedHandler): void {
    this.isBusy = true;
    this.#handler = handler;
    this.wasIdle ||= performance.now() - this.#freeSince > MAY_BE_STALE;
    handler.carrier = this;
    this.dispatch(options, handler);
  }

  ended(isLost = false): void {
    const reuse = isLost ? 'lost' : 'kept';
    const known = this.wasIdle ? reuse : undefined;
    this.isBusy = false;
    this.wasIdle = true;
    this.#handler = undefined;
    this.#freeSince = performance.now();
    this.#freeSinceDate = Date.now();
    this.#onFree(known);
  }

  /** Ends it, also where no request has ever used it. */
  async end(): Promise<void> {
    const ended = this.destroy();
    this.#socket.destroy();
    await ended;
  }
}
