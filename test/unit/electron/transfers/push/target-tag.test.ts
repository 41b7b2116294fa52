import { expect, it } from 'vitest';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

it('a push says whether its tag is new, was this image already, or moved and from where', async () => {
  await using pusher = makePusher();
  const first = await makeLayout(rig.path('first'), { seed: 'first' });
  const second = await makeLayout(rig.path('second'), { seed: 'second' });
  const changes = [];
  for (const path of [first.path, first.path, second.path]) {
    changes.push((await rig.push(path, 'acme/web:1', { pusher })).job.result?.tag);
  }
  expect(changes).toEqual([{ state: 'new' }, { state: 'same' }, { state: 'moved', from: first.image.digest }]);
});

it('a push that first compresses says so, too', async () => {
  const { path } = await makeLayout(rig.path('plain'), { layers: [{ size: 5_000, compression: 'none' }] });
  const options = { compression: { format: 'gzip' } } as const;
  expect((await rig.push(path, 'acme/web:1', { options })).job.result?.tag).toEqual({ state: 'new' });
});

it('a tag that is only wanted as a new one stays as it is, and nothing is sent', async () => {
  const first = await makeLayout(rig.path('first'), { seed: 'first' });
  const second = await makeLayout(rig.path('second'), { seed: 'second' });
  const options = { onlyNew: true };
  expect((await rig.push(first.path, 'acme/web:1', { options })).job.result?.tag).toEqual({ state: 'new' });
  rig.registry.requests.length = 0;
  const { job, layers } = await rig.push(second.path, 'acme/web:1', { options });
  expect(job).toMatchObject({
    state: 'done',
    result: { tag: { state: 'kept' }, digest: first.image.digest, bytesSent: 0, unchanged: false },
  });
  expect(new Set(layers.map(({ state }) => state))).toEqual(new Set(['skipped']));
  expect(rig.registry.requests.every(({ method }) => method === 'HEAD' || method === 'GET')).toBe(true);
  expect(rig.registry.tags('acme/web').get('1')).toBe(first.image.digest);
});

it('a tag that somebody else makes during the upload stays as it is', async () => {
  const first = await makeLayout(rig.path('first'), { seed: 'first' });
  const second = await makeLayout(rig.path('second'), { seed: 'second' });
  await rig.push(first.path, 'acme/web:other');
  // The first look finds nothing, the second one what was made meanwhile.
  rig.registry.faults.add({
    on: { method: 'HEAD', path: /manifests\/other$/ },
    times: 2,
    action: { kind: 'answer', status: 404 },
  });
  const { job } = await rig.push(second.path, 'acme/web:other', { options: { onlyNew: true } });
  expect(job).toMatchObject({ state: 'failed', error: { code: 'TAG_IMMUTABLE', digest: first.image.digest } });
  expect(rig.registry.tags('acme/web').get('other')).toBe(first.image.digest);
});
