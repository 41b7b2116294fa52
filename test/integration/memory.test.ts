import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseDigest } from '../../shared/digest.ts';
import { MediaType } from '../../shared/media-types.ts';
import { makeCertificates } from '../fixtures/certificates.ts';
import { writeJsonBlob } from '../fixtures/layout-blobs.ts';
import { blobPath, LayoutWriter, makeLayout } from '../fixtures/layouts.ts';
import { startRegistry } from '../registry/server.ts';
import { jsonLines, makeCliHome } from './command-line.ts';

const GIB = 1024 ** 3;
const LAYER_SIZE = 4 * GIB;
/** Of 4 GiB of zeros: what `head -c 4G /dev/zero | sha256sum` says. Hashing them here would take longer than pushing them. */
const LAYER_DIGEST = parseDigest('sha256:8479e43911dc45e89f934fe48d01297e16f51d17aa561d4d1c216b1ae0fcddca');
/** The promise is 200 MB of resident memory at the highest point. */
const PROMISED_BYTES = 200e6;

test('a layer of 4 GiB is pushed with little memory', async () => {
  await using home = await makeCliHome();
  const path = await makeBigLayout(join(home.path, 'big'));
  using sink = await startSink();
  const run = home.start(['push', path, `127.0.0.1:${sink.port}/big:1`, '--json']);
  let highest = 0;
  for (let over = false; !over; ) {
    highest = Math.max(highest, await highestMemory(run.child.pid ?? 0));
    over = await Promise.race([run.ended.then(() => true), sleep(100, false)]);
  }
  const { status, stdout, stderr } = await run.ended;
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const done = jsonLines(stdout).at(-1);
  expect(done).toMatchObject({ type: 'done' });
  expect(done?.['bytesSent']).toBeGreaterThan(LAYER_SIZE);
  expect(await sink.received()).toBe(done?.['bytesSent']);
  const seconds = Number(done?.['durationMs']) / 1000;
  const rate = Math.round(LAYER_SIZE / 1e6 / seconds);
  console.log(`4 GiB in ${seconds.toFixed(1)} s (${rate} MB/s), at most ${Math.round(highest / 1e6)} MB resident`);
  expect(highest).toBeGreaterThan(20e6);
  expect(highest).toBeLessThan(PROMISED_BYTES);
});

test('buffers that are read into again and again do not damage what waits for a slow registry, over TLS', async () => {
  await using home = await makeCliHome();
  const { server, ca } = await makeCertificates();
  await using registry = await startRegistry({ storage: 'memory', tls: server, bytesPerSecond: 30_000_000 });
  const { path, image } = await makeLayout(join(home.path, 'layout'), { layers: 2, layerSize: 25_000_000 });
  const caFile = join(home.path, 'ca.crt');
  await writeFile(caFile, ca.cert);
  const env = { NODE_EXTRA_CA_CERTS: caFile };
  const { status, stdout } = await home.cli(['push', path, `${registry.host}/a:1`, '--json'], { env });
  expect(status).toBe(0);
  // The registry checks every digest. A damaged blob would have been refused and sent once more.
  const total = [image, image.config, ...image.layers].reduce((sum, { size }) => sum + size, 0);
  expect(jsonLines(stdout).at(-1)).toMatchObject({ type: 'done', digest: image.digest, bytesSent: total });
});

/** A layout whose one layer is a file of zeros that takes no room on the disk. */
async function makeBigLayout(path: string): Promise<string> {
  const layout = await LayoutWriter.create(path);
  const pending = join(path, 'pending');
  await using file = await open(pending, 'w');
  await file.truncate(LAYER_SIZE);
  const layer = { mediaType: MediaType.ociLayer, digest: LAYER_DIGEST, size: LAYER_SIZE };
  await mkdir(join(path, 'blobs/sha256'), { recursive: true });
  await rename(pending, blobPath(path, LAYER_DIGEST));
  const config = await writeJsonBlob(path, MediaType.ociConfig, {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [LAYER_DIGEST] },
  });
  const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [layer] };
  layout.list(await writeJsonBlob(path, MediaType.ociManifest, manifest), { refName: 'big' });
  return await layout.finish();
}

async function startSink() {
  const child = fork(fileURLToPath(new URL('./sink-registry.ts', import.meta.url)), {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [port] = (await once(child, 'message')) as [number];
  return {
    port,
    received: async () => Number(await (await fetch(`http://127.0.0.1:${port}/received`)).text()),
    [Symbol.dispose]: () => void child.kill(),
  };
}

/** Bytes of a process's largest resident set so far (proc(5), VmHWM); 0 when it is gone. */
async function highestMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
