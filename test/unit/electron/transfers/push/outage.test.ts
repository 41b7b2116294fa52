import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegistryOutage } from '../../../../../shared/transfer-events.ts';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';
import { startProxy, type TcpProxy } from '../../../../registry/proxy.ts';
import { startRegistry, type TestRegistry } from '../../../../registry/server.ts';
import { makePusher, type Pusher, requestFor } from '../harness.ts';

const MIB = 1024 * 1024;
const LAYER = 36 * MIB;
/** For what comes about sooner or later. Milliseconds. */
const WAIT = 30_000;

let folder: Awaited<ReturnType<typeof makeTempDir>>;
let registry: TestRegistry;
let proxy: TcpProxy;
let path: string;

beforeEach(async () => {
  [folder, registry] = await Promise.all([makeTempDir(), startRegistry({ storage: 'memory' })]);
  proxy = await startProxy({ target: registry.host });
  ({ path } = await makeLayout(join(folder.path, 'image'), { layers: 1, layerSize: LAYER }));
});

afterEach(async () => {
  await proxy.close();
  await registry.close();
  await folder.remove();
});

const received = () => registry.requests.reduce((sum, request) => sum + request.received, 0);

/** A pusher that waits for its registry so long, and looks often. */
function patientPusher(retryForMs: number): Pusher {
  const pusher = makePusher({
    client: {
      patience: {
        retryForMs: () => retryForMs,
        onOutage: (notice) => pusher.service.setOutage(proxy.host, notice && { registry: proxy.host, ...notice }),
        firstWaitMs: 20,
      },
    },
  });
  return pusher;
}

/** A push whose registry goes away in the middle of its layer. */
async function cutOff(pusher: Pusher): Promise<string> {
  registry.throttle.bytesPerSecond = 20 * MIB;
  const id = pusher.service.start(await requestFor(path, `${proxy.host}/acme/web:1`));
  await expect.poll(received, { timeout: WAIT }).toBeGreaterThan(6 * MIB);
  registry.throttle.bytesPerSecond = 0;
  proxy.down = true;
  proxy.cut();
  return id;
}

const outageOf = (pusher: Pusher): RegistryOutage | undefined => pusher.service.list()[0]?.job.outage;

describe('a registry that goes away in the middle of a push', () => {
  it('is waited for, and then gets only what it does not have', async () => {
    await using pusher = patientPusher(60_000);
    const id = await cutOff(pusher);
    await expect.poll(() => outageOf(pusher), { timeout: WAIT }).toMatchObject({ registry: proxy.host });
    expect(pusher.service.list()[0]?.job.state).toBe('running');
    proxy.down = false;
    pusher.service.tryNow(id);
    const { job } = await pusher.service.settled(id);
    expect(job).toMatchObject({ state: 'done', outage: undefined });
    expect(received()).toBeLessThan(LAYER + 0.1 * MIB);
  });

  it('fails the push when it stays away for longer than that', async () => {
    await using pusher = patientPusher(200);
    const { job } = await pusher.service.settled(await cutOff(pusher));
    expect(job).toMatchObject({ state: 'failed', error: { code: 'CONNECTION_LOST' } });
  });

  it('lets the push be paused meanwhile, at once', async () => {
    await using pusher = patientPusher(60_000);
    const id = await cutOff(pusher);
    await expect.poll(() => outageOf(pusher), { timeout: WAIT }).toBeDefined();
    pusher.service.pause(id);
    expect((await pusher.service.settled(id)).job).toMatchObject({ state: 'paused', outage: undefined });
  });
});
