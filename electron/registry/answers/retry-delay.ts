export interface RetryPolicy {
  /** Tries in all, the first included. */
  tries: number;
  /** First and longest delay in milliseconds; full jitter between 0 and the exponential value. */
  baseDelayMs: number;
  maxDelayMs: number;
}

/** Longest `Retry-After` in milliseconds that is obeyed to the letter; a longer one is cut, for a person waits. */
const MAX_RETRY_AFTER = 5 * 60_000;

/** What is no number of seconds to wait for, but a time: so many have passed since 1970, and some write that. */
const A_BILLION = 1e9;

/**
 * `Retry-After` in milliseconds: seconds or an HTTP-date (RFC 9110, 10.2.3), at most 5 minutes.
 * @param now by the clock of who wrote it.
 */
export function parseRetryAfter(value: string | undefined, now: number = Date.now()): number | undefined {
  const text = value?.trim() ?? '';
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  const delay =
    seconds !== undefined
      ? seconds * 1000 - (seconds > A_BILLION ? now : 0)
      : /[a-z]{3}/i.test(text)
        ? Date.parse(text) - now
        : Number.NaN;
  return Number.isNaN(delay) ? undefined : Math.min(MAX_RETRY_AFTER, Math.max(0, delay));
}

/**
 * Milliseconds before the next try: what the registry asked for, plus a little so that many do not come back at once; else
 * exponential backoff with full jitter.
 * @param attempt number of the try that failed, from 1.
 */
export function retryDelay(
  attempt: number,
  policy: RetryPolicy,
  retryAfter?: number,
  random: () => number = Math.random,
): number {
  const { baseDelayMs, maxDelayMs } = policy;
  if (retryAfter !== undefined) return Math.round(retryAfter + random() * Math.min(baseDelayMs, retryAfter / 10));
  return Math.round(random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1)));
}

/** How much longer than after another failure one waits first where requests are limited and nobody says for how long. */
const LIMIT_FACTOR = 8;

/**
 * Milliseconds before the next try where requests are limited: as such limits are for some seconds, never less than half of the longest
 * delay.
 */
export function limitDelay(attempt: number, policy: RetryPolicy, random: () => number = Math.random): number {
  const { baseDelayMs, maxDelayMs } = policy;
  const longest = Math.min(maxDelayMs, LIMIT_FACTOR * baseDelayMs * 2 ** (attempt - 1));
  return Math.round((longest * (1 + random())) / 2);
}
