import { createHash } from 'node:crypto';
import type { FaultAction, FaultRule } from '../registry/faults.ts';

/** Numbers that look random and are the same for the same seed (mulberry32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = createHash('sha256').update(`chaos ${seed}`).digest().readUInt32LE(0);
  }

  /** 0 ≤ n < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[this.below(from.length)] ?? from[0];
  }
}

export interface ChaosPlan {
  rules: FaultRule[];
  /** Milliseconds after which the push is cancelled; undefined: never. */
  cancelAfter: number | undefined;
  /** Milliseconds after which it is paused, to go on at once. */
  pauseAfter: number | undefined;
  bearer: boolean;
  /** Seconds. */
  tokenLifetime: number;
}

const STATUSES = [408, 429, 500, 502, 503, 504] as const;

/** What goes wrong in the push of this seed. */
export function planFor(seed: number): ChaosPlan {
  const dice = new Dice(seed);
  const many = dice.pick([3, 10, 30]);
  const rules = Array.from({ length: many }, () => ruleOf(dice));
  // Once: a server that takes every new token back has no use for any login.
  if (dice.chance(0.3)) rules.unshift({ skip: dice.below(150), action: { kind: 'revoke-tokens' } });
  if (dice.chance(0.1)) rules.push(endless(dice));
  return {
    rules,
    cancelAfter: dice.chance(0.15) ? dice.below(150) : undefined,
    pauseAfter: dice.chance(0.15) ? dice.below(100) : undefined,
    bearer: dice.chance(0.4),
    tokenLifetime: dice.pick([1, 300]),
  };
}

/** A fault that lasts: such a push may only end with an error. */
function endless(dice: Dice): FaultRule {
  const method = dice.pick(['HEAD', 'POST', 'PUT', 'PATCH']);
  const action: FaultAction = { kind: 'answer', status: dice.pick([...STATUSES, 400, 403, 404, 405, 413]) };
  return { on: { method }, skip: dice.below(60), times: Number.POSITIVE_INFINITY, action };
}

function ruleOf(dice: Dice): FaultRule {
  const times = 1 + dice.below(3);
  switch (dice.below(4)) {
    case 0:
      return { on: { method: dice.pick(['PUT', 'PATCH']) }, skip: dice.below(60), times, action: bodyFault(dice) };
    case 1:
      // Of an answer to POST that is lost nobody can know which upload it opened; one that never comes opens none.
      return { on: { method: 'POST' }, skip: dice.below(60), times, action: requestFault(dice) };
    case 2:
      return { on: { method: dice.pick(['HEAD', 'GET']) }, skip: dice.below(70), times, action: lookFault(dice) };
    default:
      return { on: { method: 'PATCH' }, skip: dice.below(20), times, action: chunkFault(dice) };
  }
}

function requestFault(dice: Dice): FaultAction {
  const after = 0;
  return dice.pick<FaultAction>([
    { kind: 'drop', after },
    { kind: 'reset', committed: false },
    { kind: 'answer', status: dice.pick(STATUSES) },
    { kind: 'answer', status: dice.pick(STATUSES), body: '<html><title>Bad day</title></html>', close: true },
    { kind: 'answer', status: 429, headers: { 'retry-after': '0' } },
    { kind: 'delay', ms: dice.below(30) },
  ]);
}

/** Waiting for a server that does not answer takes the longest, so it is rare. */
function lookFault(dice: Dice): FaultAction {
  return dice.chance(0.006) ? { kind: 'stall' } : requestFault(dice);
}

function bodyFault(dice: Dice): FaultAction {
  return dice.pick<FaultAction>([
    { kind: 'drop', after: dice.pick([0, 1, 'half', 'last']) },
    { kind: 'drop', after: 'half', keep: false },
    { kind: 'reset', committed: true },
    { kind: 'answer', status: dice.pick(STATUSES), after: dice.pick([0, 1, 'half', 'all']) },
    { kind: 'rewrite', status: dice.pick([500, 502, 504]) },
    { kind: 'forget-upload' },
    { kind: 'slow', bytesPerSecond: 1024 * 1024 },
    requestFault(dice),
  ]);
}

function chunkFault(dice: Dice): FaultAction {
  return dice.pick<FaultAction>([
    { kind: 'rewrite', headers: { range: dice.pick(['0-0', '0-99', '0-99999', '0-9999999', 'bytes=0-65535', '']) } },
    { kind: 'rewrite', headers: { range: null } },
    { kind: 'rewrite', status: 201 },
    { kind: 'answer', status: 416, headers: { range: '0-0' } },
    bodyFault(dice),
  ]);
}
