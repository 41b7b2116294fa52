import type { PushboatError } from '../../shared/errors.ts';
import { orAborted, type Patience } from './answers/retry.ts';
import { Outage } from './outage.ts';
import type { OutageReport, PatienceOptions } from './types.ts';

/** What waits need of a registry's client. */
export interface RegistryPatienceOptions {
  /** Absent: nobody is waited for. */
  patience: PatienceOptions | undefined;
  /** Asks whether the registry is there. */
  probe: (signal: AbortSignal) => Promise<void>;
  /** Whether a host has answered before. */
  hasAnswered: (host: string) => boolean;
  /** Ends all waits. */
  closing: AbortSignal;
}

/** The waits for a registry, and for the server that gives its tokens: they are told as one, the registry's first. */
export class RegistryPatience {
  readonly registry: Outage;
  readonly #tokenServer: Outage;
  readonly #hasAnswered: (host: string) => boolean;
  readonly #told: { registry?: OutageReport | undefined; tokenServer?: OutageReport | undefined } = {};
  /** The token server that is waited for. */
  #host = '';

  constructor({ patience, probe, hasAnswered, closing }: RegistryPatienceOptions) {
    const tell = (): void => patience?.onOutage(this.#told.registry ?? this.#told.tokenServer);
    const shared = {
      retryForMs: patience?.retryForMs ?? (() => 0),
      firstWaitMs: patience?.firstWaitMs,
      probe,
      closing,
    };
    this.#hasAnswered = hasAnswered;
    this.registry = new Outage({
      ...shared,
      onChange: (notice) => {
        this.#told.registry = notice;
        tell();
      },
    });
    this.#tokenServer = new Outage({
      ...shared,
      onChange: (notice) => {
        this.#told.tokenServer = notice && { ...notice, host: this.#host };
        tell();
      },
    });
  }

  /**
   * Waits for a token server. The registry has named it, so it is waited for before its first answer, too, but not where its name is not known.
   * @param ask the request that failed: no other shows as well whether it is there.
   */
  ofTokenServer(host: string, ask: () => Promise<unknown>): Patience {
    return {
      hasPatience: () => this.#tokenServer.hasPatience(),
      wait: async (failure: PushboatError, signals: readonly (AbortSignal | undefined)[]) => {
        if (failure.code === 'DNS_FAILED' && !this.#hasAnswered(host)) throw failure;
        this.#host = host;
        return this.#tokenServer.wait(failure, signals, (stop) => orAborted(ask(), [stop]));
      },
    };
  }

  /** Looks now instead of at the time that was told. */
  tryNow(): void {
    this.registry.tryNow();
    this.#tokenServer.tryNow();
  }
}
