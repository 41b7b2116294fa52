import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MediaType } from '../../shared/media-types.ts';
import { sha256 } from '../fixtures/docker-archives.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { LayoutWriter } from '../fixtures/layouts.ts';
import { makeBuildahImage, type RealImage } from '../fixtures/real-images.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { verifySchema1 } from '../fixtures/verify-signature.ts';
import { type CliHome, jsonLines, makeCliHome } from './command-line.ts';

let folder: TempDir;
/** Takes schema 1, too. */
let registry: DockerRegistry;
/** Built by a real tool, with steps that made no layer. */
let image: RealImage;
let home: CliHome;

beforeAll(async () => {
  folder = await makeTempDir('formats');
  [registry, image, home] = await Promise.all([
    startDockerRegistry({ env: { REGISTRY_COMPATIBILITY_SCHEMA1_ENABLED: 'true' } }),
    makeBuildahImage(join(folder.path, 'layout')),
    makeCliHome(),
  ]);
});

afterAll(async () => {
  await registry.stop();
  await home.remove();
  await folder.remove();
});

async function copy(from: string, to: string, ...options: string[]): Promise<void> {
  const insecure = ['--insecure-policy', 'copy', '--dest-tls-verify=false', '--src-tls-verify=false'];
  await run('skopeo', [...insecure, ...options, from, to]);
}

async function raw(repository: string): Promise<Buffer> {
  const reference = `docker://${registry.host}/${repository}`;
  return (await run('skopeo', ['inspect', '--raw', '--tls-verify=false', reference])).stdout;
}

interface Blob {
  mediaType: string;
  digest: string;
  size: number;
}

interface Document {
  mediaType: string;
  config: Blob;
  layers: Blob[];
  manifests: (Blob & { platform: unknown })[];
  schemaVersion: number;
  name: string;
  tag: string;
  architecture: string;
  fsLayers: { blobSum: string }[];
  history: { v1Compatibility: string }[];
}

async function document(repository: string): Promise<Document> {
  return JSON.parse((await raw(repository)).toString());
}

/** Pushes and returns what the registry has then, and the last line that was printed. */
async function push(source: string, repository: string, ...options: string[]) {
  const args = ['push', source, `${registry.host}/${repository}`, '--tls-verify=false', '--json', ...options];
  const { status, stdout, stderr } = await home.cli(args, { cwd: folder.path });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const done = jsonLines(stdout).at(-1);
  return { done, lines: jsonLines(stdout), pushed: await document(repository) };
}

const layout = () => `oci:${image.path}:${image.tag}`;
const theSame = (entries: readonly Blob[]) => entries.map(({ digest, size }) => ({ digest, size }));

describe('an image of OCI', () => {
  test('as schema 2 is the very manifest that skopeo pushes', async () => {
    const { pushed, done, lines } = await push(layout(), 'ours/app:v2s2', '--format', 'docker');
    await copy(layout(), `docker://${registry.host}/theirs/app:v2s2`, '--format', 'v2s2');
    expect(pushed).toEqual(await document('theirs/app:v2s2'));
    expect(done).toMatchObject({ digest: sha256(await raw('theirs/app:v2s2')), mediaType: MediaType.dockerManifest });
    expect(lines).toContainEqual(
      expect.objectContaining({
        kind: 'manifest',
        convertedFrom: MediaType.ociManifest,
        mediaType: MediaType.dockerManifest,
      }),
    );
  });

  test('as OCI keeps its bytes', async () => {
    const { done } = await push(layout(), 'ours/app:oci', '--format', 'oci');
    expect(done).toMatchObject({ digest: image.digest });
  });

  test('as schema 1 is accepted with its signature, and has the layers and ids that skopeo gives it', async () => {
    const { pushed, done } = await push(layout(), 'ours/app:v2s1', '--format', 'v2s1');
    await copy(layout(), `docker://${registry.host}/theirs/app:v2s1`, '--format', 'v2s1');
    const theirs = await document('theirs/app:v2s1');
    expect(pushed.fsLayers).toEqual(theirs.fsLayers);
    const facts = ({ history }: Document) =>
      history.map(({ v1Compatibility }) => {
        // What the last step says is kept in these two; skopeo drops it.
        const { container_config: _command, comment: _comment, ...entry } = JSON.parse(v1Compatibility);
        return entry;
      });
    expect(facts(pushed)).toEqual(facts(theirs));
    expect(pushed).toMatchObject({
      schemaVersion: 1,
      name: 'ours/app',
      tag: 'v2s1',
      architecture: theirs.architecture,
    });
    // The registry signs again what it hands out; the payload is ours, and named by its digest.
    const { payload } = verifySchema1(await raw('ours/app:v2s1'));
    expect(done).toMatchObject({ digest: sha256(Buffer.from(payload)), mediaType: MediaType.dockerManifestV1Signed });
  });

  test('as schema 1 is pulled by skopeo, which checks every digest, and pushed again it is unchanged', async () => {
    await push(layout(), 'ours/again:v2s1', '--format', 'v2s1');
    const dir = join(folder.path, 'pulled');
    await copy(`docker://${registry.host}/ours/again:v2s1`, `dir:${dir}`, '--format', 'v2s2');
    const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as Document;
    const config = JSON.parse(await readFile(join(dir, manifest.config.digest.slice(7)), 'utf8'));
    const original = await document('ours/app:oci');
    expect(manifest.layers.map(({ digest }) => digest)).toEqual(original.layers.map(({ digest }) => digest));
    const { stdout } = await run('skopeo', ['inspect', '--config', layout()]);
    const before = JSON.parse(stdout.toString());
    expect(config.rootfs).toEqual(before.rootfs);
    expect(config.config.Labels).toEqual(before.config.Labels);
    expect(config.history.map(({ empty_layer: empty }: { empty_layer?: boolean }) => empty ?? false)).toEqual(
      before.history.map(({ empty_layer: empty }: { empty_layer?: boolean }) => empty ?? false),
    );
    const { done } = await push(layout(), 'ours/again:v2s1', '--format', 'v2s1');
    expect(done).toMatchObject({ unchanged: true, bytesSent: 0 });
  });
});

