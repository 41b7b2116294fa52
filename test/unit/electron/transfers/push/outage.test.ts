import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Login } from '../../../../../shared/logins.ts';
import type { RegistryOutage } from '../../../../../shared/transfer-events.ts';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { startProxy, type TcpProxy } from '../../../../registry/proxy.ts';
import { startRegistry, type TestRegistry } from '../../../../registry/server.ts';
import { basicLogin, makePusher, type Pusher, requestFor } from '../harness.ts';

const MIB = 1024 * 1024;
const LAYER = 36 * MIB;
/** For what comes about sooner or later. Milliseconds. */
const WAIT = 30_000;

let folder: TempDir;
let path: string;
let small: string;
let registry: TestRegistry;
let proxy: TcpProxy;

beforeAll(async () => {
  folder = await makeTempDir();
  ({ path } = await makeLayout(join(folder.path, 'image'), { layers: 1, layerSize: LAYER }));
  ({ path: small } = await makeLayout(join(folder.path, 'small')));
});

afterAll(() => folder.remove());

beforeEach(async () => {
  registry = await startRegistry({ storage: 'memory' });
  proxy = await startProxy({ target: registry.host });
});

afterEach(async () => {
  await proxy.close();
  await registry.close();
});

const received = () => registry.requests.reduce((sum, request) => sum + request.received, 0);

/** A pusher that waits for a registry so long, and looks often. */
function patientPusher(retryForMs: number, host = proxy.host, login?: Login): Pusher {
  const pusher = makePusher({
    ...(login ? { login } : {}),
    client: {
      patience: {
        retryForMs: () => retryForMs,
        onOutage: (notice) => pusher.service.setOutage(host, notice && { registry: host, ...notice }),
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

describe('a token server that is away', () => {
  /** Registry and token server, which is reached through a proxy of its own. */
  async function startBoth() {
    const users = { ann: 'pw' };
    const tokens = await startRegistry({ storage: 'memory', auth: { kind: 'bearer', users } });
    const way = await startProxy({ target: tokens.host });
    const realm = `http://${way.host}/token`;
    const closed = await startRegistry({ storage: 'memory', auth: { kind: 'bearer', users, realm } });
    return {
      way,
      tokens,
      host: closed.host,
      push: async (pusher: Pusher) => pusher.service.start(await requestFor(small, `${closed.host}/acme/web:1`)),
      [Symbol.asyncDispose]: async () => {
        await closed.close();
        await way.close();
        await tokens.close();
      },
    };
  }

  it.each(['refuses connections', 'says 503'])('is waited for, under its own name, when it %s', async (how) => {
    await using both = await startBoth();
    const answer = { kind: 'answer', status: 503 } as const;
    if (how === 'says 503') both.tokens.faults.add({ times: Number.POSITIVE_INFINITY, action: answer });
    else both.way.down = true;
    await using pusher = patientPusher(60_000, both.host, basicLogin('ann', 'pw'));
    const id = await both.push(pusher);
    await expect
      .poll(() => outageOf(pusher), { timeout: WAIT })
      .toMatchObject({
        registry: both.host,
        host: both.way.host,
      });
    both.way.down = false;
    both.tokens.faults.clear();
    pusher.service.tryNow(id);
    // Its tokens are not this registry's, which is the next thing that is told.
    await expect.poll(() => outageOf(pusher), { timeout: WAIT }).toBeUndefined();
    expect((await pusher.service.settled(id)).job.state).not.toBe('failed');
  });

  it('fails the push where nobody is to be waited for', async () => {
    await using both = await startBoth();
    both.way.down = true;
    await using pusher = patientPusher(0, both.host, basicLogin('ann', 'pw'));
    const { job } = await pusher.service.settled(await both.push(pusher));
    expect(job).toMatchObject({ state: 'failed', error: { code: 'CONNECTION_LOST' } });
    expect(job.error?.message).toContain(both.way.host);
  });
});
