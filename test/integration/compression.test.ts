import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { hashStream } from '../../electron/image/verify.ts';
import { MediaType } from '../../shared/media-types.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { writeJsonBlob } from '../fixtures/layout-blobs.ts';
import { blobPath, LayoutWriter, makeLayout } from '../fixtures/layouts.ts';
import { run } from '../fixtures/tools.ts';
import { startRegistry } from '../registry/server.ts';
import { type CliHome, jsonLines, makeCliHome } from './command-line.ts';

const MIB = 1024 ** 2;
/** Resident memory at the highest point of a push of 1 GiB, threads included. */
const MEMORY_BOUND = 260e6;

let registry: DockerRegistry;
let home: CliHome;

beforeAll(async () => {
  registry = await startDockerRegistry();
});
afterAll(async () => {
  await registry.stop();
});
beforeEach(async () => {
  home = await makeCliHome();
});
afterEach(async () => {
  await home.remove();
});

/** A layout with two plain layers of text. */
async function plainLayout() {
  const layer = { size: 3 * MIB, content: 'text', compression: 'none' } as const;
  return makeLayout(join(home.path, 'plain'), { layers: [layer, { ...layer, seed: 'second' }] });
}

async function inspect(name: string): Promise<{ config: { digest: string }; layers: { mediaType: string }[] }> {
  const { stdout } = await run('skopeo', [
    'inspect',
    '--raw',
    '--tls-verify=false',
    `docker://${registry.host}/${name}`,
  ]);
  return JSON.parse(stdout.toString());
}

test('what was compressed on the way is unpacked by other tools to the same files', async () => {
  const { path, image } = await plainLayout();
  const target = `${registry.host}/acme/gzip:1`;
  const { status, stderr } = await home.cli(['push', path, target, '--compression-format=gzip', '--quiet']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const manifest = await inspect('acme/gzip:1');
  expect(manifest.config.digest).toBe(image.config.digest);
  expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([MediaType.ociLayerGzip, MediaType.ociLayerGzip]);
  const copy = join(home.path, 'copy');
  await run('skopeo', ['copy', '--src-tls-verify=false', `docker://${target}`, `oci:${copy}:back`]);
  for (const [layout, tag] of [
    [copy, 'back'],
    [path, 'latest'],
  ] as const) {
    const args = ['unpack', '--rootless', '--image', `${layout}:${tag}`, join(home.path, `unpacked-${tag}`)];
    await run('umoci', args);
  }
  const files = async (tag: string) => {
    const folder = join(home.path, `unpacked-${tag}`, 'rootfs', 'data');
    const names = (await readdir(folder)).sort();
    return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  };
  expect(await files('back')).toHaveLength(2);
  expect(await files('back')).toEqual(await files('latest'));
});

test('zstd layers are read by other tools', async () => {
  const { path } = await plainLayout();
  const options = ['--compression-format=zstd', '--compression-level=7', '--quiet'];
  expect((await home.cli(['push', path, `${registry.host}/acme/zstd:1`, ...options])).status).toBe(0);
  const [layer] = (await inspect('acme/zstd:1')).layers;
  expect(layer?.mediaType).toBe(MediaType.ociLayerZstd);
  const copy = join(home.path, 'copy');
  // Recompressing makes skopeo read the layers and compare their digests with the config's diffIDs.
  const recompress = ['--dest-compress', '--dest-compress-format=gzip', '--src-tls-verify=false'];
  await run('skopeo', ['copy', ...recompress, `docker://${registry.host}/acme/zstd:1`, `dir:${copy}`]);
});

test('a push that is repeated reads no layer', async () => {
  const { path, image } = await plainLayout();
  const push = ['push', path, `${registry.host}/acme/again:1`, '--compression-format=gzip', '--json'];
  const first = jsonLines((await home.cli(push)).stdout).at(-1);
  for (const { digest } of image.layers) {
    // Of the same length, so that only who reads it can tell.
    await using file = await open(blobPath(path, digest), 'r+');
    await file.write(Buffer.alloc(100_000));
  }
  const lines = jsonLines((await home.cli(push)).stdout);
  expect(lines.at(-1)).toMatchObject({ type: 'done', digest: first?.['digest'], bytesSent: 0, unchanged: true });
  expect(lines.map(({ state }) => state)).not.toContain('compressing');
});

test('a layer of 1 GiB is compressed with bounded memory, and nothing is left behind', async () => {
  await using sink = await startRegistry();
  const path = await largeLayout(join(home.path, 'large'));
  const temporary = join(home.path, 'temporary');
  await mkdir(temporary);
  const args = ['push', path, `${sink.host}/large:1`, '--compression-format=gzip', '--json'];
  const pushed = home.start(args, { env: { TMPDIR: temporary } });
  let highest = 0;
  for (let over = false; !over; ) {
    highest = Math.max(highest, await highestMemory(pushed.child.pid ?? 0));
    over = await Promise.race([pushed.ended.then(() => true), sleep(100, false)]);
  }
  const { status, stdout } = await pushed.ended;
  expect(status).toBe(0);
  const seconds = Number(jsonLines(stdout).at(-1)?.['durationMs']) / 1000;
  console.log(
    `1 GiB compressed and pushed in ${seconds.toFixed(1)} s, at most ${Math.round(highest / 1e6)} MB resident`,
  );
  expect(highest).toBeGreaterThan(20e6);
  expect(highest).toBeLessThan(MEMORY_BOUND);
  expect(await spools(temporary)).toEqual([]);
});

test('Ctrl-C in the middle leaves no file and no process', async () => {
  await using sink = await startRegistry();
  const path = await largeLayout(join(home.path, 'large'));
  const temporary = join(home.path, 'temporary');
  await mkdir(temporary);
  const args = ['push', path, `${sink.host}/large:1`, '--compression-format=gzip', '--json'];
  const pushed = home.start(args, { env: { TMPDIR: temporary } });
  await expect.poll(() => pushed.output(), { timeout: 20_000 }).toContain('"compressing"');
  expect(await spools(temporary)).toHaveLength(1);
  pushed.child.kill('SIGINT');
  expect((await pushed.ended).status).not.toBe(0);
  expect(await spools(temporary)).toEqual([]);
});

/** One layer of 1 GiB: a quarter does not compress, the rest is holes. */
async function largeLayout(path: string): Promise<string> {
  const layout = await LayoutWriter.create(path);
  const pending = join(path, 'pending');
  {
    await using file = await open(pending, 'w');
    const block = randomBytes(64 * MIB);
    for (let index = 0; index < 4; index++) await file.write(block, 0, block.length, index * 256 * MIB);
    await file.truncate(1024 * MIB);
  }
  const { digest, size } = await hashStream(createReadStream(pending, { highWaterMark: MIB }));
  await rename(pending, blobPath(path, digest));
  const config = await writeJsonBlob(path, MediaType.ociConfig, {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [digest] },
  });
  const layers = [{ mediaType: MediaType.ociLayer, digest, size }];
  const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers };
  layout.list(await writeJsonBlob(path, MediaType.ociManifest, manifest), { refName: 'large' });
  return layout.finish();
}

/** Our folders of compressed layers; Node keeps its compiled code next to them. */
async function spools(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('pushboat-'));
}

/** Bytes; 0 when the process has ended. */
async function highestMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
