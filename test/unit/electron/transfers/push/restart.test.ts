import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OciLayoutSource } from '../../../../../electron/sources/oci-layout/layout-listing.ts';
import { Journal } from '../../../../../electron/transfers/journal/journal.ts';
import type { JobSnapshot } from '../../../../../shared/transfer-events.ts';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { startProxy } from '../../../../registry/proxy.ts';
import { startRegistry } from '../../../../registry/server.ts';
import { basicLogin, makePusher, type Pusher, type PusherOptions, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const MIB = 1024 * 1024;
const LAYER = 8 * MIB;

// A blob of a few megabytes stands for one of gigabytes.
vi.mock(import('../../../../../electron/transfers/push/chunk-size.ts'), async (original) => ({
  ...(await original()),
  CHUNKED_FROM: 4 * 1024 * 1024,
}));

const rig = makePushRig();
let images: TempDir;
let path: string;

beforeAll(async () => {
  images = await makeTempDir();
  ({ path } = await makeLayout(join(images.path, 'image'), { layers: 1, layerSize: LAYER }));
});

afterAll(() => images.remove());

const target = () => rig.target('acme/web:1');
const dataDir = () => join(rig.folder, 'data');
const patches = () => rig.registry.requests.filter(({ method }) => method === 'PATCH');
const received = () => rig.registry.requests.reduce((sum, request) => sum + request.received, 0);

/** A start of the application, which remembers its jobs. */
function start(options: PusherOptions = {}): Pusher {
  const source = new OciLayoutSource(path);
  return makePusher({ dataDir: dataDir(), reopenImage: (id) => source.open(id), ...options });
}

function theJob({ service }: Pusher): JobSnapshot {
  return service.list()[0] ?? expect.fail('no job');
}

const layerOf = ({ layers }: JobSnapshot) => layers.find(({ kind }) => kind === 'layer') ?? expect.fail('no layer');

/** The layer's second body fails, however often it is tried; the first has 1 MiB. */
function failSecondChunk(): void {
  const action = { kind: 'answer', status: 500 } as const;
  rig.registry.faults.add({ on: { method: 'PATCH' }, skip: 1, times: Number.POSITIVE_INFINITY, action });
}

describe('after a restart', () => {
  it('a push that failed has failed, with its group, its error, its bytes and what was not sent', async () => {
    failSecondChunk();
    let before: JobSnapshot;
    {
      await using pusher = start();
      const request = { ...(await requestFor(path, target())), group: 'many' };
      before = await pusher.service.settled(pusher.service.start(request));
    }
    expect(before.job).toMatchObject({ state: 'failed', group: 'many' });
    expect(before.job.bytesSent).toBeGreaterThanOrEqual(MIB);
    await using again = start();
    expect(theJob(again).job).toEqual(before.job);
    const withoutCommands = before.layers.map(({ createdBy: _command, ...layer }) => layer);
    expect(theJob(again).layers).toEqual(withoutCommands);
  });

  it('a push that the registry has bytes of waits for it, where the network is not there yet', async () => {
    failSecondChunk();
    await using line = await startProxy({ target: rig.registry.host });
    const to = `${line.host}/acme/web:1`;
    {
      await using pusher = start();
      await pusher.service.settled(pusher.service.start(await requestFor(path, to)));
    }
    rig.registry.faults.clear();
    rig.registry.requests.length = 0;
    line.down = true;
    const patience = { retryForMs: () => 60_000, firstWaitMs: 20 };
    await using again: Pusher = start({
      client: {
        patience: {
          ...patience,
          onOutage: (notice) => again.service.setOutage(line.host, notice && { registry: line.host, ...notice }),
        },
      },
    });
    const { id } = theJob(again).job;
    again.service.resume(id);
    await expect.poll(() => theJob(again).job.outage, { timeout: 20_000 }).toMatchObject({ registry: line.host });
    line.down = false;
    expect((await again.service.settled(id)).job).toMatchObject({ state: 'done', outage: undefined });
    expect(received()).toBeLessThan(LAYER);
  });

  it('a push that failed can be tried again, and continues from what the registry kept', async () => {
    failSecondChunk();
    {
      await using pusher = start();
      await pusher.service.settled(pusher.service.start(await requestFor(path, target())));
    }
    rig.registry.faults.clear();
    rig.registry.requests.length = 0;
    await using again = start();
    const { job } = theJob(again);
    again.service.resume(job.id);
    await expect.poll(() => theJob(again).job.state, { timeout: 8000 }).toBe('done');
    expect(received()).toBeLessThan(LAYER - 0.9 * MIB);
    expect(theJob(again).layers.map(({ createdBy }) => createdBy)).toContainEqual(expect.any(String));
    await using third = start();
    expect(third.service.list()).toEqual([]);
  });

  it('a push that a person paused is paused, with its bytes', async () => {
    // Slow enough that the second chunk is not the last one.
    rig.registry.throttle.bytesPerSecond = 3 * MIB;
    let before: JobSnapshot;
    {
      await using pusher = start();
      const id = pusher.service.start(await requestFor(path, target()));
      await expect.poll(() => patches().length, { timeout: 30_000 }).toBe(2);
      pusher.service.pause(id);
      before = await pusher.service.settled(id);
    }
    await using again = start();
    expect(theJob(again).job).toEqual({ ...before.job, isEarlier: true });
    expect(theJob(again).job.state).toBe('paused');
    expect(layerOf(theJob(again))).toMatchObject({ state: 'waiting', sent: layerOf(before).sent });
  });

  it('pushes that a person paused to end the application are paused, until they are resumed', async () => {
    rig.registry.throttle.bytesPerSecond = 4 * MIB;
    {
      await using pusher = start({ maxJobs: 1 });
      pusher.service.start(await requestFor(path, target()));
      pusher.service.start(await requestFor(path, `${rig.registry.host}/acme/web:2`));
      await expect.poll(received, { timeout: 8000 }).toBeGreaterThan(MIB);
      pusher.service.pauseAll();
      using journal = new Journal(dataDir());
      // The application may be gone before what is under way has ended.
      expect(journal.jobs().map(({ memory }) => memory.state)).toEqual(['paused', 'paused']);
    }
    rig.registry.throttle.bytesPerSecond = 0;
    await using again = start();
    const jobs = () => again.service.list().map(({ job: { state, isEarlier } }) => ({ state, isEarlier }));
    const paused = { state: 'paused', isEarlier: true };
    expect(jobs()).toEqual([paused, paused]);
    again.service.resume(theJob(again).job.id);
    await expect.poll(() => theJob(again).job.state, { timeout: 8000 }).toBe('done');
    expect(jobs()).toEqual([{ state: 'done', isEarlier: undefined }, paused]);
  });

  it('a push that waited for a login is paused: nothing was cut off', async () => {
    await using guarded = await startRegistry({ auth: { kind: 'basic', users: { anna: 'secret' } } });
    {
      await using pusher = start();
      const id = pusher.service.start(await requestFor(path, `${guarded.host}/acme/web:1`));
      expect((await pusher.service.settled(id)).job.state).toBe('needs-login');
    }
    await using again = start();
    expect(theJob(again).job.state).toBe('paused');
  });

  it('a push that the end of the application cut off was interrupted, with its bytes', async () => {
    rig.registry.throttle.bytesPerSecond = 4 * MIB;
    {
      await using pusher = start();
      pusher.service.start(await requestFor(path, target()));
      await expect.poll(received, { timeout: 8000 }).toBeGreaterThan(3 * MIB);
    }
    await using again = start();
    expect(theJob(again).job).toMatchObject({ state: 'interrupted', bytesTotal: expect.closeTo(LAYER, -6) });
    expect(theJob(again).job.bytesSent).toBeGreaterThan(2 * MIB);
  });

  it('a push that a crash cut off was interrupted, with the bytes of a moment before', async () => {
    // Bytes are remembered each second, and this takes eight.
    rig.registry.throttle.bytesPerSecond = MIB;
    await using crashed = start();
    crashed.service.start(await requestFor(path, target()));
    const remembered = () => {
      using journal = new Journal(dataDir());
      return journal.jobs()[0]?.memory.layers.reduce((sum, { sent }) => sum + sent, 0) ?? 0;
    };
    await expect.poll(remembered, { timeout: 20_000 }).toBeGreaterThan(MIB);
    await using again = start();
    expect(theJob(again).job.state).toBe('interrupted');
    expect(theJob(again).job.bytesSent).toBeGreaterThan(MIB);
  });

  it('one of two pushes of the same layer can be given up, and the other continues from what was sent', async () => {
    rig.registry.throttle.bytesPerSecond = 4 * MIB;
    {
      await using pusher = start();
      pusher.service.start(await requestFor(path, target()));
      pusher.service.start(await requestFor(path, `${rig.registry.host}/acme/web:2`));
      await expect.poll(received, { timeout: 8000 }).toBeGreaterThan(3 * MIB);
    }
    rig.registry.throttle.bytesPerSecond = 0;
    rig.registry.requests.length = 0;
    await using again = start();
    const [first, second] = again.service.list();
    await again.service.cancel(first?.job.id ?? '');
    again.service.resume(second?.job.id ?? '');
    await expect.poll(() => again.service.list()[1]?.job.state, { timeout: 8000 }).toBe('done');
    expect(received()).toBeLessThan(LAYER - 2 * MIB);
    expect(rig.registry.uploads()).toEqual([]);
  });

  it('a push that was given up or is done is gone', async () => {
    {
      await using pusher = start();
      const done = pusher.service.start(await requestFor(path, target()));
      await pusher.service.settled(done);
      rig.registry.throttle.bytesPerSecond = 4 * MIB;
      const other = await makeLayout(join(rig.folder, 'other'), { layers: 1, layerSize: LAYER, seed: 'other' });
      const cancelled = pusher.service.start(await requestFor(other.path, `${rig.registry.host}/acme/web:2`));
      await expect.poll(() => patches().length, { timeout: 8000 }).toBeGreaterThan(2);
      await pusher.service.cancel(cancelled);
    }
    await using again = start();
    expect(again.service.list()).toEqual([]);
  });

  it('a memory that cannot be read offers the push as interrupted, without bytes', async () => {
    failSecondChunk();
    {
      await using pusher = start();
      await pusher.service.settled(pusher.service.start(await requestFor(path, target())));
      using journal = new Journal(dataDir());
      const [record] = journal.jobs();
      if (!record) expect.fail('no record');
      journal.saveJobMemory(record.id, { ...record.memory, workedMs: -1 });
    }
    await using again = start();
    expect(theJob(again).job).toMatchObject({ state: 'interrupted', bytesTotal: 0 });
  });

  it('what made a layer is not written down: it may hold secrets', async () => {
    failSecondChunk();
    await using pusher = start();
    const failed = await pusher.service.settled(pusher.service.start(await requestFor(path, target())));
    const command = layerOf(failed).createdBy ?? expect.fail('no command');
    const files = await readdir(dataDir());
    const texts = await Promise.all(files.map((name) => readFile(join(dataDir(), name), 'latin1')));
    expect(texts.join()).toContain(layerOf(failed).digest);
    expect(texts.join()).not.toContain(command);
  });
});

describe('what was not sent', () => {
  it('is said of a push that failed, with the part that the registry kept', async () => {
    failSecondChunk();
    await using pusher = makePusher();
    const failed = await pusher.service.settled(pusher.service.start(await requestFor(path, target())));
    expect(failed.layers.map(({ state }) => state)).not.toContain('waiting');
    expect(failed.layers.find(({ kind }) => kind === 'manifest')).toMatchObject({ state: 'not-sent', sent: 0 });
  });

  it('is said of a push that was cancelled, which keeps no part of a blob', async () => {
    rig.registry.throttle.bytesPerSecond = 4 * MIB;
    await using pusher = makePusher();
    const id = pusher.service.start(await requestFor(path, target()));
    await expect.poll(() => patches().length, { timeout: 8000 }).toBe(2);
    await pusher.service.cancel(id);
    const cancelled = await pusher.service.settled(id);
    expect(layerOf(cancelled)).toMatchObject({ state: 'not-sent', sent: 0 });
  });

  it('waits again when the push is tried again', async () => {
    failSecondChunk();
    await using pusher = makePusher();
    const id = pusher.service.start(await requestFor(path, target()));
    await pusher.service.settled(id);
    rig.registry.faults.clear();
    pusher.service.resume(id);
    await expect.poll(() => theJob(pusher).job.state, { timeout: 8000 }).toBe('done');
    expect(theJob(pusher).layers.map(({ state }) => state)).not.toContain('not-sent');
  });
});

it('the time of a push is without that in which it waited for a person', async () => {
  await using guarded = await startRegistry({ auth: { kind: 'basic', users: { anna: 'secret' } } });
  await using pusher = makePusher();
  const id = pusher.service.start(await requestFor(path, `${guarded.host}/acme/web:1`));
  expect((await pusher.service.settled(id)).job.state).toBe('needs-login');
  const waitedSince = Date.now();
  await sleep(300);
  const waited = Date.now() - waitedSince;
  pusher.login = basicLogin('anna', 'secret');
  pusher.service.registryChanged(guarded.host);
  await expect.poll(() => theJob(pusher).job.state, { timeout: 8000 }).toBe('done');
  const { startedAt = 0, finishedAt = 0, result } = theJob(pusher).job;
  expect(result?.durationMs).toBeGreaterThan(0);
  expect(result?.durationMs).toBeLessThanOrEqual(finishedAt - startedAt - waited + 5);
});
