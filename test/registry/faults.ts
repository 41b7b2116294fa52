import type { ReplyHeaders } from './reply.ts';

/** A place in a request body: that many bytes in, half of its Content-Length, all but its last byte, or its end. */
export type BodyPosition = number | 'half' | 'last' | 'all';

/** Changes one header of the reply, from what it would be; null takes it away. */
export type HeaderChange = string | string[] | null | ((original: string | undefined) => string | null);

export type FaultAction =
  /** Ends the connection when `after` bytes of the body have come. They are kept (as real registries do) unless `keep` is false. */
  | { kind: 'drop'; after: BodyPosition; keep?: boolean }
  /** Takes the whole request, does what it asks when `committed`, and resets the connection instead of answering. */
  | { kind: 'reset'; committed: boolean }
  /**
   * Answers by itself. The body of the request is read up to `after` (default `all`) and thrown away; `close` ends the connection.
   * A text is sent as HTML (what proxies answer), other bodies as JSON; without one the spec's error body is made.
   */
  | { kind: 'answer'; status: number; headers?: ReplyHeaders; body?: unknown; after?: BodyPosition; close?: boolean }
  /** 401 with the registry's own challenge; `after` as above. */
  | { kind: 'challenge'; error?: string; after?: BodyPosition }
  /** Every token given out so far stops working, before this request is looked at. */
  | { kind: 'revoke-tokens' }
  /** The upload that the request names is gone, so the request is answered 404 BLOB_UPLOAD_UNKNOWN. */
  | { kind: 'forget-upload' }
  /** Handles the request, then changes the reply on its way out. */
  | { kind: 'rewrite'; status?: number; headers?: Record<string, HeaderChange>; body?: unknown }
  /** GET of a blob: 307 to the second listener. Upload requests: the Location leads there. Needs the option `elsewhere`. */
  | { kind: 'elsewhere' }
  /** Reads the body at this rate. */
  | { kind: 'slow'; bytesPerSecond: number }
  /** Waits before it handles the request. */
  | { kind: 'delay'; ms: number }
  /** Never answers, and never reads the body. */
  | { kind: 'stall' };

export interface FaultRule {
  /** What it applies to; everything when absent. `path` is matched against path and query. */
  on?: { method?: string; path?: RegExp };
  /** Matching requests that pass before the first fault. Default 0. */
  skip?: number;
  /** How many requests get the fault. Default 1; `Infinity` = all. */
  times?: number;
  action: FaultAction;
}

/** A rule that was added: says how often it struck, and can be taken back. */
export interface ArmedFault {
  readonly struck: number;
  remove(): void;
}

interface Armed {
  rule: FaultRule;
  seen: number;
  struck: number;
}

/** The script of what goes wrong. The first rule (in order of addition) whose turn has come wins; a request gets one fault. */
export class Faults {
  readonly #armed: Armed[] = [];

  add(rule: FaultRule): ArmedFault {
    const armed: Armed = { rule, seen: 0, struck: 0 };
    this.#armed.push(armed);
    return {
      get struck() {
        return armed.struck;
      },
      remove: () => this.#remove(armed),
    };
  }

  clear(): void {
    this.#armed.length = 0;
  }

  /** The fault for this request, which counts as one occurrence for every rule that it matches. */
  take(method: string, path: string): FaultAction | undefined {
    let chosen: FaultAction | undefined;
    for (const armed of this.#armed) {
      const { on, skip = 0, times = 1, action } = armed.rule;
      if (on?.method && on.method !== method) continue;
      if (on?.path && !on.path.test(path)) continue;
      armed.seen += 1;
      if (chosen || armed.seen <= skip || armed.struck >= times) continue;
      armed.struck += 1;
      chosen = action;
    }
    return chosen;
  }

  #remove(armed: Armed): void {
    const index = this.#armed.indexOf(armed);
    if (index >= 0) this.#armed.splice(index, 1);
  }
}

/** The number of bytes that a position means for a body of this length. @throws TypeError for a relative one without a length. */
export function bytesUntil(position: BodyPosition, contentLength: number | undefined): number {
  if (typeof position === 'number') return position;
  if (position === 'all') return Number.POSITIVE_INFINITY;
  if (contentLength === undefined) throw new TypeError(`a fault at '${position}' needs a body with Content-Length`);
  return position === 'half' ? Math.floor(contentLength / 2) : Math.max(0, contentLength - 1);
}
