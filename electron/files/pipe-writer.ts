import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DO_NOT_WAIT, isCode } from './plain-file.ts';

/** Milliseconds that somebody has to open the other end of a pipe. */
const READER_WITHIN = 5_000;

/**
 * Writes to a pipe (FIFO) that has a name. Neither a pipe that nobody reads nor a reader that stops reading can keep the process from
 * continuing or ending: what waits for them can be given up by `signal`. Everything fails with the system's error.
 */
export class PipeWriter implements AsyncDisposable {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(path: string, signal: AbortSignal): Promise<PipeWriter> {
    const fd = await openForReader(path, signal);
    const socket = new Socket({ fd, readable: false, writable: true, signal });
    // Each write tells its own failure.
    socket.on('error', () => undefined);
    return new PipeWriter(socket);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** When it returns all bytes are in the pipe. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#socket.destroy();
    await once(this.#socket, 'close');
  }
}

/** Without somebody who reads, the system refuses at once instead of waiting (fifo(7)). */
async function openForReader(path: string, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | DO_NOT_WAIT);
    } catch (error) {
      if (!isCode(error, 'ENXIO')) throw error;
      if (performance.now() - began > READER_WITHIN) throw new Error('nobody reads from the pipe', { cause: error });
    }
    await sleep(50, undefined, { signal });
  }
}
