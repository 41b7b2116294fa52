import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readImageTree } from '../../electron/image/tree.ts';
import { hashStream } from '../../electron/image/verify.ts';
import { ContainersStorageSource } from '../../electron/sources/containers-storage/source.ts';
import { type BuildahStore, makeBuildahStore, unmountStore } from '../fixtures/buildah-store.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { type Dockerd, startDockerd } from '../fixtures/dockerd.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { type CliHome, jsonLines, makeCliHome } from './command-line.ts';

let registry: DockerRegistry;
let folder: TempDir;
let home: CliHome;
/** Nobody changes it. */
let vfs: BuildahStore;

beforeAll(async () => {
  [registry, folder, home, vfs] = await Promise.all([
    startDockerRegistry(),
    makeTempDir('own-stores'),
    makeCliHome(),
    makeBuildahStore('vfs'),
  ]);
});

afterAll(async () => {
  await vfs.remove();
  await home.remove();
  await registry.stop();
  await folder.remove();
});

/** What was pushed, as skopeo reads it back: the config's digest, its diffIDs, and what the layers really are. */
async function pushed(name: string): Promise<{ config: string; diffIds: string[]; layers: string[] }> {
  const path = join(folder.path, name.replace(/\W/g, '_'));
  const source = `docker://${registry.host}/${name}`;
  await run('skopeo', ['--insecure-policy', 'copy', '--src-tls-verify=false', source, `dir:${path}`]);
  const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')) as {
    config: { digest: string };
    layers: { digest: string; mediaType: string }[];
  };
  const blob = (digest: string) => readFile(join(path, digest.slice('sha256:'.length)));
  const config = JSON.parse((await blob(manifest.config.digest)).toString()) as { rootfs: { diff_ids: string[] } };
  const layers = manifest.layers.map(async ({ digest, mediaType }) => {
    const bytes = await blob(digest);
    const tar = mediaType.endsWith('gzip') ? gunzipSync(bytes) : bytes;
    return `sha256:${createHash('sha256').update(tar).digest('hex')}`;
  });
  return { config: manifest.config.digest, diffIds: config.rootfs.diff_ids, layers: await Promise.all(layers) };
}

async function push(image: string, name: string, env: Record<string, string> = {}): Promise<void> {
  const args = ['push', image, `${registry.host}/${name}`, '--tls-verify=false', '--json'];
  const { status, stdout, stderr } = await home.cli(args, { env });
  expect({ status, last: jsonLines(stdout).at(-1), stderr }).toMatchObject({ status: 0, last: { type: 'done' } });
}

/** What a folder holds on the disk in bytes, while its owner writes and deletes: what is gone meanwhile holds nothing. */
async function diskUse(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true }).catch(unlessGone([]));
  const sizes = entries.map((entry) => {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) return diskUse(inside);
    return stat(inside).then(({ blocks }) => blocks * 512, unlessGone(0));
  });
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}

function unlessGone<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}

/** Looks at what a folder takes on the disk, until it is asked for the most that it has seen, in bytes. */
function watchDisk(path: string): { most(): Promise<number> } {
  let isOver = false;
  const watching = (async () => {
    let most = 0;
    while (!isOver) {
      most = Math.max(most, await diskUse(path));
      await sleep(10);
    }
    return most;
  })();
  return {
    most: () => {
      isOver = true;
      return watching;
    },
  };
}

