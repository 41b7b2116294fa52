import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RetryNotice } from '../../../../../electron/registry/answers/retry.ts';
import {
  delayAfter,
  isRetryable,
  pause,
  retryAfterOf,
  waitReason,
  withRetry,
  withRetryAfter,
} from '../../../../../electron/registry/answers/retry.ts';
import { limitDelay, parseRetryAfter, retryDelay } from '../../../../../electron/registry/answers/retry-delay.ts';
import type { ApiResponse } from '../../../../../electron/registry/http/response.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import { failure } from '../scripted-server.ts';

const POLICY = { tries: 5, baseDelayMs: 250, maxDelayMs: 30_000 };
const closing = new AbortController().signal;

function answered(status: number, retryAfter?: string, date?: string): PushboatError {
  const answer: ApiResponse = {
    status,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter, ...(date ? { date } : {}) },
    body: Buffer.alloc(0),
    truncated: false,
    method: 'GET',
    url: new URL('https://r/'),
  };
  return withRetryAfter(new PushboatError('RATE_LIMITED', 'slow', { status }), answer);
}

describe('retrying', () => {
  it('doubles the longest delay with every try, spread over the whole range, up to the limit', () => {
    expect([1, 2, 3, 4].map((attempt) => retryDelay(attempt, POLICY, undefined, () => 1))).toEqual([
      250, 500, 1000, 2000,
    ]);
    expect(retryDelay(20, POLICY, undefined, () => 1)).toBe(30_000);
    expect(retryDelay(3, POLICY, undefined, () => 0)).toBe(0);
  });

  it('waits for seconds, and never just a moment, where requests are limited and nobody says for how long', () => {
    expect([1, 2, 3, 4].map((attempt) => limitDelay(attempt, POLICY, () => 0))).toEqual([1000, 2000, 4000, 8000]);
    expect(limitDelay(20, POLICY, () => 1)).toBe(30_000);
    const soon = { ...POLICY, baseDelayMs: 100 };
    expect(delayAfter(answered(503), 1, soon)).toBeLessThanOrEqual(100);
    for (const retryAfter of [undefined, '0'])
      expect(delayAfter(answered(429, retryAfter), 1, soon)).toBeGreaterThanOrEqual(400);
    expect(delayAfter(answered(429, '1'), 1, soon)).toBeGreaterThanOrEqual(1000);
  });

  it('tells a wait that is long', () => {
    expect(waitReason(answered(429), 9_000)).toBe('429 Too Many Requests');
    expect(waitReason(answered(429), 300_000)).toBe('429 Too Many Requests; again in 300 s');
  });

  it('reads Retry-After as seconds and as an HTTP-date, never longer than five minutes', () => {
    const now = Date.parse('Sun, 22 Nov 2026 10:00:00 GMT');
    expect(parseRetryAfter('7', now)).toBe(7000);
    expect(parseRetryAfter('Sun, 22 Nov 2026 10:00:30 GMT', now)).toBe(30_000);
    expect(parseRetryAfter('Sun, 22 Nov 2026 09:00:00 GMT', now)).toBe(0);
    expect(parseRetryAfter('86400', now)).toBe(300_000);
    // A time in seconds since 1970 is no number of seconds to wait for.
    expect(parseRetryAfter(String(now / 1000 + 20), now)).toBe(20_000);
    for (const wrong of [undefined, '', '-5', 'soon', '1.5']) expect(parseRetryAfter(wrong, now)).toBeUndefined();
  });

  it.each([-3_600_000, 0, 3_600_000])('reads a date by the clock of the registry that is %i ms off', (skew) => {
    const now = Date.now() + skew;
    const [date, later] = [now, now + 20_000].map((time) => new Date(time).toUTCString());
    expect(retryAfterOf(answered(429, later, date))).toBe(20_000);
  });

  it('waits at least as long as the registry asked, then succeeds', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const notices: RetryNotice[] = [];
    let calls = 0;
    const run = withRetry(
      { policy: POLICY, contacted: () => true, closing, onRetry: (notice) => notices.push(notice) },
      () => {
        calls++;
        return calls === 1 ? Promise.reject(answered(429, '20')) : Promise.resolve('done');
      },
    );
    await vi.advanceTimersByTimeAsync(19_900);
    expect(calls).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await run).toBe('done');
    expect(notices).toEqual([
      {
        attempt: 2,
        delayMs: expect.any(Number) as number,
        reason: expect.stringMatching(/^429 Too Many Requests; again in 2[01] s$/),
      },
    ]);
    expect(retryAfterOf(answered(503, '2'))).toBe(2000);
  });

  it('tries as often as the policy says and throws the last failure', async () => {
    let calls = 0;
    const run = withRetry(
      { policy: { tries: 4, baseDelayMs: 1, maxDelayMs: 1 }, contacted: () => true, closing },
      () => {
        calls++;
        return Promise.reject(new PushboatError('CONNECTION_LOST', `try ${calls}`));
      },
    );
    expect((await failure(run)).message).toBe('try 4');
    expect(calls).toBe(4);
  });

  it.each([400, 401, 403, 404, 405, 413, 501])('never retries %d', (status) => {
    expect(isRetryable(answered(status))).toBe(false);
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 520, 522, 524])('retries %d', (status) => {
    expect(isRetryable(answered(status))).toBe(true);
  });

  it('takes an unreachable host at first contact for a wrong address, later for a passing failure', () => {
    const refused = new PushboatError('HOST_UNREACHABLE', 'refused');
    expect(isRetryable(refused, false)).toBe(false);
    expect(isRetryable(refused, true)).toBe(true);
    expect(isRetryable(new PushboatError('TLS_UNTRUSTED', 'x'), true)).toBe(false);
  });

  it('stops waiting at once when it is cancelled', async () => {
    const controller = new AbortController();
    const waiting = failure(pause(60_000, [controller.signal, closing]));
    controller.abort();
    expect((await waiting).code).toBe('CANCELLED');
    expect((await failure(pause(60_000, [controller.signal]))).code).toBe('CANCELLED');
  });
});
