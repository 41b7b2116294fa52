import { setMaxListeners } from 'node:events';
import { abortError, PushboatError } from '../../../shared/errors.ts';
import { ProxyError } from '../http/proxy.ts';
import { type ApiResponse, header } from '../http/response.ts';
import { limitDelay, parseRetryAfter, type RetryPolicy, retryDelay } from './retry-delay.ts';
import { statusText } from './status-error.ts';

/** A coming retry, for the row that waits for it. */
export interface RetryNotice {
  /** Number of the coming try: 2 is the first retry. */
  attempt: number;
  delayMs: number;
  /** Short and readable: `503 Service Unavailable`, `connection reset`. */
  reason: string;
}

export interface RequestOptions {
  signal?: AbortSignal | undefined;
  onRetry?: ((notice: RetryNotice) => void) | undefined;
}

/**
 * What a gateway says that finds nobody behind it, or not in time; of Cloudflare 521 to 524, and 530 of a tunnel that is not connected
 * (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
 */
const NOBODY_BEHIND = [502, 503, 504, 521, 522, 523, 524, 530];

/**
 * Statuses that may pass by themselves: 425 is to be asked again (RFC 8470), 499 comes from a proxy that took its own client for gone, 520 and 525
 * are Cloudflare's for an answer that it does not understand or does not get, 529 is that of who has too much to do.
 */
const RETRYABLE_STATUSES = new Set([408, 425, 429, 499, 500, 520, 525, 529, ...NOBODY_BEHIND]);

/** A failure with what whoever retries must know of it, and people need not. */
class RetryableFailure extends PushboatError {
  /** Milliseconds that the registry asked to wait (`Retry-After`). */
  readonly retryAfterMs: number | undefined;
  /** All tries, or all patience, went into it: a request that failed for it (its token's failure, say) does not begin again. */
  readonly gaveUp: false | 'tries' | 'patience';

  constructor(
    failure: PushboatError,
    { retryAfterMs, gaveUp }: { retryAfterMs: number | undefined; gaveUp: false | 'tries' | 'patience' },
  ) {
    super(failure.code, failure.message, { ...failure.facts, hint: failure.hint, cause: failure.cause });
    this.retryAfterMs = retryAfterMs;
    this.gaveUp = gaveUp;
  }
}

function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUSES.has(status);
}

/** What these say stays so, whatever the status: a full registry may say it with 500. */
const LASTING: readonly string[] = ['MANIFEST_REJECTED', 'QUOTA_EXCEEDED', 'REGISTRY_ERROR', 'TAG_IMMUTABLE'];

/**
 * Whether the same request may succeed later without a person doing anything.
 * @param contacted an answer has come from the registry before: then a host that cannot be reached or looked up is a passing
 *   failure, while at first contact it is most likely a wrong address.
 */
export function isRetryable(error: unknown, contacted = true): boolean {
  if (!(error instanceof PushboatError) || LASTING.includes(error.code)) return false;
  if (error.facts.status !== undefined) return isRetryableStatus(error.facts.status);
  switch (error.code) {
    case 'CONNECTION_LOST':
    case 'TIMEOUT':
      return true;
    case 'HOST_UNREACHABLE':
    case 'DNS_FAILED':
    case 'PROXY_FAILED':
      return contacted;
    default:
      return false;
  }
}

/** The error that was made of an answer, with the answer's `Retry-After`. */
export function withRetryAfter(error: PushboatError, response: ApiResponse): PushboatError {
  const clock = Date.parse(header(response, 'date') ?? '');
  const retryAfterMs = parseRetryAfter(header(response, 'retry-after'), Number.isNaN(clock) ? undefined : clock);
  return retryAfterMs === undefined ? error : new RetryableFailure(error, { retryAfterMs, gaveUp: false });
}

/** Milliseconds that the registry asked to wait when it gave this error. */
export function retryAfterOf(error: unknown): number | undefined {
  return error instanceof RetryableFailure ? error.retryAfterMs : undefined;
}

/** Milliseconds before the next try after a failure. @param attempt number of the try that failed, from 1. */
export function delayAfter(failure: PushboatError, attempt: number, policy: RetryPolicy): number {
  const asked = retryAfterOf(failure);
  return failure.facts.status === 429 && !asked ? limitDelay(attempt, policy) : retryDelay(attempt, policy, asked);
}

export interface RetryRun extends RequestOptions {
  policy: RetryPolicy;
  contacted: () => boolean;
  /** Ends all waits when the client closes. */
  closing: AbortSignal;
  /** Waits for a registry that is away, when all tries have failed. */
  outage?: Patience | undefined;
}

/** Waits for a registry that is away (`Outage`). */
export interface Patience {
  hasPatience(): boolean;
  /** Resolves when the registry answers, with whether it was away. @throws the last failure when the time is over, or CANCELLED. */
  wait(failure: PushboatError, signals: readonly (AbortSignal | undefined)[]): Promise<boolean>;
}

