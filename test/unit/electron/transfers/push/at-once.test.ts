import { expect, it } from 'vitest';
import { isAtWork } from '../../../../../shared/transfer-events.ts';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher, type Pusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

const KIB = 1024;
const IMAGES = 12;

/** Starts pushes of as many images, each with a layer of so many bytes, to a registry that never answers such requests. */
async function startStalled(pusher: Pusher, layerSize: number, path: RegExp): Promise<void> {
  for (const method of ['PATCH', 'PUT'])
    rig.registry.faults.add({ on: { method, path }, times: Number.POSITIVE_INFINITY, action: { kind: 'stall' } });
  for (let number = 0; number < IMAGES; number++) {
    const layout = await makeLayout(rig.path(`${number}`), { layers: 1, layerSize, seed: `${number}` });
    pusher.service.start(await requestFor(layout.path, rig.target(`acme/app-${number}:1`)));
  }
}

const atWork = ({ service }: Pusher): number => service.list().filter(({ job }) => isAtWork(job.state)).length;

it.each([
  ['five more, where they only wait for answers', 3, 8],
  ['no more, where one was asked for', 1, 1],
])('beside the pushes that may run at once there are %s', async (_, maxJobs, expected) => {
  await using pusher = makePusher({ maxJobs });
  await startStalled(pusher, KIB, /manifests/);
  await expect.poll(() => rig.requests('PUT', /manifests/).length).toBe(expected);
  expect(atWork(pusher)).toBe(expected);
});

it('a push that sends a large layer leaves no room for more', async () => {
  await using pusher = makePusher({ maxJobs: 3 });
  await startStalled(pusher, 600 * KIB, /uploads/);
  const repositories = () => new Set(rig.requests('POST', /uploads/).map(({ path }) => /app-\d+/.exec(path)?.[0]));
  await expect.poll(() => repositories().size).toBe(3);
  expect(atWork(pusher)).toBe(3);
});
