import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { savedArchive, savedImage, sha256 } from '../fixtures/docker-archives.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { type Dockerd, startDockerd } from '../fixtures/dockerd.ts';
import { makeBuildahImage, makeUmociImage, pushFromBuildah, type RealImage } from '../fixtures/real-images.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { type CliHome, jsonLines, makeCliHome } from './command-line.ts';

const SKOPEO_COPY = ['--insecure-policy', 'copy', '--dest-tls-verify=false', '--src-tls-verify=false'];

let folder: TempDir;
let registry: DockerRegistry;
let image: RealImage;
let home: CliHome;

beforeAll(async () => {
  folder = await makeTempDir('archives');
  [registry, image, home] = await Promise.all([
    startDockerRegistry(),
    makeBuildahImage(join(folder.path, 'layout')),
    makeCliHome(),
  ]);
});

afterAll(async () => {
  await registry.stop();
  await home.remove();
  await folder.remove();
});

let count = 0;
beforeEach(() => {
  count++;
});

function inFolder(name: string): string {
  return join(folder.path, name);
}

async function copy(from: string, to: string, ...options: string[]): Promise<void> {
  await run('skopeo', [...SKOPEO_COPY, ...options, from, to]);
}

interface Pushed {
  raw: Buffer;
  configDigest: string;
  /** Digests of the layers once they are unpacked. */
  diffIds: string[];
  layerTypes: string[];
}

/** What a registry holds under a name, fetched by a tool that checks every digest. */
async function fetched(repository: string): Promise<Pushed> {
  const reference = `docker://${registry.host}/${repository}`;
  const { stdout: raw } = await run('skopeo', ['inspect', '--raw', '--tls-verify=false', reference]);
  const dir = inFolder(`fetched-${repository.replaceAll(/[/:]/g, '-')}`);
  await copy(reference, `dir:${dir}`);
  const manifest = JSON.parse(raw.toString('utf8')) as {
    config: { digest: string };
    layers: { digest: string; mediaType: string }[];
  };
  const diffIds: string[] = [];
  for (const { digest } of manifest.layers) {
    const bytes = await readFile(join(dir, digest.slice(7)));
    diffIds.push(sha256(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes));
  }
  const config = JSON.parse(await readFile(join(dir, manifest.config.digest.slice(7)), 'utf8')) as {
    rootfs: { diff_ids: string[] };
  };
  expect(diffIds).toEqual(config.rootfs.diff_ids);
  const layerTypes = manifest.layers.map((layer) => layer.mediaType);
  return { raw, configDigest: manifest.config.digest, diffIds, layerTypes };
}

/** Pushes with the command line; the digest that it prints is the registry's. */
async function push(source: string, ...options: string[]): Promise<Pushed> {
  const repository = `ours/n${count}:1`;
  const args = ['push', source, `${registry.host}/${repository}`, '--tls-verify=false', '--json', ...options];
  const { status, stdout, stderr } = await home.cli(args, { cwd: folder.path });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const pushed = await fetched(repository);
  expect(jsonLines(stdout).at(-1)).toMatchObject({ type: 'done', digest: sha256(pushed.raw) });
  return pushed;
}

/** What skopeo pushes from the same source. */
async function theirs(source: string): Promise<Pushed> {
  const repository = `theirs/n${count}:1`;
  await copy(source, `docker://${registry.host}/${repository}`);
  return fetched(repository);
}

function facts({ configDigest, diffIds }: Pushed) {
  return { configDigest, diffIds };
}

