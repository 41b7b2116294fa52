import { describe, expect, it } from 'vitest';
import { SlotPool, Slots } from '../../../../electron/registry/slots.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { failure } from './scripted-server.ts';

async function isWaiting(promise: Promise<unknown>): Promise<boolean> {
  const mark = {};
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, mark))])) === mark;
}

describe('slots', () => {
  it('lets no more than the limit in, and the next in when one leaves', async () => {
    const pool = new SlotPool(2);
    const first = await pool.acquire();
    await pool.acquire();
    const third = pool.acquire();
    expect(await isWaiting(third)).toBe(true);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(await isWaiting(third)).toBe(false);
    expect(pool.taken).toBe(2);
  });

  it('serves those who wait in their order', async () => {
    const pool = new SlotPool(1);
    const order: number[] = [];
    const first = await pool.acquire();
    const others = [1, 2, 3].map(async (number) => {
      using _slot = await pool.acquire();
      order.push(number);
    });
    first[Symbol.dispose]();
    await Promise.all(others);
    expect(order).toEqual([1, 2, 3]);
  });

  it('halves once for a burst of 429, and again for the next burst', async () => {
    const pool = new SlotPool(32);
    const burst = await Promise.all(Array.from({ length: 20 }, () => pool.acquire()));
    for (const slot of burst) slot.throttled();
    expect(pool.limit).toBe(16);
    for (const slot of burst) slot[Symbol.dispose]();
    const later = await pool.acquire();
    later.throttled();
    expect(pool.limit).toBe(8);
  });

  it('never falls below one and recovers one slot per round of good answers', async () => {
    const pool = new SlotPool(4);
    for (let round = 0; round < 5; round++) {
      using slot = await pool.acquire();
      slot.throttled();
    }
    expect(pool.limit).toBe(1);
    const limits: number[] = [];
    for (let answer = 0; answer < 12; answer++) {
      using slot = await pool.acquire();
      slot.succeeded();
      limits.push(pool.limit);
    }
    expect(limits[0]).toBe(2);
    expect(limits.at(-1)).toBe(4);
    expect(limits).toEqual([...limits].sort((a, b) => a - b));
  });

  it('gives a quarter up, once a round, when answers come far later than the best', async () => {
    const pool = new SlotPool(32);
    {
      using quick = await pool.acquire();
      quick.succeeded(100);
    }
    const limits: number[] = [];
    for (let round = 0; round < 10; round++) {
      const slots = await Promise.all(Array.from({ length: pool.limit }, () => pool.acquire()));
      for (const slot of slots) slot.succeeded(2000);
      for (const slot of slots) slot[Symbol.dispose]();
      limits.push(pool.limit);
    }
    expect(limits.slice(0, 3)).toEqual([24, 18, 13]);
    // Lateness alone does not take the last ones.
    expect(limits.at(-1)).toBe(4);
    for (let answer = 0; answer < 600; answer++) {
      using slot = await pool.acquire();
      slot.succeeded(120);
    }
    expect(pool.limit).toBe(32);
  });

  it.each([
    ['slow from the first', [1600, 3000, 2500]],
    ['slower, yet quick enough', [10, 1400, 1400]],
    ['slower by less than the factor', [300, 2000, 2300]],
  ])('keeps all for a registry that is %s', async (_, latencies) => {
    const pool = new SlotPool(8);
    for (const latency of latencies) {
      using slot = await pool.acquire();
      slot.succeeded(latency);
    }
    expect(pool.limit).toBe(8);
  });

  it('forgets whoever is cancelled while waiting, and keeps the slot for the next', async () => {
    const pool = new SlotPool(1);
    const first = await pool.acquire();
    const controller = new AbortController();
    const gone = failure(pool.acquire(controller.signal));
    const next = pool.acquire();
    controller.abort();
    expect((await gone).code).toBe('CANCELLED');
    first[Symbol.dispose]();
    expect(await isWaiting(next)).toBe(false);
    expect((await failure(pool.acquire(controller.signal))).code).toBe('CANCELLED');
  });

  it('fails all that wait, and all that come later, when it closes', async () => {
    const pool = new SlotPool(1);
    await pool.acquire();
    const waiting = failure(pool.acquire());
    pool.close(new PushboatError('CANCELLED', 'closed'));
    expect((await waiting).message).toBe('closed');
    expect((await failure(pool.acquire())).message).toBe('closed');
  });

  it('lets those in who wait when there are more of them, and gives back what answers took away only for good ones', async () => {
    const pool = new SlotPool(1);
    await pool.acquire();
    const waiting = [pool.acquire(), pool.acquire(), pool.acquire()] as const;
    pool.raise(3);
    expect(await Promise.all(waiting.map(isWaiting))).toEqual([false, false, true]);
    (await waiting[0]).throttled();
    pool.raise(30);
    expect(pool.limit).toBe(1);
    for (let answers = 0; answers < 500; answers += 1) (await waiting[0]).succeeded();
    expect(pool.limit).toBe(30);
  });

  it('are one number for questions and other small requests, or two', async () => {
    const shared = new Slots({ small: 1, large: 1 });
    shared.raiseQuestions(5);
    await shared.acquire('small');
    expect(await isWaiting(shared.acquire('question'))).toBe(true);
    const apart = new Slots({ small: 1, large: 1, question: 1 });
    apart.raiseQuestions(2);
    await apart.acquire('small');
    const questions = [apart.acquire('question'), apart.acquire('question'), apart.acquire('question')];
    expect(await Promise.all(questions.map(isWaiting))).toEqual([false, false, true]);
  });
});
