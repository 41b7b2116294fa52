import { expect, it } from 'vitest';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

it('an image of sha512 is told by the digest that the registry has it under, and is there the next time', async () => {
  const { path, image } = await makeLayout(rig.path('a'), { algorithm: 'sha512' });
  expect(image.digest).toMatch(/^sha512:/);
  const first = await rig.push(path, 'acme/web:1');
  expect(first.job.error).toBeUndefined();
  const there = rig.registry.tags('acme/web').get('1');
  expect(there).toMatch(/^sha256:/);
  expect(first.job.result).toMatchObject({ digest: there, tag: { state: 'new' } });

  await using pusher = makePusher();
  const preview = await pusher.service.preview(await requestFor(path, rig.target('acme/web:1')));
  expect(preview.tag).toEqual({ state: 'same' });
  rig.registry.requests.length = 0;
  for (const options of [{}, { onlyNew: true }]) {
    const { job } = await rig.push(path, 'acme/web:1', { options });
    expect(job.result).toMatchObject({ digest: there, unchanged: true, tag: { state: 'same' } });
  }
  expect(rig.requests('PUT', /./)).toEqual([]);
});

it('an image of sha512 that the registry stored as something else is a failure', async () => {
  const { path } = await makeLayout(rig.path('a'), { algorithm: 'sha512' });
  const headers = { 'docker-content-digest': `sha256:${'ab'.repeat(32)}` };
  rig.registry.faults.add({ on: { method: 'PUT', path: /manifests/ }, action: { kind: 'rewrite', headers } });
  const { job } = await rig.push(path, 'acme/web:1');
  expect(job.error).toMatchObject({ code: 'DIGEST_MISMATCH' });
});
