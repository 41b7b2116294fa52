import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import { expectDone, expectFailed } from './outcomes.ts';
import { ALWAYS, type RequestKind, Rig, type RigOptions } from './rig.ts';

const CODES: Record<number, ErrorCode> = {
  408: 'TIMEOUT',
  429: 'RATE_LIMITED',
  500: 'REGISTRY_UNAVAILABLE',
  502: 'REGISTRY_UNAVAILABLE',
  503: 'REGISTRY_UNAVAILABLE',
  504: 'REGISTRY_UNAVAILABLE',
};
const STATUSES = Object.keys(CODES).map(Number);

interface Case {
  kind: RequestKind;
  options?: RigOptions;
  prepare?: (rig: Rig) => void;
  /** Requests of the kind in a push without faults. */
  usual?: (rig: Rig) => number;
  /** Statuses that do not fail the push however often they come: it gets along without the answer. */
  dispensable?: (status: number) => boolean;
  /** Requests of the kind when all are refused. Five tries when absent. */
  atMost?: number;
}

const BEARER: RigOptions = {
  registry: { auth: { kind: 'bearer', users: { ci: 'secret' } } },
  login: { username: 'ci', password: 'secret', origin: { kind: 'session' } },
};

const CASES: Case[] = [
  { kind: 'GET /v2/' },
  // What asks for a token besides the tag and the two blobs is the upload that continues without a look at what is there.
  { kind: 'token', options: BEARER, atMost: 20 },
  { kind: 'HEAD blob', dispensable: (status) => status >= 500 },
  { kind: 'POST upload' },
  { kind: 'PUT blob' },
  { kind: 'PATCH', options: { chunked: true }, usual: (rig) => rig.chunks },
  {
    kind: 'GET upload status',
    options: { chunked: true },
    prepare: (rig) => rig.fault('PATCH', { kind: 'drop', after: 'half' }, { skip: 1 }),
    dispensable: () => true,
  },
  { kind: 'HEAD manifest', dispensable: () => true },
  { kind: 'PUT manifest' },
];

const ROWS = CASES.flatMap((one) => STATUSES.map((status) => ({ ...one, status })));

describe.concurrent.each(ROWS)(
  '$status to $kind',
  ({ kind, options, prepare, usual, dispensable, atMost = 5, status }) => {
    it.each([1, 2])('is got over when it comes %d times', async (times) => {
      await using rig = await Rig.start(options);
      prepare?.(rig);
      rig.fault(kind, { kind: 'answer', status }, { times });
      await expectDone(rig, await rig.push());
      expect(rig.count(kind)).toBe((usual?.(rig) ?? 1) + times);
    });

    it('ends after five tries when it always comes', async () => {
      await using rig = await Rig.start(options);
      prepare?.(rig);
      rig.fault(kind, { kind: 'answer', status }, { times: ALWAYS });
      const snapshot = await rig.push();
      const requests = rig.count(kind);
      if (dispensable?.(status)) await expectDone(rig, snapshot);
      else await expectFailed(rig, snapshot, CODES[status] ?? 'INTERNAL', new RegExp(`\\(${status} `));
      expect(requests).toBeGreaterThanOrEqual(5);
      expect(requests).toBeLessThanOrEqual(atMost);
    });
  },
);

describe.concurrent.each(CASES)('Retry-After with 429 to $kind', ({ kind, options, prepare, usual }) => {
  it.each([
    ['seconds', () => '1', 995],
    // A date has whole seconds, so this one is between one and two seconds away when the push begins.
    ['a date', () => new Date(Date.now() + 2000).toUTCString(), 500],
  ])('is obeyed in %s', async (_, value, least) => {
    await using rig = await Rig.start(options);
    prepare?.(rig);
    rig.fault(kind, { kind: 'answer', status: 429, headers: { 'retry-after': value() } });
    await expectDone(rig, await rig.push());
    expect(rig.count(kind)).toBe((usual?.(rig) ?? 1) + 1);
    const refused = rig.requests(kind).findIndex((request) => request.status === 429);
    const [first, next] = rig.requests(kind).slice(refused);
    expect((next?.startedAt ?? 0) - (first?.endedAt ?? 0)).toBeGreaterThanOrEqual(least);
  });
});

it('a retried layer says why in its row', async () => {
  await using rig = await Rig.start();
  rig.fault('PUT blob', { kind: 'answer', status: 503, headers: { 'retry-after': '1' } });
  await expectDone(rig, await rig.push());
  const retrying = rig.pusher.history.filter(({ state }) => state === 'retrying');
  expect(retrying).toContainEqual(expect.objectContaining({ attempt: 2, reason: '503 Service Unavailable' }));
});
