import { expect, test } from 'vitest';
import { judgeProxies } from '../../../../build/bench/proxies.ts';
import type { TimedResult } from '../../../../build/bench/results.ts';

function judged(medians: Record<string, number | undefined>) {
  const results = Object.entries(medians).map(([pusher, median]) => ({
    pusher,
    seconds: [],
    ...(median !== undefined && { wall: { median, min: median, max: median } }),
  }));
  const result: TimedResult = { kind: 'time', name: 'x', work: 'y', goal: { proxied: 0.9 }, results, verdicts: [] };
  return judgeProxies(result);
}

test('a proxy costs what a push through it takes longer than without, and each is judged', () => {
  const { verdicts, met } = judged({ pushboat: 1, 'through squid': 1.1, 'through dante': 1.25 });
  expect(verdicts).toEqual([
    { text: 'directly / through squid 0.91, goal ≥ 0.9', met: true },
    { text: 'directly / through dante 0.80, goal ≥ 0.9', met: false },
  ]);
  expect(met).toBe(false);
});

test('a proxy through which nothing could be pushed has missed the goal', () => {
  expect(judged({ pushboat: 1, 'through squid': undefined }).met).toBe(false);
});
