import { describe, expect, it } from 'vitest';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher } from '../harness.ts';
import { makePushRig } from './rig.ts';

const MIB = 1024 * 1024;
/** Larger than what goes whole. */
const LAYER = 40 * MIB;

const rig = makePushRig();

const image = async (seed: string) => (await makeLayout(rig.path(seed), { layers: 1, layerSize: LAYER, seed })).path;
const sent = (method: string) => rig.requests(method, /\/blobs\/uploads\//);

describe('a front that lets no PATCH through', () => {
  it.each(['forbidden', 'failing'] as const)('leaves whole blobs to send (%s)', async (patches) => {
    rig.registry.quirks.patches = patches;
    await using pusher = makePusher();
    expect((await rig.push(await image('a'), 'acme/web:1', { pusher })).job.state).toBe('done');
  });

  it('is told where it lets no whole blob through, either', async () => {
    rig.registry.quirks.patches = 'forbidden';
    rig.answers('PUT', /\/blobs\/uploads\//, 403);
    const { job } = await rig.push(await image('a'), 'acme/web:1');
    expect(job.state).not.toBe('done');
  });
});

describe('a front that does not know bodies of no given length', () => {
  it.each(['failing-without-length', 'empty-without-length'] as const)(
    'gets such with one after some tries, and from then on (%s)',
    async (patches) => {
      rig.registry.quirks.patches = patches;
      await using pusher = makePusher();
      expect((await rig.push(await image('a'), 'acme/web:1', { pusher })).job.state).toBe('done');
      expect(sent('PATCH').length).toBeLessThan(12);
    },
  );
});
