import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ERROR_CODES } from '../../shared/error-codes.ts';
import type { JobSnapshot } from '../../shared/transfer-events.ts';
import { LayoutWriter, type Listed } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { digestOf } from '../registry/blob-store.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { basicLogin, makePusher, type Pusher, requestFor } from '../unit/electron/transfers/harness.ts';
import { type ChaosPlan, planFor } from './chaos-plan.ts';

const PUSHES = 200;
const AT_ONCE = 6;
const KIB = 1024;
const CHUNK = 64 * KIB;
/** Short enough that a server that does not answer costs little, long enough for a busy computer. */
const TIMEOUTS = { connect: 5000, headers: 5000, idle: 5000 };

/** What a push that got no luck may end with; INTERNAL would be a bug. */
const CLEAR = ERROR_CODES.filter((code) => code !== 'INTERNAL' && code !== 'BLOB_CORRUPT');

let folder: TempDir;
let layout: string;
let index: Listed;
/** Registries that are about to end. */
const endings: Promise<void>[] = [];

/** 60 layers in 6 images; six of them go in chunks. */
beforeAll(async () => {
  folder = await makeTempDir('chaos');
  const writer = await LayoutWriter.create(join(folder.path, 'layout'));
  const layers = [{ size: 150 * KIB }, ...Array.from({ length: 9 }, (_, at) => ({ size: at * 300 }))];
  const platforms = ['amd64', 'arm64', '386', 'ppc64le', 's390x', 'riscv64'].map((architecture) => ({
    os: 'linux',
    architecture,
  }));
  const images: Listed[] = [];
  for (const platform of platforms) {
    const seeded = layers.map((layer, at) => ({ ...layer, seed: `${platform.architecture} ${at}` }));
    images.push(await writer.image({ platform, layers: seeded }));
  }
  index = await writer.index(images);
  layout = await writer.list(index, { refName: 'latest' }).finish();
});

afterAll(() => folder.remove());

it(`${PUSHES} pushes through random faults end with the right digest or a clear error, and leave nothing behind`, async () => {
  // The first push opens what stays open (workers of the thread pool, module caches).
  await chaosPush(0);
  await Promise.all(endings);
  const before = await resources();
  const outcomes = new Map<string, number>();
  let seed = 0;
  const line = async (): Promise<void> => {
    while (seed < PUSHES) {
      seed += 1;
      const outcome = await chaosPush(seed);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  await Promise.all(endings);
  // A chaos in which nothing succeeds, or nothing fails, would test little.
  expect(outcomes.get('done') ?? 0).toBeGreaterThan(PUSHES / 3);
  expect(PUSHES - (outcomes.get('done') ?? 0)).toBeGreaterThan(PUSHES / 20);
  expect(await settledResources(before)).toEqual(before);
}, 400_000);

async function chaosPush(seed: number): Promise<string> {
  try {
    return await pushBySeed(planFor(seed));
  } catch (thrown) {
    throw new Error(`seed ${seed}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown });
  }
}

async function pushBySeed(plan: ChaosPlan): Promise<string> {
  const lifetime = plan.tokenLifetime;
  const registry = await startRegistry({
    storage: 'memory',
    ...(plan.bearer ? { auth: { kind: 'bearer', users: { ci: 'secret' }, lifetime } } : {}),
  });
  await using stack = new AsyncDisposableStack();
  stack.use(registry);
  for (const rule of plan.rules) registry.faults.add(rule);
  const outcome = await usingPusher(registry, async (pusher) => {
    const snapshot = await pushOnce(pusher, registry, plan);
    await expectSound(registry, snapshot);
    registry.faults.clear();
    if (snapshot.job.state !== 'done') await pusher.service.cancel(snapshot.job.id);
    expect({ state: snapshot.job.state, open: registry.uploads() }).toMatchObject({ open: [] });
    return snapshot.job.error?.code ?? snapshot.job.state;
  });
  const held = stack.move();
  endings.push(endOnceLeft(registry, held));
  return outcome;
}

/** All connections end by themselves; one that the registry ends lingers for a second, for which no other push waits. */
async function endOnceLeft(registry: TestRegistry, held: AsyncDisposable): Promise<void> {
  await using _held = held;
  await expect.poll(() => registry.connections(), { timeout: 20_000 }).toBe(0);
}

async function usingPusher<T>(registry: TestRegistry, work: (pusher: Pusher) => Promise<T>): Promise<T> {
  await using pusher = makePusher({
    login: basicLogin('ci', 'secret'),
    client: { policy: { tls: 'plain-http', chunkSize: CHUNK }, timeouts: TIMEOUTS },
  });
  expect(registry.requests).toEqual([]);
  return await work(pusher);
}

async function pushOnce({ service }: Pusher, registry: TestRegistry, plan: ChaosPlan): Promise<JobSnapshot> {
  const id = service.start(await requestFor(layout, `${registry.host}/acme/chaos:1`));
  const settled = service.settled(id);
  if (plan.pauseAfter !== undefined) {
    await Promise.race([sleep(plan.pauseAfter), settled]);
    service.pause(id);
    if ((await service.settled(id)).job.state === 'paused') service.resume(id);
  }
  if (plan.cancelAfter !== undefined) {
    await Promise.race([sleep(plan.cancelAfter), settled]);
    await service.cancel(id);
  }
  return service.settled(id);
}

async function expectSound(registry: TestRegistry, { job, layers }: JobSnapshot): Promise<void> {
  for (const digest of registry.blobs()) expect(digestOf(await registry.readBlob(digest))).toBe(digest);
  const tagged = registry.tags('acme/chaos').get('1');
  switch (job.state) {
    case 'done':
      expect(job.result?.digest).toBe(index.digest);
      expect(tagged).toBe(index.digest);
      expect(layers.every(({ state }) => state === 'pushed' || state === 'exists')).toBe(true);
      return;
    case 'cancelled':
      expect(tagged === undefined || tagged === index.digest).toBe(true);
      return;
    case 'needs-login':
      expect(job.login?.registry).toBe(registry.host);
      return;
    case 'failed':
      expect(CLEAR.map(String)).toContain(job.error?.code);
      expect(job.error?.message).toMatch(/\S.*\.$/);
      return;
    default:
      throw new Error(`the push ended as ${job.state}`);
  }
}

/** Open files and what keeps the process alive, by kind. */
async function resources(): Promise<Record<string, number>> {
  await sleep(50);
  const kinds = Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
  const counts = Object.entries(kinds).map(([kind, all]) => [kind, all?.length ?? 0]);
  return { ...Object.fromEntries(counts), files: readdirSync('/proc/self/fd').length };
}

/** What is left once sockets that are closing have closed; `before` as soon as it is reached. */
async function settledResources(before: Record<string, number>): Promise<Record<string, number>> {
  for (let round = 0; ; round++) {
    const now = await resources();
    if (round === 40 || JSON.stringify(now) === JSON.stringify(before)) return now;
  }
}
