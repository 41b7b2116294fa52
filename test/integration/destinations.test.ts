import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../electron/image/types.ts';
import { sha256 } from '../fixtures/docker-archives.ts';
import { type Dockerd, startDockerd } from '../fixtures/dockerd.ts';
import { bareEnvironment, listener, outgoing, write } from '../fixtures/outgoing.ts';
import { type PodmanService, startPodman } from '../fixtures/podman.ts';
import { randomBytes } from '../fixtures/random.ts';
import { makeBuildahImage, makeBuildahIndex, makeUmociImage, type RealImage } from '../fixtures/real-images.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';

let folder: TempDir;
/** Made by buildah; its layers are compressed. */
let image: RealImage;
let index: RealImage;
let umoci: RealImage;

beforeAll(async () => {
  folder = await makeTempDir('destinations');
  [image, index, umoci] = await Promise.all([
    makeBuildahImage(inFolder('buildah')),
    makeBuildahIndex(inFolder('index')),
    makeUmociImage(inFolder('umoci')),
  ]);
});
afterAll(() => folder.remove());

function inFolder(name: string): string {
  return join(folder.path, name);
}

const read = ({ path, tag }: RealImage, references: string[] = []) => outgoing(`oci:${path}:${tag}`, references);

/** Digest of the manifest or index that skopeo reads, byte for byte. */
async function skopeoDigest(name: string): Promise<string> {
  return sha256((await run('skopeo', ['inspect', '--raw', name])).stdout);
}

/** Has skopeo read everything of an image, which checks each digest. */
async function readWhole(from: string, to: string): Promise<void> {
  await run('skopeo', ['--insecure-policy', 'copy', '--all', from, `dir:${inFolder(to)}`]);
}

/** The config's digest, which is Docker's and Podman's id of an image, and the layers' without compression. */
async function idOf(real: RealImage): Promise<{ id: string; diffIds: string[] }> {
  const { tree, image: opened } = await read(real);
  const config = tree.blobs.find(({ kind }) => kind === 'config');
  if (!config) throw new Error('no config');
  const parsed = JSON.parse(Buffer.from(await opened.read(config.descriptor)).toString()) as {
    rootfs: { diff_ids: string[] };
  };
  return { id: config.descriptor.digest, diffIds: parsed.rootfs.diff_ids };
}