describe.each(['vfs', 'overlay'] as const)('a %s store that buildah has written', (driver) => {
  let store: BuildahStore;

  beforeAll(async () => {
    store = driver === 'vfs' ? vfs : await makeBuildahStore(driver);
  });
  afterAll(() => (driver === 'vfs' ? undefined : store.remove()));

  test('gives every layer byte for byte', async () => {
    const source = new ContainersStorageSource({ root: store.root, driver, additional: [] });
    const names: string[] = [];
    for await (const row of source.list()) {
      expect(row).toMatchObject({ kind: 'image' });
      names.push(row.name);
      const image = await source.open(row.id);
      const { blobs } = await readImageTree(image);
      for (const { descriptor, kind } of blobs) {
        if (kind !== 'layer') continue;
        await image.check(descriptor);
        const { digest, size } = await hashStream(image.blob(descriptor, { recycle: true }));
        expect({ digest, size }).toEqual({ digest: descriptor.digest, size: descriptor.size });
      }
    }
    expect(names).toContain(store.image);
  });

  test('is pushed as skopeo pushes it: same config, same diffIDs, same layers inside', async () => {
    await push(`${store.prefix}${store.image}`, `${driver}/ours:1`);
    const theirs = `docker://${registry.host}/${driver}/theirs:1`;
    const options = ['--insecure-policy', 'copy', '--dest-tls-verify=false'];
    await run('skopeo', [...options, `${store.prefix}${store.image}`, theirs]);
    const [ours, wanted] = [await pushed(`${driver}/ours:1`), await pushed(`${driver}/theirs:1`)];
    expect(ours).toEqual(wanted);
    expect(ours.layers).toEqual(ours.diffIds);
  });

  test('is pushed under the same config after a pull, when the store has no original bytes any more', async () => {
    const theirs = `docker://${registry.host}/${driver}/theirs:1`;
    const name = 'localhost/pulled:1';
    const options = ['--insecure-policy', 'copy', '--src-tls-verify=false'];
    await using other = await makeTempDir('pulled');
    const root = join(other.path, 'root');
    await using _unmounted = { [Symbol.asyncDispose]: () => unmountStore(root) };
    const prefix = `containers-storage:[${driver}@${root}+${join(other.path, 'run')}]`;
    await run('skopeo', [...options, theirs, `${prefix}${name}`]);
    await push(`${prefix}${name}`, `${driver}/pulled:1`);
    expect(await pushed(`${driver}/pulled:1`)).toEqual(await pushed(`${driver}/theirs:1`));
  });
});

