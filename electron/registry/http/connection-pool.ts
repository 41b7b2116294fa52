import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import type { Connect } from './connect.ts';
import { type CarriedHandler, Connection, type Reuse, type Waiting } from './connection.ts';
import { isQuestion, MultiplexedConnection, speaksHttp2 } from './multiplexed.ts';

/**
 * After so many requests that were lost on connections which had been used, and no more than some times as many that were not, none is used
 * twice: there are servers and gateways that end each connection after an answer and do not say so. A request can be sent again; a
 * layer that is being made cannot, and each loss costs what was under way.
 */
const LOST_OFTEN = 3;
const KEPT_FOR_EACH = 4;

/** When so many questions wait, a connection of HTTP/2 is worth a try: those of an ordinary image are fewer. */
const MANY_QUESTIONS = 16;

/** How HTTP/2 comes in where the other side speaks it. */
export interface Multiplexing {
  connect: Connect;
  /** It does: many questions at once cost it no more connections. */
  onOpen: () => void;
  /** Milliseconds for the first answer over it; absent: a few seconds. */
  firstWord?: number;
}

/**
 * Connections to one origin. A request takes one that is free; where there is none, another one is begun, and the request takes whichever
 * comes first: over a long line a new connection costs two or three times as much as the wait for one that is about to be free. Questions for which
 * there are too few share one of HTTP/2, if the other side speaks that; bodies never do, for one of them would hold up the others.
 */
export class ConnectionPool {
  readonly #origin: URL;
  readonly #connect: Connect;
  readonly #most: number;
  /** The one that was free last is the last. */
  readonly #connections: Connection[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #closing = new AbortController();
  #connecting = 0;
  /** Requests on connections that had been used before, by how they ended. */
  readonly #reuses: Record<Reuse, number> = { kept: 0, lost: 0 };

  readonly #multiplexing: Multiplexing | undefined;
  #multiplexed: MultiplexedConnection | undefined;
  /** It was tried here, and is not tried again. */
  #hasTriedMultiplexing = false;

  /** @param most connections of HTTP/1.1 at once. */
  constructor(origin: URL, connect: Connect, most: number, multiplexing?: Multiplexing) {
    this.#origin = origin;
    this.#connect = connect;
    this.#most = most;
    this.#multiplexing = multiplexing;
  }

  /** Takes a connection that was begun elsewhere; when it fails, those that are needed are begun here. */
  adopt(socket: Promise<Socket>): void {
    this.#begin(socket, true);
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: CarriedHandler): void {
    this.#waiting.push({ options, handler });
    this.#proceed();
  }

  /** The computer has slept, or is on another network: what is idle is closed, and what is busy has to show soon that it lives. */
  distrust(): void {
    for (const connection of this.#connections.toReversed()) {
      if (connection.isBusy) connection.doubt();
      else this.#leaveOut(connection);
    }
    this.#multiplexed?.doubt();
  }

  async destroy(): Promise<void> {
    const closed = Object.assign(new Error('The client is destroyed'), { code: 'UND_ERR_DESTROYED' });
    for (const { handler } of this.#waiting.splice(0)) handler.fail(closed);
    this.#closing.abort(closed);
    this.#multiplexed?.end();
    await Promise.all(this.#connections.splice(0).map((connection) => connection.end()));
  }

  /** Gives free connections to those who wait, and begins as many as are missing. */
  #proceed(): void {
    for (;;) {
      const free = this.#waiting.length > 0 ? this.#takeFree() : undefined;
      const next = free && this.#next();
      if (!free || !next) break;
      free.carry(next.options, next.handler);
    }
    this.#multiplex();
    const room = this.#most - this.#connections.length;
    while (this.#connecting < Math.min(this.#waiting.length, room))
      this.#begin(this.#connect(this.#origin, this.#closing.signal));
  }

  /** Sends the questions for which no connection is about to be open over the one that takes many. */
  #multiplex(): void {
    if (this.#multiplexing === undefined) return;
    const questions = this.#waiting.filter(({ options }) => isQuestion(options));
    if (this.#multiplexed?.isOpen) {
      for (const question of questions.slice(this.#connecting)) {
        this.#waiting.splice(this.#waiting.indexOf(question), 1);
        if (!question.handler.isOver) this.#multiplexed.carry(question);
      }
    } else if (questions.length >= MANY_QUESTIONS && !this.#hasTriedMultiplexing) {
      this.#hasTriedMultiplexing = true;
      this.#begin(this.#multiplexing.connect(this.#origin, this.#closing.signal), true);
    }
  }

  #next(): Waiting | undefined {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) if (!next.handler.isOver) return next;
    return undefined;
  }

  /** Those that have ended meanwhile, or may have, are left out from now on. */
  #takeFree(): Connection | undefined {
    for (const connection of this.#connections.toReversed()) {
      if (connection.isBusy) continue;
      if (connection.isOpen && !connection.isOld && (this.#mayReuse || !connection.wasIdle)) return connection;
      this.#leaveOut(connection);
    }
    return undefined;
  }

  get #mayReuse(): boolean {
    const { kept, lost } = this.#reuses;
    return lost < LOST_OFTEN || kept > lost * KEPT_FOR_EACH;
  }

  #leaveOut(connection: Connection): void {
    this.#connections.splice(this.#connections.indexOf(connection), 1);
    void connection.end();
  }

  #begin(opening: Promise<Socket>, isAdopted = false): void {
    this.#connecting++;
    opening.then(
      (socket) => {
        this.#connecting--;
        if (this.#closing.signal.aborted) return void socket.destroy();
        if (speaksHttp2(socket)) this.#takeMultiplexed(socket);
        else this.#take(socket);
        this.#proceed();
      },
      (error: unknown) => {
        this.#connecting--;
        // Whoever waits longest has begun it, or waits for one as much as the others.
        if (!isAdopted) this.#next()?.handler.fail(error);
        this.#proceed();
      },
    );
  }

  #take(socket: Socket): void {
    const connection = new Connection(this.#origin, socket, this.#connect, (reuse) => {
      if (reuse) this.#reuses[reuse]++;
      // The one that was used last is the least likely to have been closed.
      const index = this.#connections.indexOf(connection);
      if (index !== -1) this.#connections.push(...this.#connections.splice(index, 1));
      this.#proceed();
    });
    this.#connections.push(connection);
  }

  #takeMultiplexed(socket: Socket): void {
    this.#hasTriedMultiplexing = true;
    // One that was begun early may come after one that was begun here: nobody would end the other.
    if (this.#multiplexed?.isOpen) return void socket.destroy();
    const handBack = (lost: Waiting): void => {
      const { signal } = this.#closing;
      if (signal.aborted) return lost.handler.fail(signal.reason);
      this.#waiting.unshift(lost);
      this.#proceed();
    };
    this.#multiplexed = new MultiplexedConnection(this.#origin, socket, handBack, this.#multiplexing?.firstWord);
    this.#multiplexing?.onOpen();
  }
}
