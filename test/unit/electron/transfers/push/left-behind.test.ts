import { cp, readFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { Journal } from '../../../../../electron/transfers/journal/journal.ts';
import { blobPath, makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const MIB = 1024 * 1024;
const DAY = 24 * 3600_000;

const rig = makePushRig();

const image = (name: string) =>
  makeLayout(rig.path(name), { seed: name, layers: [{ size: 2 * MIB }, { size: 1000, seed: 'small' }] });

/** A push that is killed while all its uploads are open. Returns the journal's folder as the kill leaves it. */
async function killedPush(path: string): Promise<AsyncDisposable & { dataDir: string }> {
  for (const method of ['PUT', 'PATCH'])
    rig.registry.faults.add({
      on: { method, path: /uploads/ },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'stall' },
    });
  const pusher = makePusher({ dataDir: rig.path('data') });
  pusher.service.start(await requestFor(path, rig.target('acme/web:1')));
  // Two layers and the config.
  await expect.poll(() => rig.registry.uploads().length).toBe(3);
  using journal = new Journal(rig.path('data'));
  const isWritten = () => journal.restingUploads(rig.registry.host, 'acme/web').length === 3;
  const later = Date.now() + 2 * DAY;
  await expect
    .poll(() => {
      vi.spyOn(Date, 'now').mockReturnValue(later);
      const written = isWritten();
      vi.restoreAllMocks();
      return written;
    })
    .toBe(true);
  await cp(rig.path('data'), rig.path('left'), { recursive: true });
  rig.registry.faults.clear();
  return { dataDir: rig.path('left'), [Symbol.asyncDispose]: () => pusher[Symbol.asyncDispose]() };
}

it('the next run of a push that was killed uses or closes each of its uploads', async () => {
  const { path } = await image('a');
  await using killed = await killedPush(path);
  await using pusher = makePusher({ dataDir: killed.dataDir });
  expect((await rig.push(path, 'acme/web:1', { pusher })).job.state).toBe('done');
  expect(rig.registry.uploads()).toEqual([]);
});

it('closes those of blobs that somebody else has brought meanwhile', async () => {
  const { path, image: made } = await image('a');
  await using killed = await killedPush(path);
  for (const { digest } of [made.config, ...made.layers])
    await rig.registry.seedBlob('acme/web', await readFile(blobPath(path, digest)));
  await using pusher = makePusher({ dataDir: killed.dataDir });
  expect((await rig.push(path, 'acme/web:1', { pusher })).job.state).toBe('done');
  expect(rig.registry.uploads()).toEqual([]);
});

it('those of another image stay for its next run, but not for ever', async () => {
  const { path } = await image('a');
  await using killed = await killedPush(path);
  const other = await image('b');
  await using pusher = makePusher({ dataDir: killed.dataDir });
  await rig.push(other.path, 'acme/web:2', { pusher });
  const stayed = rig.registry.uploads();
  expect(stayed.length).toBeGreaterThanOrEqual(2);
  const later = Date.now() + 2 * DAY;
  vi.spyOn(Date, 'now').mockReturnValue(later);
  await rig.push(other.path, 'acme/web:3', { pusher });
  expect(rig.registry.uploads()).toEqual([]);
});
