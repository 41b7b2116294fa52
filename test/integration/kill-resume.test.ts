import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../shared/digest.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { makeSparseLayout } from '../fixtures/sparse-layer.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { startProxy, type TcpProxy } from '../registry/proxy.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { makePusher, requestFor } from '../unit/electron/transfers/harness.ts';
import { type CliHome, makeCliHome } from './command-line.ts';

const MIB = 1024 * 1024;

let folder: TempDir;
let home: CliHome;
let layouts: Record<'large' | 'small', { path: string; digest: Digest; size: number }>;

const layoutOf = async (name: string, size: number) => ({
  ...(await makeSparseLayout(join(folder.path, name), size)),
  size,
});

beforeAll(async () => {
  folder = await makeTempDir('kill-resume');
  layouts = {
    large: await layoutOf('large', 256 * MIB),
    small: await layoutOf('small', 96 * MIB),
  };
});

afterAll(() => folder.remove());

beforeEach(async () => {
  home = await makeCliHome();
});

afterEach(() => home.remove());

/** Resolves when the proxy has passed on that many bytes more than now. */
async function afterBytes(proxy: TcpProxy, bytes: number): Promise<void> {
  const goal = proxy.sent + bytes;
  while (proxy.sent < goal) await sleep(5);
}

/** Starts the push, kills it when half of the layer is on its way, and tells how many bytes went out until then. */
async function killAtHalf(args: string[], proxy: TcpProxy, size: number): Promise<number> {
  const before = proxy.sent;
  const { child, ended } = home.start(args);
  await Promise.race([afterBytes(proxy, size / 2), ended]);
  child.kill('SIGKILL');
  expect((await ended).status).toBe(137);
  await expect.poll(() => proxy.open).toBe(0);
  return proxy.sent - before;
}

/** Runs the push to its good end, and tells how many bytes went out. */
async function sendsToTheEnd(args: string[], proxy: TcpProxy): Promise<number> {
  const before = proxy.sent;
  const { status, stderr } = await home.cli(args);
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  return proxy.sent - before;
}

describe('with a registry that keeps what it got', () => {
  let registry: TestRegistry;
  let proxy: TcpProxy;

  beforeEach(async () => {
    registry = await startRegistry();
    proxy = await startProxy({ target: registry.host });
  });

  afterEach(async () => {
    await proxy.close();
    await registry.close();
  });

  const tag = () => registry.tags('acme/big').get('1');
  const push = (layout: string) => ['push', layout, `${proxy.host}/acme/big:1`];

  it('a push killed at half of a large layer sends at most 55 % of it the second time', async () => {
    const { path, digest, size } = layouts.large;
    const first = await killAtHalf(push(path), proxy, size);
    expect(first).toBeLessThan(size * 0.75);
    expect(await sendsToTheEnd(push(path), proxy)).toBeLessThanOrEqual(0.55 * size);
    expect(tag()).toBe(digest);
    expect(registry.uploads()).toEqual([]);
  });

  it('a network that is gone for a second costs at most 5 % and no second command', async () => {
    const { path, digest, size } = layouts.large;
    const { ended } = home.start(push(path));
    await afterBytes(proxy, size / 2);
    proxy.down = true;
    proxy.cut();
    await sleep(1000);
    proxy.down = false;
    expect((await ended).status).toBe(0);
    expect(proxy.sent).toBeLessThanOrEqual(1.05 * size);
    expect(tag()).toBe(digest);
    expect(registry.uploads()).toEqual([]);
  });

  it('--no-resume starts over', async () => {
    const { path, digest, size } = layouts.small;
    registry.throttle.bytesPerSecond = 100 * MIB;
    await killAtHalf(push(path), proxy, size);
    registry.throttle.bytesPerSecond = 0;
    expect(await sendsToTheEnd([...push(path), '--no-resume'], proxy)).toBeGreaterThan(size);
    expect(tag()).toBe(digest);
  });
});

describe('with docker-registry', () => {
  let registry: DockerRegistry;
  let proxy: TcpProxy;

  beforeEach(async () => {
    registry = await startDockerRegistry();
    proxy = await startProxy({ target: registry.host });
  });

  afterEach(async () => {
    await proxy.close();
    await registry.stop();
  });

  const tag = async () => {
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const answer = await fetch(`${registry.url}/v2/acme/big/manifests/1`, { method: 'HEAD', headers: { accept } });
    return answer.headers.get('docker-content-digest');
  };

  it('a push killed in the middle ends with the right digest the second time', async () => {
    const { path, digest, size } = layouts.small;
    const args = ['push', path, `${proxy.host}/acme/big:1`];
    await killAtHalf(args, proxy, size);
    await sendsToTheEnd(args, proxy);
    expect(await tag()).toBe(digest);
  });

  it('a push paused between chunks continues from there', async () => {
    const { path, digest, size } = layouts.small;
    await using pusher = makePusher();
    const { service } = pusher;
    service.setBandwidthLimit(20 * MIB);
    const id = service.start(await requestFor(path, `${proxy.host}/acme/big:1`));
    await afterBytes(proxy, 24 * MIB);
    service.pause(id);
    expect((await service.settled(id)).job.state).toBe('paused');
    expect(proxy.sent).toBeLessThan(size * 0.9);
    // Slow enough for the row to be told while it continues.
    service.setBandwidthLimit(60 * MIB);
    service.resume(id);
    expect((await service.settled(id)).job.state).toBe('done');
    expect(pusher.history.some(({ resumedFrom }) => (resumedFrom ?? 0) >= 16 * MIB)).toBe(true);
    expect(proxy.sent).toBeLessThan(size * 1.02);
    expect(await tag()).toBe(digest);
  });
});