test('the registry verifies the signature: what was changed after it is refused', async () => {
  await push(layout(), 'ours/tampered:v2s1', '--format', 'v2s1');
  const put = (bytes: Uint8Array) =>
    fetch(`${registry.url}/v2/ours/tampered/manifests/other`, {
      method: 'PUT',
      headers: { 'content-type': MediaType.dockerManifestV1Signed },
      body: Buffer.from(bytes),
    });
  const good = await raw('ours/tampered:v2s1');
  expect((await put(Buffer.from(good.toString().replace('"tag":"v2s1"', '"tag":"evil"')))).status).toBe(400);
  expect((await put(good)).status).toBe(201);
});

describe('a dir: of schema 1', () => {
  const dir = () => join(folder.path, 'old');
  beforeAll(() => copy(layout(), `dir:${dir()}`, '--format', 'v2s1'));

  test('is pushed under its new name, with its own history and layers', async () => {
    const { pushed } = await push(`dir:${dir()}`, 'ours/old:1');
    const before = JSON.parse(await readFile(join(dir(), 'manifest.json'), 'utf8')) as Document;
    expect(pushed).toMatchObject({ name: 'ours/old', tag: '1', fsLayers: before.fsLayers, history: before.history });
  });

  test('keeps its bytes where it carries the name of the target', async () => {
    const own = join(folder.path, 'own');
    await copy(`dir:${dir()}`, `docker://${registry.host}/ours/own:1`);
    await copy(`docker://${registry.host}/ours/own:1`, `dir:${own}`);
    const { done } = await push(`dir:${own}`, 'ours/own:1');
    expect(done).toMatchObject({ unchanged: true });
  });

  test('as schema 2 is the very manifest that skopeo pushes, config included', async () => {
    const { pushed } = await push(`dir:${dir()}`, 'ours/old:v2s2', '--format', 'v2s2');
    await copy(`dir:${dir()}`, `docker://${registry.host}/theirs/old:v2s2`, '--format', 'v2s2');
    expect(pushed).toEqual(await document('theirs/old:v2s2'));
    const { pushed: asOci } = await push(`dir:${dir()}`, 'ours/old:oci', '--format', 'oci');
    expect(asOci.mediaType).toBe(MediaType.ociManifest);
    expect(asOci.config.digest).toBe(pushed.config.digest);
    expect(theSame(asOci.layers)).toEqual(theSame(pushed.layers));
  });

  test('is listed with its platform and layers', async () => {
    const { stdout } = await home.cli(['images', dir(), '--json']);
    expect(jsonLines(stdout)[0]).toMatchObject({ kind: 'image', mediaType: MediaType.dockerManifestV1Signed });
    expect(JSON.stringify(jsonLines(stdout)[0]?.['platforms'])).toContain('linux');
  });
});

test('a Docker image as OCI has the diffIDs, layers and history that skopeo gives it', async () => {
  const docker = join(folder.path, 'docker');
  await copy(layout(), `dir:${docker}`, '--format', 'v2s2');
  const { pushed } = await push(`dir:${docker}`, 'ours/docker:oci', '--format', 'oci');
  await copy(`dir:${docker}`, `docker://${registry.host}/theirs/docker:oci`, '--format', 'oci');
  const theirs = await document('theirs/docker:oci');
  expect(pushed.layers).toEqual(theirs.layers);
  expect(pushed.config.digest).toBe(theirs.config.digest);
  expect(pushed.mediaType).toBe(theirs.mediaType);
});

