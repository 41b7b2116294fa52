import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher } from '../harness.ts';
import { makePushRig } from './rig.ts';

const MIB = 1024 * 1024;
const LAYER = 6 * MIB;

const rig = makePushRig();

const image = async (seed: string) => (await makeLayout(rig.path(seed), { layers: 1, layerSize: LAYER, seed })).path;
const patches = () => rig.requests('PATCH', /\/blobs\/uploads\//);

/** A line so slow that a blob of some megabytes takes several bodies: time passes a thousand times as quickly. */
function onSlowLine(): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() * 1000);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a registry that takes one body without a range in each upload', () => {
  it.each(['refused', 'misfit', 'spoils'] as const)(
    'is told where the next one goes on, and from the start the next time (%s)',
    async (withoutRange) => {
      onSlowLine();
      rig.registry.quirks.withoutRange = withoutRange;
      await using pusher = makePusher();
      expect((await rig.push(await image('first'), 'acme/web:1', { pusher })).job.state).toBe('done');
      const refused = withoutRange === 'spoils' ? 2 : 1;
      expect(patches().filter(({ status = 0 }) => status >= 400)).toHaveLength(refused);
      const received = rig.registry.requests.reduce((sum, request) => sum + request.received, 0);
      expect(received).toBeLessThan((1 + refused) * LAYER);
      rig.registry.requests.length = 0;
      expect((await rig.push(await image('second'), 'acme/web:2', { pusher })).job.state).toBe('done');
      expect(patches().filter(({ status = 0 }) => status >= 400)).toHaveLength(0);
    },
  );
});
