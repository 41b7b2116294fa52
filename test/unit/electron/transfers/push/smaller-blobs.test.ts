import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const MIB = 1024 * 1024;
/** Smaller than what takes turns, larger than what the first look at a line shows. */
const LAYER = 3 * MIB;
/** Config, manifest, and what archives add. */
const BESIDES = 100_000;

const rig = makePushRig();

const image = async (layers: number, seed = 'image') =>
  (await makeLayout(rig.path(seed), { layers, layerSize: LAYER, seed })).path;
const received = () => rig.registry.requests.reduce((sum, request) => sum + request.received, 0);
/** What was sent to uploads, beyond what is too small to tell of. */
const bodies = () =>
  rig.registry.requests.filter(({ path, received: bytes }) => path.includes('/uploads/') && bytes > MIB / 2);

/** However busy the machine is, the line is quick: time passes a thousand times as slowly. */
function onQuickLine(): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() / 1000);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a blob that a quick line takes in a moment', () => {
  it('goes in two requests where nothing is known of the line, and in one afterwards', async () => {
    onQuickLine();
    await using pusher = makePusher();
    await rig.push(await image(1), 'acme/web:1', { pusher });
    expect(bodies().map(({ method, received: bytes }) => [method, Math.round(bytes / MIB)])).toEqual([
      ['PATCH', 1],
      ['PUT', 2],
    ]);
    rig.registry.requests.length = 0;
    await rig.push(await image(1, 'other'), 'acme/web:2', { pusher });
    expect(bodies().map(({ method }) => method)).toEqual(['PUT']);
  });

  it.each([400, 405, 415])(
    'ends in a request by itself where the last bytes may not come with it (%i)',
    async (status) => {
      onQuickLine();
      rig.registry.faults.add({
        on: { method: 'PUT', path: /uploads/ },
        skip: 1,
        action: { kind: 'answer', status },
      });
      await using pusher = makePusher();
      const { job } = await rig.push(await image(1), 'acme/web:1', { pusher });
      expect(job.state).toBe('done');
      expect(bodies().map(({ method }) => method)).toEqual(['PATCH', 'PUT', 'PATCH']);
      rig.registry.requests.length = 0;
      await rig.push(await image(1, 'other'), 'acme/web:2', { pusher });
      expect(bodies().map(({ method }) => method)).toEqual(['PUT']);
    },
  );
});

describe('a registry that takes no blob together with the end of its upload', () => {
  it.each(['unknown', 'unsupported', 'ignored'] as const)(
    'gets the bytes before the end, and is known to (%s)',
    async (answer) => {
      rig.registry.quirks.wholeBlobs = answer;
      await using pusher = makePusher();
      const { path } = await makeLayout(rig.path('small'), { layers: 3 });
      expect((await rig.push(path, 'acme/web:1', { pusher })).job.state).toBe('done');
      rig.registry.requests.length = 0;
      const { path: other } = await makeLayout(rig.path('other'), { layers: 3, seed: 'other' });
      expect((await rig.push(other, 'acme/web:2', { pusher })).job.state).toBe('done');
      expect(rig.blobPuts().every(({ received: bytes, status }) => bytes === 0 && status === 201)).toBe(true);
    },
  );
});

describe('a blob that a slow line takes longer for', () => {
  it('takes turns with others as soon as that is known, so that what was taken of it rests', async () => {
    rig.registry.throttle.bytesPerSecond = MIB;
    await using pusher = makePusher();
    const { service } = pusher;
    const id = service.start(await requestFor(await image(4), rig.target('acme/web:1')));
    const resting = () => service.list()[0]?.layers.filter(({ state, sent }) => state === 'waiting' && sent >= MIB);
    await expect.poll(() => resting()?.length, { timeout: 30_000 }).toBe(2);
    rig.registry.throttle.bytesPerSecond = 0;
    expect((await service.settled(id)).job.state).toBe('done');
    expect(received()).toBeLessThan(4 * LAYER + BESIDES);
  });

  it('is left at any byte by a pause, and none of the others is sent again either', async () => {
    rig.registry.throttle.bytesPerSecond = 2 * MIB;
    await using pusher = makePusher();
    const { service } = pusher;
    const id = service.start(await requestFor(await image(4), rig.target('acme/web:1')));
    await expect.poll(received, { timeout: 20_000 }).toBeGreaterThan(2 * MIB);
    service.pause(id);
    rig.registry.throttle.bytesPerSecond = 0;
    expect((await service.settled(id)).job.state).toBe('paused');
    expect(received()).toBeLessThan(4 * LAYER);
    service.resume(id);
    await expect.poll(() => service.list()[0]?.job.state, { timeout: 20_000 }).toBe('done');
    expect(received()).toBeLessThan(4 * LAYER + BESIDES);
  });
});

it('a computer that falls asleep leaves its uploads where they are, and goes on when it wakes', async () => {
  rig.registry.throttle.bytesPerSecond = 4 * MIB;
  await using pusher = makePusher();
  const { service } = pusher;
  const id = service.start(await requestFor(await image(2), rig.target('acme/web:1')));
  await expect.poll(received, { timeout: 20_000 }).toBeGreaterThan(MIB / 2);
  service.sleep();
  rig.registry.throttle.bytesPerSecond = 0;
  const uploading = () => rig.registry.requests.filter(({ method, status }) => method === 'PATCH' && status !== 202);
  await expect.poll(() => uploading().length, { timeout: 20_000 }).toBe(0);
  expect(received()).toBeLessThan(2 * LAYER);
  expect(service.list()[0]?.job.state).toBe('running');
  service.wake();
  expect((await service.settled(id)).job.state).toBe('done');
  expect(received()).toBeLessThan(2 * LAYER + BESIDES);
});