describe('what is written is read by other tools', () => {
  test('oci: next to an image of umoci’s own, which stays', async () => {
    const layout = inFolder('shared');
    await makeUmociImage(layout, 'first');
    await write(`oci:${layout}:second`, [await read(image)]);
    await write(`oci:${layout}:many`, [await read(index)]);
    const { stdout } = await run('umoci', ['ls', '--layout', layout]);
    expect(stdout.toString().trim().split('\n').toSorted()).toEqual(['first', 'many', 'second']);
    expect(await skopeoDigest(`oci:${layout}:second`)).toBe(image.digest);
    expect(await skopeoDigest(`oci:${layout}:many`)).toBe(index.digest);
    await readWhole(`oci:${layout}:many`, 'many');
    await run('umoci', ['gc', '--layout', layout]);
    for (const [tag, file, content] of [
      ['first', 'srv/part-1', randomBytes('umoci 1', 400_000)],
      ['second', 'opt/layer-1', randomBytes('amd64 1', 300_000)],
    ] as const) {
      const bundle = inFolder(`bundle-${tag}`);
      await run('umoci', ['unpack', '--rootless', '--image', `${layout}:${tag}`, bundle]);
      expect((await readFile(join(bundle, 'rootfs', file))).equals(content)).toBe(true);
    }
  });

  test('oci-archive: with one platform, with two, and with several images', async () => {
    const target = inFolder('oci.tar');
    await write(`oci-archive:${target}:1`, [await read(umoci)]);
    await write(`oci-archive:${target}:1`, [await read(image)]);
    expect(await skopeoDigest(`oci-archive:${target}:1`)).toBe(image.digest);
    await readWhole(`oci-archive:${target}:1`, 'from-oci-archive');
    const many = inFolder('many.tar');
    await write(`oci-archive:${many}`, [
      await read(index, ['example.com/multi:1']),
      await read(umoci, ['example.com/umoci:1']),
    ]);
    await readWhole(`oci-archive:${many}:example.com/multi:1`, 'from-many');
    expect(await skopeoDigest(`oci-archive:${many}:example.com/umoci:1`)).toBe(umoci.digest);
  });

  test('dir: with one platform, and with two', async () => {
    const target = inFolder('dir');
    await write(`dir:${target}`, [await read(image)]);
    expect(await skopeoDigest(`dir:${target}`)).toBe(image.digest);
    await readWhole(`dir:${target}`, 'from-dir');
    await write(`dir:${target}`, [await read(index)]);
    expect(await skopeoDigest(`dir:${target}`)).toBe(index.digest);
    await readWhole(`dir:${target}`, 'from-multi-dir');
    // What skopeo has written is overwritten, too, and the other way round.
    await write(`dir:${inFolder('from-dir')}`, [await read(umoci)]);
    expect(await skopeoDigest(`dir:${inFolder('from-dir')}`)).toBe(umoci.digest);
    await readWhole(`oci:${image.path}:${image.tag}`, 'dir');
  });

  test('docker-archive: under the digest that skopeo makes of it', async () => {
    const target = inFolder('docker.tar');
    const [written] = await write(`docker-archive:${target}:acme/web`, [await read(image)]);
    expect(await skopeoDigest(`docker-archive:${target}`)).toBe(written?.digest);
    await readWhole(`docker-archive:${target}:docker.io/acme/web:latest`, 'from-docker-archive');
    const own = inFolder('skopeo.tar');
    await run('skopeo', [
      '--insecure-policy',
      'copy',
      `oci:${image.path}:${image.tag}`,
      `docker-archive:${own}:acme/web`,
    ]);
    expect(await skopeoDigest(`docker-archive:${own}`)).toBe(written?.digest);
    const { diffIds } = await idOf(image);
    const shown = JSON.parse((await run('skopeo', ['inspect', `docker-archive:${target}`])).stdout.toString()) as {
      Layers: string[];
    };
    expect(shown.Layers).toEqual(diffIds);
  });
});

const COPY = ['--insecure-policy', 'copy', '--quiet'];

describe('what is there already fares as with skopeo:', () => {
  const places: [what: string, name: string, prepare: (path: string) => Promise<unknown>][] = [
    ['an oci: name of another image', 'oci:PATH:1', async (path) => write(`oci:${path}:1`, [await read(umoci)])],
    ['a folder of other files, for oci:', 'oci:PATH:1', otherFolder],
    ['a file, for oci-archive:', 'oci-archive:PATH:1', (path) => writeFile(path, 'other')],
    ['an image, for dir:', 'dir:PATH', async (path) => write(`dir:${path}`, [await read(umoci)])],
    ['a folder of other files, for dir:', 'dir:PATH', otherFolder],
    ['an archive, for docker-archive:', 'docker-archive:PATH', (path) => writeFile(path, 'other')],
  ];

  async function otherFolder(path: string): Promise<void> {
    await mkdir(path);
    await writeFile(join(path, 'notes.txt'), 'mine');
  }

  /** Images that a layout lists, or files of a folder, as far as two tools name them alike. */
  async function contentOf(path: string): Promise<unknown> {
    if (!(await stat(path)).isDirectory()) return undefined;
    const list = join(path, 'index.json');
    if (!existsSync(list)) return readdirSync(path).toSorted();
    const { manifests } = JSON.parse(await readFile(list, 'utf8')) as { manifests: Descriptor[] };
    return {
      listed: manifests.map(({ digest, annotations }) => [digest, annotations]),
      kept: existsSync(join(path, 'notes.txt')),
    };
  }

  test.each(places)('%s', async (what, name, prepare) => {
    const [ours, theirs] = ['ours', 'theirs'].map((whose) => inFolder(`${whose}${what.replaceAll(/\W/g, '')}`));
    if (ours === undefined || theirs === undefined) throw new Error('no paths');
    await Promise.all([ours, theirs].map(prepare));
    const outcomes = await Promise.allSettled([
      write(name.replace('PATH', ours), [await read(image)]),
      run('skopeo', [...COPY, `oci:${image.path}:${image.tag}`, name.replace('PATH', theirs)]),
    ]);
    expect(outcomes[0].status).toBe(outcomes[1].status);
    expect(await contentOf(ours)).toEqual(await contentOf(theirs));
  });
});