const UNREACHABLE: readonly string[] = ['CONNECTION_LOST', 'TIMEOUT', 'HOST_UNREACHABLE', 'DNS_FAILED'];

/**
 * Whether a failure means that nobody is there, as opposed to a refusal: a network that is down, a registry or a proxy that is started
 * again.
 */
export function isOutage({ code, facts: { status }, cause }: PushboatError): boolean {
  if (cause instanceof ProxyError && cause.fault === 'unreachable') return true;
  if (status === undefined) return UNREACHABLE.includes(code);
  return code === 'REGISTRY_UNAVAILABLE' && NOBODY_BEHIND.includes(status);
}

/** Whether the client has tried all that its policy allows before it threw this. */
export function isExhausted(error: PushboatError): boolean {
  return error instanceof RetryableFailure && error.gaveUp !== false;
}

/** Whether the registry was waited for as long as it may be: nothing that follows begins to wait again. */
export function isOutOfPatience(error: unknown): boolean {
  return error instanceof RetryableFailure && error.gaveUp === 'patience';
}

/**
 * Runs `attempt` until it succeeds, fails for good, or the policy's tries are used up; the last failure is thrown. A registry that is away
 * is waited for, and tried as often again when it is back.
 */
export async function withRetry<T>(run: RetryRun, attempt: () => Promise<T>): Promise<T> {
  let wasThere = false;
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PushboatError) || isExhausted(error) || !isRetryable(error, run.contacted())) throw error;
      if (number >= triesFor(error, run)) {
        // One that answers others while it fails here is not away.
        if (wasThere || !run.contacted()) throw afterGivingUp(error, 'tries');
        wasThere = !(await waitForRegistry(run, error));
        number = 0;
        continue;
      }
      const delayMs = delayAfter(error, number, run.policy);
      run.onRetry?.({ attempt: number + 1, delayMs, reason: waitReason(error, delayMs) });
      await pause(delayMs, [run.signal, run.closing]);
    }
  }
}

/** Tries for who has never said a word: each takes as long as anybody may be waited for. */
const TRIES_IN_SILENCE = 2;

function triesFor({ code }: PushboatError, { policy, contacted }: RetryRun): number {
  return code === 'TIMEOUT' && !contacted() ? Math.min(TRIES_IN_SILENCE, policy.tries) : policy.tries;
}

/** Returns whether the registry was away. @throws the failure when it is not to be waited for, or does not come back. */
async function waitForRegistry({ outage, signal }: RetryRun, failure: PushboatError): Promise<boolean> {
  if (!outage?.hasPatience() || !isOutage(failure)) throw afterGivingUp(failure, 'tries');
  try {
    return await outage.wait(failure, [signal]);
  } catch (thrown) {
    if (thrown instanceof PushboatError && isOutage(thrown)) throw afterGivingUp(thrown, 'patience');
    throw thrown;
  }
}

/** A failure that is not to be tried again, for there is another way to what was asked for. */
export function notAgain(failure: PushboatError): PushboatError {
  return afterGivingUp(failure, 'tries');
}

function afterGivingUp(failure: PushboatError, what: 'tries' | 'patience'): RetryableFailure {
  return new RetryableFailure(failure, { retryAfterMs: retryAfterOf(failure), gaveUp: what });
}

/** Short and readable: `503 Service Unavailable`, `connection lost`. */
export function retryReason(error: unknown): string {
  if (!(error instanceof PushboatError)) return String(error);
  if (error.facts.status !== undefined) return statusText(error.facts.status);
  return error.facts.detail ?? error.code.toLowerCase().replaceAll('_', ' ');
}

/** Milliseconds of a wait that is told: a person would think that nothing happens. */
const LONG_WAIT = 10_000;

/** The reason of a retry, with the wait before it where that is long. */
export function waitReason(error: unknown, delayMs: number): string {
  const reason = retryReason(error);
  return delayMs < LONG_WAIT ? reason : `${reason}; again in ${Math.round(delayMs / 1000)} s`;
}

/** Waits. @throws PushboatError CANCELLED as soon as one of the signals aborts. */
export function pause(delayMs: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  return orAborted(promise, signals).finally(() => clearTimeout(timer));
}

/** The promise, or CANCELLED when a signal aborts first; work that others share continues. */
export function orAborted<T>(promise: Promise<T>, signals: readonly (AbortSignal | undefined)[]): Promise<T> {
  const active = signals.filter((signal) => signal !== undefined);
  if (active.some((signal) => signal.aborted)) {
    // Whoever shares the promise hears of its failure; this caller no longer does.
    promise.catch(() => undefined);
    return Promise.reject(cancelled(signals));
  }
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      for (const signal of active) signal.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      end();
      reject(cancelled(signals));
    };
    for (const signal of active) {
      setMaxListeners(0, signal);
      signal.addEventListener('abort', onAbort, { once: true });
    }
    promise.then(resolve, reject).finally(end);
  });
}

function cancelled(signals: readonly (AbortSignal | undefined)[]): PushboatError {
  return abortError(signals.find((signal) => signal?.aborted)?.reason);
}
