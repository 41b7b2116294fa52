import { describe, expect, it, vi } from 'vitest';
import { Line, Lines } from '../../../../../electron/transfers/push/line.ts';
import { LineRate } from '../../../../../electron/transfers/push/line-rate.ts';
import type { Turn } from '../../../../../electron/transfers/push/turn.ts';

const MIB = 1024 * 1024;

/** Lets bodies end, each at `rateOf(bodies at once)`, until the number holds; returns the numbers that were tried. */
function find(rateOf: (count: number) => number, rate = new LineRate(() => 0)): number[] {
  const tried = [2];
  for (let bodies = 0; bodies < 200; bodies++) {
    const count = tried.at(-1) ?? 0;
    const next = rate.ended(rateOf(count), count);
    if (next !== count) tried.push(next);
  }
  return tried;
}

describe('the number of large bodies at once', () => {
  it('is one on a line that one body fills', () => {
    expect(find((count) => 2000 / count)).toEqual([2, 3, 1]);
  });

  it('grows while each one more makes the line faster by a tenth', () => {
    expect(find((count) => Math.min(1000, 4000 / count))).toEqual([2, 3, 4, 5, 4]);
  });

  it('is eight at most', () => {
    expect(find(() => 1000).at(-1)).toBe(8);
  });

  it('is looked for again after a while, for lines change', () => {
    let now = 0;
    const rate = new LineRate(() => now);
    expect(find((count) => 2000 / count, rate).at(-1)).toBe(1);
    expect(rate.ended(500, 1)).toBe(1);
    now = 60_000;
    expect(rate.ended(500, 1)).toBe(2);
  });
});

