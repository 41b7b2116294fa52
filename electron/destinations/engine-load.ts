import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { cancelled, type PushboatError, throwIfCancelled, toPushboatError } from '../../shared/errors.ts';
import type { EngineAddress } from '../docker-api/address.ts';
import { engineAgent, engineRequest } from '../docker-api/connection.ts';
import type { EngineName } from '../docker-api/endpoints.ts';
import { engineRefused, engineUnreachable } from '../docker-api/errors.ts';
import { loadResponse } from './load-response.ts';
import type { TarSink } from './tar-sink.ts';

/** Milliseconds without a sign of life: an engine may unpack large layers before it says anything. */
const SILENCE_TIMEOUT = 600_000;

/**
 * An archive on its way into an engine (`POST /images/load` of the Engine API), as it is made. The engine reads it whole before it takes any of
 * it, so that one which breaks off leaves nothing there.
 */
export class EngineLoad implements TarSink, Disposable {
  readonly #name: EngineName;
  readonly #address: EngineAddress;
  readonly #agent: Agent;
  readonly #request: ClientRequest;
  /** Settles with the end of the answer. */
  readonly #responded: Promise<void>;
  #signal: AbortSignal;
  readonly #abort = () => this.#request.destroy(cancelled(this.#signal, 'Writing'));
  #failure: PushboatError | undefined;

  constructor(name: EngineName, address: EngineAddress, signal: AbortSignal) {
    this.#name = name;
    this.#address = address;
    this.#signal = signal;
    this.#agent = engineAgent(address);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#responded = promise;
    // Progress is asked for (`quiet=0`): its lines show that the engine is alive.
    const options = {
      method: 'POST',
      path: '/images/load?quiet=0',
      headers: { 'Content-Type': 'application/x-tar' },
      agent: this.#agent,
    };
    this.#request = engineRequest(address, options, (response) => {
      this.#read(response).then(resolve, reject);
    });
    this.#request.on('error', reject);
    this.#request.setTimeout(SILENCE_TIMEOUT, () => this.#request.destroy(new Error('no answer in time')));
    // Connects now: an engine that refuses is known before a layer is read.
    this.#request.flushHeaders();
    this.#responded.catch((error: unknown) => {
      this.#failure = this.#explain(error);
      this.#request.destroy();
    });
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#throwIfFailed();
    if (!this.#request.write(bytes)) await this.#drained();
    this.#throwIfFailed();
  }

  /** Ends the archive and waits until the engine has taken it. @throws PushboatError ENGINE_FAILED in the engine's words, CANCELLED */
  async finish(signal: AbortSignal): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
    this.#throwIfFailed();
    this.#request.end();
    try {
      await this.#responded;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Ends the connection; an archive that is not whole by then is nothing to the engine. */
  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#request.destroy();
    this.#agent.destroy();
  }

  async #read(response: IncomingMessage): Promise<void> {
    const { statusCode = 0 } = response;
    const loaded = await loadResponse(response);
    if (statusCode !== 200) throw engineRefused(this.#name, statusCode, loaded.text, 'load the image');
    if (loaded.error === undefined) return;
    throw engineRefused(this.#name, statusCode, JSON.stringify({ message: loaded.error }), 'load the image');
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#request.off('drain', done);
        this.#request.off('close', done);
        resolve();
      };
      this.#request.on('drain', done);
      this.#request.on('close', done);
      if (this.#request.destroyed) done();
    });
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
    throwIfCancelled(this.#signal);
    if (this.#request.destroyed) throw this.#explain(new Error('the connection was closed'));
  }

  #explain(error: unknown): PushboatError {
    if (this.#signal.aborted) return cancelled(this.#signal, 'Writing');
    return toPushboatError(engineUnreachable(this.#name, this.#address, error));
  }
}