describe('a real Docker Engine', () => {
  let dockerd: Dockerd;
  let env: Record<string, string>;

  beforeAll(async () => {
    dockerd = await startDockerd();
    env = { DOCKER_HOST: dockerd.host };
    const archive = join(folder.path, 'image.tar');
    const target = `docker-archive:${archive}:acme/stores:1`;
    await run('skopeo', ['--insecure-policy', 'copy', `${vfs.prefix}${vfs.image}`, target]);
    await dockerd.docker('load', '--input', archive);
  });
  afterAll(() => dockerd.stop());

  test('shows its images on the command line', async () => {
    const { stdout } = await home.cli(['images', '--json'], { env });
    expect(jsonLines(stdout)).toMatchObject([
      { type: 'image', name: 'acme/stores:1', platforms: [{ os: 'linux', architecture: 'amd64' }] },
    ]);
  });

  test('gives its images by the names of docker push, all tags of a repository, and what buildah has next to it', async () => {
    await dockerd.docker('tag', 'acme/stores:1', 'acme/stores:2');
    const [row] = jsonLines((await home.cli(['images', '--json'], { env })).stdout);
    expect(row).toMatchObject({ transport: 'docker-daemon', ref: 'acme/stores:1' });
    await push('acme/stores:2', 'docker/bare:1', env);
    const untagged = await home.cli(['push', 'acme/stores', `${registry.host}/docker/all`], { env });
    expect(untagged.stderr).toMatch(/2 tags of acme\/stores \(1, 2\).*--all-tags/);
    const args = ['push', '--all-tags', 'acme/stores', `${registry.host}/docker/all`, '--tls-verify=false'];
    expect(await home.cli(args, { env })).toMatchObject({ status: 0 });
    for (const name of ['docker/all:1', 'docker/all:2', 'docker/bare:1'])
      expect((await pushed(name)).config).toBe((await pushed('docker/bare:1')).config);

    const conf = join(folder.path, 'storage.conf');
    await writeFile(conf, `[storage]\ndriver = "vfs"\ngraphroot = "${vfs.root}"\n`);
    const both = { ...env, CONTAINERS_STORAGE_CONF: conf };
    await push(vfs.image, 'buildah/bare:1', both);
    await dockerd.docker('tag', 'acme/stores:1', vfs.image);
    const several = await home.cli(['push', vfs.image, `${registry.host}/buildah/bare:2`], { env: both });
    expect(several.status).toBe(1);
    expect(several.stderr).toContain(`docker-daemon:${vfs.image}, containers-storage:${vfs.image}`);
    await dockerd.docker('rmi', 'acme/stores:2', vfs.image);
  });

  test('is pushed as skopeo pushes it, and leaves nothing behind', async () => {
    await using temp = await makeTempDir('stores-tmp');
    await push('docker-daemon:acme/stores:1', 'docker/ours:1', { ...env, TMPDIR: temp.path });
    const options = ['--insecure-policy', 'copy', '--src-daemon-host', dockerd.host, '--dest-tls-verify=false'];
    await run('skopeo', [...options, 'docker-daemon:acme/stores:1', `docker://${registry.host}/docker/theirs:1`]);
    const [ours, wanted] = [await pushed('docker/ours:1'), await pushed('docker/theirs:1')];
    expect(ours).toEqual(wanted);
    expect(ours.layers).toEqual(ours.diffIds);
    expect(await readdir(temp.path)).toEqual([]);
  });

  test('streams layers of an image that is larger than what is kept: the disk never holds it', async () => {
    // More than is kept in any case.
    const size = 33 * 1024 * 1024;
    const layers = [1, 2].map((seed) => ({ size, content: 'text', compression: 'none', seed: `${seed}` }) as const);
    const { path } = await makeLayout(join(folder.path, 'large'), { refName: 'large', layers });
    const archive = join(folder.path, 'large.tar');
    await run('skopeo', ['--insecure-policy', 'copy', `oci:${path}:large`, `docker-archive:${archive}:acme/large:1`]);
    await dockerd.docker('load', '--input', archive);
    await rm(archive);
    // In memory there is room for none of it; on a disk it is kept, and exported once.
    await using temp = await makeTempDir('large-tmp', '/dev/shm');
    const disk = watchDisk(temp.path);
    await push('docker-daemon:acme/large:1', 'docker/large:1', { ...env, TMPDIR: temp.path });
    expect(await disk.most()).toBeLessThan(size);
    expect(await readdir(temp.path)).toEqual([]);
    const ours = await pushed('docker/large:1');
    expect(ours.layers).toEqual(ours.diffIds);
    expect(ours.layers).toHaveLength(2);
    const { stdout } = await dockerd.docker('image', 'inspect', '--format', '{{.Id}}', 'acme/large:1');
    expect(ours.config).toBe(stdout.toString().trim());

    // Layers that go as they are have to be read again after a failure: those under way are kept, one by one.
    const plain = ['docker-daemon:acme/large:1', `${registry.host}/docker/plain:1`, '--disable-compression'];
    const { status, stderr } = await home.cli(['push', ...plain, '--tls-verify=false'], {
      env: { ...env, TMPDIR: temp.path },
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect((await pushed('docker/plain:1')).layers).toEqual(ours.layers);
    expect(await readdir(temp.path)).toEqual([]);
  });

  test('names what it has when the image is not there', async () => {
    const { status, stderr } = await home.cli(['push', 'docker-daemon:stores', `${registry.host}/x`], { env });
    expect(status).toBe(1);
    expect(stderr).toContain('acme/stores:1');
  });

  test('is pushed also where what a killed push has left cannot be removed', async () => {
    await using temp = await makeTempDir('left');
    // No process has so high a number. The mount stands for what is somebody else's: here nobody is kept from anything.
    const left = join(temp.path, 'pushboat-save-4194305-x', 'mounted');
    await mkdir(left, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', left]);
    try {
      await push('docker-daemon:acme/stores:1', 'docker/left', { ...env, TMPDIR: temp.path });
      expect(await readdir(temp.path)).toEqual(['pushboat-save-4194305-x']);
    } finally {
      await run('umount', [left]);
    }
  });
});