describe('a line', () => {
  const never = [new AbortController().signal];

  it('gives turns in the order of asking, two at first', async () => {
    const line = new Line();
    const [first] = [await line.turn(never), await line.turn(never)];
    const third = line.turn(never);
    expect(await Promise.race([third, Promise.resolve('waits')])).toBe('waits');
    first[Symbol.dispose]();
    expect((await third).isOver).toBe(false);
  });

  it('gives an upload its turn for some seconds only while others wait', async () => {
    let now = 0;
    const line = new Line(() => now);
    const turn = await line.turn(never);
    const send = () => {
      turn.begin(100 * MIB);
      turn.moves();
      now += 5_000;
      turn.took(MIB / 2);
      return turn.isOver;
    };
    expect([send(), send(), send()]).toEqual([false, false, false]);
    await line.turn(never);
    void line.turn(never);
    expect(send()).toBe(true);
  });

  it('ends the wait for a turn with the push', async () => {
    const line = new Line();
    await Promise.all([line.turn(never), line.turn(never)]);
    const stop = new AbortController();
    const third = line.turn([stop.signal]);
    stop.abort(new Error('enough'));
    await expect(third).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('tells how fast all its bodies together were, without the time in which there was none, once enough has gone', async () => {
    let now = 0;
    const line = new Line(() => now);
    const [one, other] = [await line.turn(never), await line.turn(never)];
    const begin = (turn: Turn) => (turn.begin(100 * MIB), turn.moves());
    begin(one);
    now += 1_000;
    one.took(3 * MIB);
    expect(line.takePace()).toBeUndefined();
    now += 60_000;
    begin(one);
    now += 500;
    begin(other);
    now += 500;
    one.took(2 * MIB);
    now += 500;
    other.took(5 * MIB);
    expect(line.takePace()).toBe(4 * MIB);
    expect(line.takePace()).toBeUndefined();
  });

  it('lets bodies be as long as they take about two seconds, whatever the line', async () => {
    let now = 0;
    const line = new Line(() => now);
    const turn = await line.turn(never);
    const send = (bytes: number, milliseconds: number) => {
      turn.begin(1000 * MIB);
      turn.moves();
      now += milliseconds;
      turn.took(bytes);
    };
    send(4 * MIB, 2_000);
    expect(line.body.next).toBe(5 * MIB);
    send(4 * MIB, 40_000);
    expect(line.body.next).toBe(MIB / 4);
    send(MIB, 10);
    expect(line.body.next).toBe(4 * MIB);
  });

  it('lets bodies be shorter than one that was lost, and grow again while they arrive', async () => {
    let now = 0;
    const line = new Line(() => now);
    using turn = await line.turn(never);
    const send = (bytes: number) => {
      turn.begin(1000 * MIB);
      turn.moves();
      now += 1;
      turn.took(bytes);
      return line.body.next / MIB;
    };
    send(MIB);
    send(16 * MIB);
    turn.lost(9 * MIB);
    expect(line.body.next).toBe(4.5 * MIB);
    // Another upload broke at the same moment, further on.
    turn.lost(20 * MIB);
    expect(line.body.next).toBe(4.5 * MIB);
    expect(line.body.whole).toBe(4.5 * MIB);
    expect([send(4 * MIB), send(9 * MIB), send(18 * MIB)]).toEqual([9, 18, 36]);
    turn.lost(1001);
    expect(line.body.next).toBe(MIB / 4);
    line.forget();
    expect(line.body.next).toBe(MIB);
  });

  it('says what may go in one request: what it takes in a moment, and little as long as nothing is known', async () => {
    let now = 0;
    const line = new Line(() => now);
    using turn = await line.besides(1, never);
    const send = (bytes: number, milliseconds: number) => {
      turn.begin(100 * MIB);
      turn.moves();
      now += milliseconds;
      turn.took(bytes);
      return line.body.whole / MIB;
    };
    expect(line.body.whole).toBeLessThan(2 * MIB);
    // The answer's way took a part of it.
    expect(send(MIB, 250)).toBeCloseTo(10);
    // A small body only tells how long a round trip takes.
    expect(send(MIB / 4, 250)).toBeCloseTo(10);
    expect(send(MIB, 600)).toBeCloseTo(3);
    expect(send(MIB, 150)).toBeCloseTo(11.5);
    expect(send(100 * MIB, 1)).toBe(32);
  });

  it('says what takes so long that it should take turns, as soon as anything is known', async () => {
    let now = 0;
    const line = new Line(() => now);
    using turn = await line.besides(1, never);
    expect(line.body.isLong(1000 * MIB)).toBe(false);
    turn.begin(100 * MIB);
    // What it waits for is not the line's.
    now += 10_000;
    turn.moves();
    now += 1_000;
    turn.took(MIB);
    expect(line.body.isLong(4 * MIB)).toBe(false);
    expect(line.body.isLong(5 * MIB)).toBe(true);
  });

  it('lets so many smaller uploads go at once as the registry may have, and ends their bodies with the others', async () => {
    const line = new Line();
    const first = await line.besides(2, never);
    const ended = first.begin(MIB);
    using _second = await line.besides(2, never);
    const third = line.besides(2, never);
    expect(await Promise.race([third, Promise.resolve('waits')])).toBe('waits');
    line.endBodies();
    expect(ended.aborted).toBe(true);
    expect(first.begin(MIB).aborted).toBe(false);
    first[Symbol.dispose]();
    (await third)[Symbol.dispose]();
  });

  it('ends the bodies of uploads that are farthest from their end when fewer are as fast', async () => {
    let now = 0;
    const line = new Line(() => now);
    const turns: Turn[] = [await line.turn(never), await line.turn(never)];
    const third = line.turn(never);
    void line.turn(never);
    const bodies = async (count: number) => {
      const signals = turns.slice(0, count).map((turn, index) => turn.begin((30 - index) * MIB));
      for (const turn of turns.slice(0, count)) turn.moves();
      now += 1000 * count;
      for (const turn of turns.slice(0, count)) turn.took(2 * MIB);
      return signals;
    };
    await bodies(2);
    expect(line.limit).toBe(3);
    turns.push(await third);
    const signals = await bodies(3);
    expect(line.limit).toBe(1);
    expect(turns.map(({ isOver }) => isOver)).toEqual([true, true, false]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
  });

  it('lets no body begin while it is held, and ends those that are on it', async () => {
    const lines = new Lines();
    const line = lines.to('registry.example');
    const ended = (await line.turn(never)).begin(MIB);
    lines.hold();
    expect(ended.aborted).toBe(true);
    const ready = line.ready(never);
    expect(await Promise.race([ready.then(() => 'begins'), Promise.resolve('waits')])).toBe('waits');
    lines.release();
    await ready;
    await line.ready(never);
  });

  it('is not held for ever by a computer that does not fall asleep', async () => {
    vi.useFakeTimers();
    const lines = new Lines();
    const line = lines.to('registry.example');
    lines.hold();
    const ready = line.ready(never);
    vi.advanceTimersByTime(31_000);
    vi.useRealTimers();
    expect(await ready).toBeUndefined();
  });

  it('is another one when the network has changed', async () => {
    let now = 0;
    const line = new Line(() => now);
    using turn = await line.turn(never);
    turn.begin(MIB);
    turn.moves();
    now += 10;
    turn.took(MIB);
    expect(line.body.whole).toBe(32 * MIB);
    line.forget();
    expect(line.body.whole).toBeLessThan(2 * MIB);
    expect(line.body.next).toBe(MIB);
  });
});
