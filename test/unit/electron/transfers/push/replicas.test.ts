import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';
import { startProxy, type TcpProxy } from '../../../../registry/proxy.ts';
import { startRegistry, type TestRegistry } from '../../../../registry/server.ts';
import { makePusher, requestFor } from '../harness.ts';

const KIB = 1024;

let folder: Awaited<ReturnType<typeof makeTempDir>>;
let nodes: TestRegistry[];
let balancer: TcpProxy;

beforeEach(async () => {
  folder = await makeTempDir();
  const first = await startRegistry({ storage: 'memory', quirks: { chunkMinLength: 32 * KIB } });
  // A replica goes first when they are closed.
  nodes = [await first.replica(), first];
  balancer = await startProxy({ target: nodes.map(({ host }) => host) });
});

afterEach(async () => {
  await balancer.close();
  for (const node of nodes) await node.close();
  await folder.remove();
});

const quirks = { chunks: true, mostChunk: 64 * KIB };

/** Uploads that were answered as unknown. */
const lost = () =>
  nodes
    .flatMap(({ requests }) => requests)
    .filter(({ path, status }) => status === 404 && path.includes('/blobs/uploads/')).length;

describe('replicas behind a balancer of connections, which share no uploads', () => {
  it.each([
    ['many small layers', { layers: 40, layerSize: 2 * KIB }],
    ['many layers in chunks', { layers: 12, layerSize: 300 * KIB }],
  ])('get %s', async (_, layout) => {
    const { path } = await makeLayout(join(folder.path, 'image'), layout);
    await using pusher = makePusher({ client: { quirks } });
    const push = async (tag: string, from: string) =>
      pusher.service.settled(pusher.service.start(await requestFor(from, `${balancer.host}/acme/web:${tag}`)));
    expect((await push('1', path)).job).toMatchObject({ state: 'done' });
    const other = await makeLayout(join(folder.path, 'other'), { ...layout, seed: 'other' });
    for (const { requests } of nodes) requests.length = 0;
    expect((await push('2', other.path)).job).toMatchObject({ state: 'done' });
    expect(lost()).toBe(0);
  });

  it('are left with no connection of a finished upload', async () => {
    const { path } = await makeLayout(join(folder.path, 'image'), { layers: 20, layerSize: 2 * KIB });
    await using pusher = makePusher({ client: { quirks, policy: { maxRequests: 2, maxUploads: 1 } } });
    const request = await requestFor(path, `${balancer.host}/acme/web:1`);
    expect((await pusher.service.settled(pusher.service.start(request))).job.state).toBe('done');
    await expect.poll(() => balancer.open).toBeLessThanOrEqual(3);
  });
});

it('a registry that loses no upload gets no more connections than its slots need', async () => {
  const { path } = await makeLayout(join(folder.path, 'image'), { layers: 30, layerSize: 2 * KIB });
  await using single = await startProxy({ target: nodes[1]?.host ?? '' });
  await using pusher = makePusher({ client: { quirks, policy: { maxRequests: 2, maxUploads: 1 } } });
  const request = await requestFor(path, `${single.host}/acme/web:1`);
  expect((await pusher.service.settled(pusher.service.start(request))).job.state).toBe('done');
  expect(single.accepted).toBeLessThanOrEqual(4);
});