describe('an index', () => {
  const PLATFORMS = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
    { os: 'linux', architecture: 's390x' },
  ];
  let path: string;
  beforeAll(async () => {
    const writer = await LayoutWriter.create(join(folder.path, 'multi'));
    const options = { layers: [{ content: 'text' as const }], emptyHistory: ['CMD ["/app"]'] };
    writer.list(await writer.multiPlatform(PLATFORMS, options), { refName: 'all' });
    path = await writer.finish();
  });

  test('as schema 2 is a manifest list of the manifests that skopeo makes', async () => {
    const { pushed } = await push(`oci:${path}:all`, 'ours/multi:v2s2', '--format', 'v2s2');
    await copy(`oci:${path}:all`, `docker://${registry.host}/theirs/multi:v2s2`, '--all', '--format', 'v2s2');
    const theirs = await document('theirs/multi:v2s2');
    expect(pushed.mediaType).toBe(MediaType.dockerManifestList);
    expect(pushed.manifests).toEqual(theirs.manifests);
  });

  test('is pushed for the platforms that are chosen, in any format, to several tags at once', async () => {
    const choice = ['--platform', 'linux/arm64,linux/s390x', '--additional-tag', 'second', '--remove-signatures'];
    const { pushed, done } = await push(`oci:${path}:all`, 'ours/multi:first', ...choice);
    expect(pushed.manifests.map(({ platform }) => platform)).toEqual(PLATFORMS.slice(1));
    expect(await document('ours/multi:second')).toEqual(pushed);
    expect(done).toMatchObject({ type: 'done', mediaType: MediaType.ociIndex });
    const one = await push(`oci:${path}:all`, 'ours/multi:one', '--platform=linux/amd64', '--format=v2s1');
    expect(one.pushed).toMatchObject({ schemaVersion: 1, architecture: 'amd64' });
  });

  test('says before what will be converted, and refuses what cannot be', async () => {
    const target = `${registry.host}/ours/multi:never`;
    const plain = await home.cli([
      'push',
      `oci:${path}:all`,
      target,
      '--tls-verify=false',
      '--dry-run',
      '--format=docker',
    ]);
    expect(plain.stdout).toContain('Manifest: will be converted from OCI index to Docker manifest list');
    const old = await home.cli(['push', `oci:${path}:all`, target, '--tls-verify=false', '--format=v2s1']);
    expect(old.status).toBe(1);
    expect(old.stderr).toMatch(/holds one platform.*linux\/amd64, linux\/arm64\/v8, linux\/s390x/);
    const absent = await home.cli([
      'push',
      `oci:${path}:all`,
      target,
      '--tls-verify=false',
      '--platform=linux/riscv64',
    ]);
    expect(absent.stderr).toMatch(/not there for linux\/riscv64: it has linux\/amd64/);
    const contrary = await home.cli([
      'push',
      `oci:${path}:all`,
      target,
      '--format=docker',
      '--compression-format=zstd',
    ]);
    expect({ status: contrary.status, says: contrary.stderr }).toEqual({
      status: 2,
      says: expect.stringContaining('zstd'),
    });
    const wrong = await home.cli(['push', `oci:${path}:all`, target, '--platform=pdp11']);
    expect({ status: wrong.status, says: wrong.stderr }).toEqual({
      status: 2,
      says: expect.stringContaining('os/architecture'),
    });
  });
});

test('plain layers are compressed on the way, and the manifest converted after it', async () => {
  const writer = await LayoutWriter.create(join(folder.path, 'plain'));
  const layer = { size: 100_000, content: 'text', compression: 'none' } as const;
  const written = await writer.image({ layers: [layer], emptyHistory: ['CMD ["/app"]'] });
  writer.list(written, { refName: 'latest' });
  const path = await writer.finish();
  // Schema 1 first: it has no use for the config.
  for (const format of ['v2s1', 'v2s2']) {
    const { pushed, lines } = await push(
      `oci:${path}`,
      `ours/plain:${format}`,
      `--format=${format}`,
      '--compression-format=gzip',
    );
    const digest = format === 'v2s2' ? pushed.layers[0]?.digest : pushed.fsLayers.at(-1)?.blobSum;
    const blob = await fetch(`${registry.url}/v2/ours/plain/blobs/${digest}`);
    expect(sha256(gunzipSync(Buffer.from(await blob.arrayBuffer())))).toBe(written.layers[0]?.diffId);
    const config = lines.filter(({ kind }) => kind === 'config').at(-1);
    expect(config?.['state']).toBe(format === 'v2s1' ? 'skipped' : 'pushed');
  }
});