describe('Docker takes', () => {
  let engine: Dockerd;
  beforeAll(async () => {
    engine = await startDockerd();
  });
  afterAll(() => engine.stop());

  /** What it holds under a name. */
  async function inspect(name: string): Promise<{ id: string; diffIds: string[] }> {
    const { stdout } = await engine.docker('image', 'inspect', name);
    const [found] = JSON.parse(stdout.toString()) as { Id: string; RootFS: { Layers: string[] } }[];
    return { id: found?.Id ?? '', diffIds: found?.RootFS.Layers ?? [] };
  }

  test('a docker archive of several images', async () => {
    const target = inFolder('several.tar');
    const images = [await read(image, ['acme/one:1', 'acme/one:2']), await read(umoci, ['localhost:5000/acme/two'])];
    await write(`docker-archive:${target}`, images);
    await engine.docker('load', '--input', target);
    for (const name of ['acme/one:1', 'acme/one:2']) expect(await inspect(name)).toEqual(await idOf(image));
    expect(await inspect('localhost:5000/acme/two:latest')).toEqual(await idOf(umoci));
  });

  test('docker-daemon: through its socket', async () => {
    const environment = bareEnvironment({ DOCKER_HOST: engine.host });
    await write('docker-daemon:acme/three', [await read(image, ['acme/more:3'])], { environment });
    for (const name of ['acme/three:latest', 'acme/more:3']) expect(await inspect(name)).toEqual(await idOf(image));
  });

  test('nothing of an image that breaks off', async () => {
    const environment = bareEnvironment({ DOCKER_HOST: engine.host });
    const ready = await read(umoci);
    const stop = new AbortController();
    const told = { ...listener(), written: () => stop.abort() };
    await expect(
      write('docker-daemon:acme/broken', [ready], { environment, told, signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
    const { stdout } = await engine.docker('image', 'ls', '--format', '{{.Repository}}', 'acme/broken');
    expect(stdout.toString()).toBe('');
  });
});

describe('Podman takes', () => {
  let service: PodmanService;
  beforeAll(async () => {
    service = await startPodman();
  });
  afterAll(() => service.stop());

  test('containers-storage: with the digest that the image has', async () => {
    const environment = bareEnvironment({ CONTAINER_HOST: service.host });
    await write('containers-storage:acme/web:1', [await read(image, ['ghcr.io/acme/other:2'])], { environment });
    const { id } = await idOf(image);
    for (const name of ['docker.io/acme/web:1', 'ghcr.io/acme/other:2']) {
      const { stdout } = await service.podman('image', 'inspect', name);
      expect(JSON.parse(stdout.toString())).toMatchObject([{ Id: id.slice(7), Digest: image.digest }]);
    }
  });

  test('a docker archive', async () => {
    const target = inFolder('for-podman.tar');
    await write(`docker-archive:${target}:acme/archived`, [await read(image)]);
    await service.podman('load', '--input', target);
    const { stdout } = await service.podman('image', 'inspect', 'docker.io/acme/archived:latest');
    expect(JSON.parse(stdout.toString())).toMatchObject([{ Id: (await idOf(image)).id.slice(7) }]);
  });
});

describe('a place that takes no more is told of, and nothing is left there', () => {
  let full: string;
  beforeAll(async () => {
    full = inFolder('full');
    await mkdir(full);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', full]);
  });
  afterAll(() => run('umount', [full]));

  const TARGETS = ['oci:PATH:1', 'oci-archive:PATH', 'docker-archive:PATH', 'dir:PATH'];

  test.each(TARGETS)('%s on a full disk', async (target) => {
    const before = readdirSync(full);
    await expect(write(target.replace('PATH', join(full, 'x')), [await read(image)])).rejects.toMatchObject({
      code: 'DESTINATION_UNWRITABLE',
      hint: 'make-room',
      facts: { detail: 'no space left on device (ENOSPC)' },
    });
    expect(readdirSync(full)).toEqual(before);
  });

  test.each(TARGETS)('%s where nothing may be written', async (target) => {
    await run('mount', ['-o', 'remount,ro', full]);
    await expect(write(target.replace('PATH', join(full, 'x')), [])).rejects.toMatchObject({
      code: 'DESTINATION_UNWRITABLE',
      hint: 'choose-destination',
      facts: { detail: 'read-only file system (EROFS)' },
    });
  });
});

test('an archive goes through a pipe as it is made', async () => {
  const pipe = inFolder('pipe');
  await run('mkfifo', [pipe]);
  const [listing] = await Promise.all([
    run('tar', ['--list', '--read-full-records', '--file', pipe]),
    write(`docker-archive:${pipe}:acme/piped`, [await read(image)]),
  ]);
  expect(listing.stdout.toString().trim().split('\n').at(-1)).toBe('manifest.json');
});

describe('a process that is killed while it writes', () => {
  const script = fileURLToPath(new URL('../fixtures/write-slowly.ts', import.meta.url));

  async function killHalfWay(target: string, signal: NodeJS.Signals): Promise<void> {
    const child: ChildProcess = spawn(process.execPath, [script, `oci:${image.path}:${image.tag}`, target], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close');
    await once(child.stdout ?? child, 'data');
    child.kill(signal);
    await ended;
  }

  const filesOf = (path: string) => readdirSync(path, { recursive: true }).map(String).toSorted();

  test.each(['oci-archive', 'docker-archive'])('leaves no %s, and the next one tidies up', async (transport) => {
    const target = inFolder(`${transport}-killed/x.tar`);
    await write(`dir:${inFolder(`${transport}-killed/made`)}`, [await read(umoci)]);
    await killHalfWay(`${transport}:${target}`, 'SIGKILL');
    expect(existsSync(target)).toBe(false);
    await write(`${transport}:${target}:1`, [await read(image)]);
    expect(readdirSync(inFolder(`${transport}-killed`)).toSorted()).toEqual(['made', 'x.tar']);
  });

  test('leaves a layout as it was, and the next one tidies up', async () => {
    const layout = inFolder('layout-killed');
    await write(`oci:${layout}:1`, [await read(umoci)]);
    const before = filesOf(layout);
    await killHalfWay(`oci:${layout}:2`, 'SIGKILL');
    expect(filesOf(layout).filter((name) => !name.startsWith('.'))).toEqual(before);
    expect(filesOf(layout)).not.toEqual(before);
    expect(await skopeoDigest(`oci:${layout}:1`)).toBe(umoci.digest);
    await write(`oci:${layout}:1`, [await read(umoci)]);
    expect(filesOf(layout)).toEqual(before);
  });

  test('leaves the dir: image that was there', async () => {
    const target = inFolder('dir-killed');
    await write(`dir:${target}`, [await read(umoci)]);
    await killHalfWay(`dir:${target}`, 'SIGKILL');
    expect(await skopeoDigest(`dir:${target}`)).toBe(umoci.digest);
    await write(`dir:${target}`, [await read(image)]);
    expect(await skopeoDigest(`dir:${target}`)).toBe(image.digest);
    expect(readdirSync(target).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
