import type { ConnectionWatch } from '../../test/registry/proxy.ts';

/** What a line saw of one push. */
export interface LineTraffic {
  connections: number;
  /** The longest row of messages each of which may have waited for the one before, connections' own handshakes included. */
  roundTrips: number;
}

/** A message so soon after the last one on its connection answers that one; any other may wait for anything that has come. Milliseconds. */
const AT_ONCE_MS = 10;

/** Timers may be early, twice on a way there and back: an answer so much too soon is one. Milliseconds. */
const TOLERANCE_MS = 3;

/**
 * Counts round trips without understanding what is said, so that TLS is no hindrance: a message of the client's comes one round trip after
 * the latest message to it that it can have waited for; what comes back answers the last message that can have reached the other side.
 */
export class RoundTripCounter {
  readonly #roundTripMs: number;
  readonly #now: () => number;
  #connections = 0;
  /** The round trips behind the latest message that the client has. */
  #clock = 0;

  constructor(roundTripMs: number, now: () => number = () => performance.now()) {
    this.#roundTripMs = roundTripMs;
    this.#now = now;
  }

  /** A new connection, whose own handshake is one round trip. */
  readonly opened = (): ConnectionWatch => {
    this.#connections += 1;
    const underWay: { trips: number; sentAt: number }[] = [];
    let heard = this.#clock + 1;
    let heardAt: number | undefined;
    let asked: number | undefined;
    return {
      sent: () => {
        const now = this.#now();
        const waited = heardAt !== undefined && now - heardAt >= AT_ONCE_MS;
        // The rest of a message is a part of it.
        asked ??= (waited ? Math.max(heard, this.#clock) : heard) + 1;
        underWay.push({ trips: asked, sentAt: now });
      },
      received: () => {
        heardAt = this.#now();
        asked = undefined;
        const latest = heardAt - this.#roundTripMs + TOLERANCE_MS;
        for (let first = underWay[0]; first && first.sentAt <= latest; first = underWay[0]) {
          heard = Math.max(heard, first.trips);
          underWay.shift();
        }
        this.#clock = Math.max(this.#clock, heard);
      },
    };
  };

  /** What was counted since the last call. */
  take(): LineTraffic {
    const traffic = { connections: this.#connections, roundTrips: this.#clock };
    this.#connections = 0;
    this.#clock = 0;
    return traffic;
  }
}