describe('an archive that skopeo wrote', () => {
  test('as oci-archive: is pushed with its own bytes, also when it is compressed', async () => {
    await copy(`oci:${image.path}:${image.tag}`, `oci-archive:${inFolder('oci.tar')}:1.0`);
    const pushed = await push('oci-archive:oci.tar:1.0');
    expect(sha256(pushed.raw)).toBe(image.digest);
    expect(facts(pushed)).toEqual(facts(await theirs(`oci-archive:${inFolder('oci.tar')}:1.0`)));
    const tar = await readFile(inFolder('oci.tar'));
    await writeFile(inFolder('oci.tar.gz'), gzipSync(tar));
    await writeFile(inFolder('oci.tar.zst'), zstdCompressSync(tar));
    for (const name of ['./oci.tar.gz', 'oci-archive:oci.tar.zst']) {
      expect(sha256((await push(name)).raw)).toBe(image.digest);
    }
  });

  test('as docker-archive: is pushed with the same config and layers as skopeo pushes', async () => {
    const path = inFolder('docker.tar');
    await copy(`oci:${image.path}:${image.tag}`, `docker-archive:${path}:example.com/app:1`);
    const pushed = await push('docker-archive:docker.tar:example.com/app:1');
    expect(pushed.layerTypes.every((type) => type.endsWith('+gzip'))).toBe(true);
    const skopeo = await theirs(`docker-archive:${path}`);
    expect(facts(pushed)).toEqual(facts(skopeo));
    const plain = await push('docker.tar', '--disable-compression');
    expect(plain.layerTypes.some((type) => type.endsWith('+gzip'))).toBe(false);
    expect(facts(plain)).toEqual(facts(skopeo));
  });

  test.each(['oci', 'v2s2'])('as dir: with a manifest of %s is pushed with its own bytes', async (format) => {
    const path = inFolder(`dir-${format}`);
    await copy(`oci:${image.path}:${image.tag}`, `dir:${path}`, '--format', format);
    const pushed = await push(`dir:${path}`);
    expect(pushed.raw.equals(await readFile(join(path, 'manifest.json')))).toBe(true);
    expect(facts(pushed)).toEqual(facts(await theirs(`dir:${path}`)));
  });

  test('as dir: with a manifest of schema 1 is pushed as schema 2 to a registry that has given the old one up', async () => {
    const path = inFolder('dir-v2s1');
    await copy(`oci:${image.path}:${image.tag}`, `dir:${path}`, '--format', 'v2s1');
    const pushed = await push(`dir:${path}`);
    await copy(`dir:${path}`, `docker://${registry.host}/theirs/v2s1:1`, '--format', 'v2s2');
    const skopeo = await fetched('theirs/v2s1:1');
    expect(pushed.raw.equals(skopeo.raw)).toBe(true);
    expect(facts(pushed)).toEqual(facts(skopeo));
  });
});

test('an archive that buildah wrote is pushed with the same config and layers as skopeo pushes', async () => {
  for (const transport of ['docker-archive', 'oci-archive'] as const) {
    const path = inFolder(`buildah-${transport}.tar`);
    await pushFromBuildah(`${transport}:${path}:example.com/app:2`);
    const source = `${transport}:${path}:example.com/app:2`;
    expect(facts(await push(source))).toEqual(facts(await theirs(source)));
  }
});

describe('an archive of docker save', () => {
  let dockerd: Dockerd;
  beforeAll(async () => {
    dockerd = await startDockerd();
  });
  afterAll(() => dockerd.stop());

  test('with several images gives each, with the config and layers that skopeo pushes', async () => {
    const path = inFolder('saved.tar');
    const other = await makeUmociImage(inFolder('other'), '2.0');
    for (const [{ path: layout, tag }, name] of [
      [image, 'example.com/app:1'],
      [other, 'alpine:9'],
    ] as const) {
      await copy(`oci:${layout}:${tag}`, `docker-daemon:${name}`, '--dest-daemon-host', dockerd.host);
    }
    await dockerd.docker('tag', 'example.com/app:1', 'example.com/app:stable');
    await dockerd.docker('save', '--output', path, 'example.com/app:1', 'example.com/app:stable', 'alpine:9');
    const listed = await home.cli(['images', path, '--json']);
    // Docker 25 and newer write the names as whole references, and each tag by itself.
    const named = jsonLines(listed.stdout).map(({ references }) =>
      (references as string[])
        .filter((name) => name.includes(':'))
        .map((name) => name.replace('docker.io/library/', ''))
        .sort(),
    );
    expect(named).toHaveLength(2);
    expect(named).toEqual(expect.arrayContaining([['alpine:9'], ['example.com/app:1', 'example.com/app:stable']]));
    for (const name of ['example.com/app:stable', 'docker.io/library/alpine:9']) {
      count++;
      expect(facts(await push(`docker-archive:${path}:${name}`))).toEqual(
        facts(await theirs(`docker-archive:${path}:${name}`)),
      );
    }
    await mkdir(inFolder('empty'));
    const refused = await home.cli(['push', path, `${registry.host}/never:1`, '--json'], { cwd: inFolder('empty') });
    expect(jsonLines(refused.stdout).at(-1)).toMatchObject({ type: 'error', code: 'IMAGE_AMBIGUOUS' });
  });
});

describe('where there is no room for temporary files', () => {
  let full: string;
  beforeAll(async () => {
    full = inFolder('full');
    await mkdir(full);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full]);
  });
  afterAll(() => run('umount', [full]));

  const archive = savedArchive(savedImage('roomy', 60));

  test.each([
    ['an archive on standard input', '-', archive],
    ['a compressed archive, named as an image may be', 'roomy.tar.gz', gzipSync(archive)],
  ])('%s is told with the folder and the way out', async (_, name, bytes) => {
    await writeFile(inFolder('roomy.tar.gz'), bytes);
    const options = { env: { TMPDIR: full }, cwd: folder.path, ...(name === '-' && { input: bytes }) };
    const { status, stderr } = await home.cli(['push', name, `${registry.host}/roomy:1`], options);
    expect(status).toBe(1);
    expect(stderr).toContain(full);
    expect(stderr).toMatch(/^Error: .*no space left on device \(ENOSPC\)\.\n {2}.*TMPDIR/);
  });
});
