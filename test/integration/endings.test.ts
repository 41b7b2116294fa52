import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OciLayoutSource } from '../../electron/sources/oci-layout/layout-listing.ts';
import type { Digest } from '../../shared/digest.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { type Nginx, startNginx } from '../fixtures/nginx.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { startProxy, type TcpProxy } from '../registry/proxy.ts';
import { makePusher, type Pusher, requestFor } from '../unit/electron/transfers/harness.ts';
import { type CliHome, makeCliHome } from './command-line.ts';

const MB = 1_000_000;
const SIZE = 12 * MB;
/** Headers of requests, the framing of bodies, config, manifest, and what archives add. */
const BESIDES = 0.15 * MB;
const SLOW = 2 * MB;
/** When the end comes. */
const SENT = 3 * MB;

type Way = 'directly' | 'through nginx' | 'through nginx that collects each body';

let folder: TempDir;
let registry: DockerRegistry;
let nginx: Nginx;
let home: CliHome;
let images: Record<1 | 6, { path: string; digest: Digest }>;
let pushes = 0;

beforeAll(async () => {
  [folder, home] = await Promise.all([makeTempDir('endings'), makeCliHome()]);
  registry = await startDockerRegistry();
  nginx = await startNginx(registry.host);
  const image = async (layers: number) => {
    const made = await makeLayout(join(folder.path, `${layers}`), {
      layers,
      layerSize: SIZE / layers,
      seed: `${layers}`,
    });
    return { path: made.path, digest: made.image.digest };
  };
  images = { 1: await image(1), 6: await image(6) };
});

afterAll(async () => {
  await nginx?.[Symbol.asyncDispose]();
  await registry?.stop();
  await home?.remove();
  await folder?.remove();
});

/** A slow line to the registry, and a repository that nobody has pushed to. */
async function openLine(way: Way, bytesPerSecond = SLOW): Promise<{ proxy: TcpProxy; target: string }> {
  const ends = {
    directly: registry.host,
    'through nginx': nginx.unbuffered,
    'through nginx that collects each body': nginx.buffered,
  };
  const proxy = await startProxy({ target: ends[way], bytesPerSecond });
  pushes += 1;
  return { proxy, target: `${proxy.host}/acme/p${pushes}:1` };
}

async function untilSent(proxy: TcpProxy, bytes: number): Promise<void> {
  while (proxy.sent < bytes) await sleep(5);
}

/** Nothing that the registry had at the end was sent again. */
async function expectSentOnce(proxy: TcpProxy, target: string, layers: 1 | 6): Promise<void> {
  expect(proxy.sent).toBeGreaterThan(SIZE);
  expect(proxy.sent).toBeLessThan(SIZE + BESIDES);
  const url = `${registry.url}/v2/${target.slice(target.indexOf('/') + 1).replace(':', '/manifests/')}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const answer = await fetch(url, { method: 'HEAD', headers: { accept } });
  expect(answer.headers.get('docker-content-digest')).toBe(images[layers].digest);
}

interface CutOff {
  pusher: Pusher;
  id: string;
  /** A window that is opened later. */
  reopen: () => Pusher;
  /** From now on the line is quick. */
  hurry: () => void;
}

/** Ends a push in the middle, lets it go on, and waits for its end. */
const ENDINGS = {
  'a pause': async ({ pusher: { service }, id, hurry }: CutOff) => {
    service.pause(id);
    expect((await service.settled(id)).job.state).toBe('paused');
    hurry();
    service.resume(id);
    expect((await service.settled(id)).job.state).toBe('done');
  },
  'the end of the window': async ({ pusher, id, reopen, hurry }: CutOff) => {
    await pusher[Symbol.asyncDispose]();
    hurry();
    await using next = reopen();
    next.service.resume(id);
    expect((await next.service.settled(id)).job.state).toBe('done');
  },
  'another limit': async ({ pusher: { service }, id, hurry }: CutOff) => {
    service.setBandwidthLimit(100 * MB);
    hurry();
    expect((await service.settled(id)).job.state).toBe('done');
  },
};

const cases: [ending: keyof typeof ENDINGS, way: Way, layers: 1 | 6, speed: 'slow' | 'quick'][] = [
  ['a pause', 'directly', 6, 'slow'],
  ['a pause', 'directly', 1, 'slow'],
  ['a pause', 'directly', 6, 'quick'],
  ['a pause', 'through nginx', 6, 'slow'],
  ['a pause', 'through nginx', 1, 'quick'],
  ['a pause', 'through nginx that collects each body', 6, 'slow'],
  ['the end of the window', 'directly', 6, 'slow'],
  ['the end of the window', 'through nginx', 1, 'slow'],
  ['another limit', 'through nginx that collects each body', 1, 'slow'],
];

describe.concurrent('a push of a window that goes on after', () => {
  it.each(cases)('%s sends nothing twice: %s, %i layers, on a %s line', async (ending, way, layers, speed) => {
    const { proxy, target } = await openLine(way, speed === 'slow' ? SLOW : 0);
    await using _line = proxy;
    const { path } = images[layers];
    const dataDir = join(folder.path, target.replace(/.*\/|:1/g, ''));
    const open = () => makePusher({ dataDir, reopenImage: (id) => new OciLayoutSource(path).open(id) });
    await using pusher = open();
    const id = pusher.service.start(await requestFor(path, target));
    await untilSent(proxy, SENT);
    const hurry = () => {
      proxy.bytesPerSecond = 0;
    };
    await ENDINGS[ending]({ pusher, id, reopen: open, hurry });
    expect(proxy.bytesPerSecond).toBe(0);
    await expectSentOnce(proxy, target, layers);
  });
});

describe.concurrent('a push of the command line', () => {
  it.each([
    ['SIGINT', 6],
    ['SIGTERM', 1],
  ] as const)('that is told again after %s sends nothing twice (%i layers)', async (signal, layers) => {
    const { proxy, target } = await openLine('directly');
    await using _line = proxy;
    const args = ['push', images[layers].path, target];
    const run = home.start(args);
    await untilSent(proxy, SENT);
    run.child.kill(signal);
    // After SIGTERM there is little time, on a busy machine too little for a slow line. A quick one would take all before the signal is heard.
    if (signal === 'SIGTERM') proxy.bytesPerSecond = 2.5 * SLOW;
    expect((await run.ended).status).toBe(130);
    expect(proxy.sent).toBeLessThan(SIZE);
    proxy.bytesPerSecond = 0;
    expect((await home.cli(args)).status).toBe(0);
    await expectSentOnce(proxy, target, layers);
  });
});
