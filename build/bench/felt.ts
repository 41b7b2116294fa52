import { KIB, MIB } from '../../shared/units.ts';
import type { FeltWay, ImageSpec, TimedWorkload } from './workloads.ts';

/** The pushers that are compared, and one more that confirms every blob, as ours does. */
const QUICK_ONES = ['pushboat', 'crane', 'oras'];
const CONFIRMING = [...QUICK_ONES, 'skopeo'];

type Case = [name: string, work: string, least: number, more: CaseMore];

interface CaseMore {
  image: ImageSpec;
  before?: TimedWorkload['before'];
  goal: TimedWorkload['goal'];
  pushers?: readonly string[];
  login?: FeltWay['login'];
}

/**
 * The pushes of every day, where a person waits for each round trip: TLS with verification, 50 ms there and back, of which TCP and TLS
 * cost two before the first request.
 */
export function feltWorkloads({ quick }: { quick: boolean }): TimedWorkload[] {
  const layers = (count: number, size: number): ImageSpec => ({
    platforms: 1,
    layersPerPlatform: count,
    sharedLayers: 0,
    layerSize: quick ? 16 * KIB : size,
  });
  const small = layers(3, MIB);
  const typical = layers(6, 8 * MIB);
  const many = layers(quick ? 20 : 200, 64 * KIB);
  const changed: ImageSpec = { ...layers(5, 9.4 * MIB), changedLayer: quick ? 16 * KIB : MIB };
  const index: ImageSpec = {
    ...layers(quick ? 6 : 20, 256 * KIB),
    platforms: quick ? 2 : 6,
    sharedLayers: quick ? 3 : 10,
  };
  const cases: Case[] = [
    ['again-small', 'the same tag again, 3 × 1 MiB', 3, { image: small, before: 'same-tag', goal: { ratio: 1 } }],
    ['again-typical', 'the same tag again, 6 × 8 MiB', 3, { image: typical, before: 'same-tag', goal: { ratio: 1 } }],
    [
      'again-index',
      'the same tag again, 6 platforms × 20 layers',
      3,
      { image: index, before: 'same-tag', goal: { ratio: 1.5, against: { skopeo: 0.1 } }, pushers: CONFIRMING },
    ],
    [
      'again-200',
      'the same tag again, 200 layers',
      3,
      { image: many, before: 'same-tag', goal: { ratio: 2.5, against: { skopeo: 0.1 } }, pushers: CONFIRMING },
    ],
    ['tag-small', 'another tag, 3 × 1 MiB', 4, { image: small, before: 'other-tag', goal: { ratio: 1.2 } }],
    ['tag-typical', 'another tag, 6 × 8 MiB', 4, { image: typical, before: 'other-tag', goal: { ratio: 1.2 } }],
    ['new-small', 'new, 3 × 1 MiB', 5, { image: small, goal: { ratio: 0.75 } }],
    [
      'one-changed',
      'one layer of six changed, 1 MiB of 48 MiB',
      5,
      { image: changed, before: 'earlier-build', goal: { ratio: 0.75 } },
    ],
    ['new-typical', 'new, 6 × 8 MiB', 5, { image: typical, goal: { ratio: 0.35 } }],
    ['new-index', 'new, 6 platforms × 20 layers of 256 KiB', 6, { image: index, goal: { ratio: 0.4 } }],
    ['new-200', 'new, 200 layers of 64 KiB', 5, { image: many, goal: { ratio: 0.18 } }],
    [
      'mount-small',
      'known blobs to another repository, 3 × 1 MiB',
      4,
      { image: small, before: 'other-repository', goal: { ratio: 0.6 } },
    ],
    [
      'mount-typical',
      'known blobs to another repository, 6 × 8 MiB',
      4,
      { image: typical, before: 'other-repository', goal: { ratio: 0.15 } },
    ],
    [
      'token-again',
      'with a token server: the same tag again, 3 × 1 MiB',
      4,
      { image: small, before: 'same-tag', goal: { ratio: 1 }, login: 'token-server' },
    ],
    [
      'token-new',
      'with a token server: new, 3 × 1 MiB',
      9,
      { image: small, goal: { ratio: 0.75 }, login: 'token-server' },
    ],
  ];
  return cases.map(
    ([name, work, leastRoundTrips, { image, before = 'nothing', goal, pushers = QUICK_ONES, login = 'none' }]) => ({
      kind: 'time',
      name: `felt-${name}`,
      work,
      image,
      tls: true,
      roundTripMs: 50,
      before,
      goal,
      felt: { login, leastRoundTrips, pushers },
    }),
  );
}
