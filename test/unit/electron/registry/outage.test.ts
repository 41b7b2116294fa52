import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isOutage, withRetry } from '../../../../electron/registry/answers/retry.ts';
import { Outage } from '../../../../electron/registry/outage.ts';
import type { OutageReport } from '../../../../electron/registry/types.ts';
import { PushboatError } from '../../../../shared/errors.ts';

const refused = () => new PushboatError('HOST_UNREACHABLE', 'refused', { detail: 'connect ECONNREFUSED' });
const POLICY = { tries: 2, baseDelayMs: 1, maxDelayMs: 1 };
const MINUTE = 60_000;

/** A registry that can be away, and what is told of it. */
function registry({ retryForMs = 10 * MINUTE }: { retryForMs?: number } = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const closing = new AbortController();
  const state = { away: true, probes: 0, notices: [] as (OutageReport | undefined)[], closing };
  const outage = new Outage({
    retryForMs: () => retryForMs,
    onChange: (notice) => state.notices.push(notice),
    closing: closing.signal,
    probe: async () => {
      state.probes++;
      if (state.away) throw refused();
    },
  });
  const send = (signal?: AbortSignal) =>
    withRetry({ policy: POLICY, contacted: () => true, closing: closing.signal, outage, signal }, async () => {
      if (state.away) throw refused();
      return 'answer';
    });
  return { state, outage, send };
}

const caught = (work: Promise<unknown>): Promise<unknown> => work.catch((thrown: unknown) => thrown);

describe('a registry that stops answering', () => {
  it('is waited for, and asked by one request for all', async () => {
    const { state, send } = registry();
    const answers = Promise.all([send(), send(), send()]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(state.probes).toBeLessThan(8);
    expect(state.notices.at(-1)).toMatchObject({ reason: 'connect ECONNREFUSED' });
    expect(state.notices.at(-1)?.nextTryAt).toBeGreaterThan(Date.now());
    state.away = false;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await answers).toEqual(['answer', 'answer', 'answer']);
    expect(state.notices.at(-1)).toBeUndefined();
  });

  it('is asked at once when a person wants it', async () => {
    const { state, outage, send } = registry();
    const answer = send();
    await vi.advanceTimersByTimeAsync(40_000);
    state.away = false;
    outage.tryNow();
    await vi.advanceTimersByTimeAsync(10);
    expect(await answer).toBe('answer');
  });

  it.each([0, 2 * MINUTE])('is waited for no longer than was asked for (%i ms)', async (retryForMs) => {
    const { send } = registry({ retryForMs });
    const began = Date.now();
    const failed = caught(send());
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(await failed).toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect(Date.now() - began).toBeGreaterThanOrEqual(retryForMs);
  });

  it('is waited for again after the computer has slept: that counts as no time', async () => {
    const { state, send } = registry({ retryForMs: 2 * MINUTE });
    const answer = send();
    await vi.advanceTimersByTimeAsync(30_000);
    vi.setSystemTime(Date.now() + 8 * 60 * MINUTE);
    await vi.advanceTimersByTimeAsync(30_000);
    state.away = false;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await answer).toBe('answer');
  });

  it('is not waited for by who has given up', async () => {
    const { state, send } = registry();
    const stop = new AbortController();
    const failed = caught(send(stop.signal));
    await vi.advanceTimersByTimeAsync(5_000);
    stop.abort();
    expect(await failed).toMatchObject({ code: 'CANCELLED' });
    const { probes } = state;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(state.probes).toBe(probes);
    expect(state.notices.at(-1)).toBeUndefined();
  });

  it('is not waited for when it answers others', async () => {
    const { state } = registry();
    const outage = new Outage({
      retryForMs: () => MINUTE,
      onChange: () => undefined,
      closing: state.closing.signal,
      probe: async () => undefined,
    });
    const run = { policy: POLICY, contacted: () => true, closing: state.closing.signal, outage };
    const failed = caught(withRetry(run, () => Promise.reject(refused())));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await failed).toMatchObject({ code: 'HOST_UNREACHABLE' });
  });

  it('is not waited for when it has never answered', async () => {
    const { state, outage } = registry();
    const run = { policy: POLICY, contacted: () => false, closing: state.closing.signal, outage };
    await expect(withRetry(run, () => Promise.reject(refused()))).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect(state.probes).toBe(0);
  });
});

describe('an outage', () => {
  const answered = (status: number) => new PushboatError('REGISTRY_UNAVAILABLE', 'failed', { status });

  it.each([502, 503, 504, 521, 524])('is what a gateway without a registry answers (%i)', (status) => {
    expect(isOutage(answered(status))).toBe(true);
  });

  it('is no error of the registry, and no refusal', () => {
    expect(isOutage(answered(500))).toBe(false);
    expect(isOutage(answered(520))).toBe(false);
    expect(isOutage(new PushboatError('DENIED', 'no', { status: 403 }))).toBe(false);
    expect(isOutage(new PushboatError('TLS_UNTRUSTED', 'no'))).toBe(false);
  });
});
