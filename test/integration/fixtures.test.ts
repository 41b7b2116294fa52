import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificates, writeCertDir } from '../fixtures/certificates.ts';
import { startDockerRegistry } from '../fixtures/docker-registry.ts';
import { layoutNames, makeBuildahImage, makeBuildahIndex, makeUmociImage } from '../fixtures/real-images.ts';
import { makeTempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { digestOf } from '../registry/blob-store.ts';
import { startRegistry } from '../registry/server.ts';

const raw = async (...args: string[]) => (await run('skopeo', ['inspect', '--raw', ...args])).stdout;

test('buildah makes an image of three layers that skopeo reads from its layout', async () => {
  await using folder = await makeTempDir('real');
  const image = await makeBuildahImage(join(folder.path, 'layout'));
  expect(await layoutNames(image.path)).toEqual(['1.0']);
  const manifest = await raw(`oci:${image.path}:1.0`);
  expect(digestOf(manifest)).toBe(image.digest);
  expect((JSON.parse(manifest.toString()) as { layers: unknown[] }).layers).toHaveLength(3);
});

test('buildah makes an index of two platforms', async () => {
  await using folder = await makeTempDir('real');
  const image = await makeBuildahIndex(join(folder.path, 'layout'));
  const index = JSON.parse((await raw(`oci:${image.path}:${image.tag}`)).toString()) as {
    manifests: { platform: { architecture: string } }[];
  };
  expect(index.manifests.map(({ platform }) => platform.architecture).sort()).toEqual(['amd64', 'arm64']);
});

test('umoci makes an image of two layers, which skopeo pushes to the embedded registry', async () => {
  await using folder = await makeTempDir('real');
  const image = await makeUmociImage(join(folder.path, 'layout'));
  await using registry = await startRegistry();
  await run('skopeo', [
    'copy',
    '--preserve-digests',
    '--dest-tls-verify=false',
    `oci:${image.path}:${image.tag}`,
    `docker://${registry.host}/umoci:1`,
  ]);
  expect(registry.tags('umoci').get('1')).toBe(image.digest);
});

test.each([false, true])('docker-registry asks for a login and keeps what is pushed, with TLS: %s', async (tls) => {
  await using folder = await makeTempDir('real');
  const image = await makeUmociImage(join(folder.path, 'layout'));
  const registry = await startDockerRegistry({ tls, htpasswd: { user: 'ann', password: 'pass word' } });
  try {
    const trust = tls
      ? ['cert-dir', await writeCertDir(join(folder.path, 'certs'), await makeCertificates())]
      : ['tls-verify', 'false'];
    const option = (prefix: string) => `--${prefix}${trust[0]}=${trust[1]}`;
    const reference = `docker://${registry.host}/real/umoci:1`;
    const copy = ['copy', '--preserve-digests', option('dest-'), `oci:${image.path}:${image.tag}`, reference];
    const refused = await run('skopeo', [...copy, '--dest-creds', 'ann:wrong'], { accept: [1] });
    expect(refused.stderr).toMatch(/authentication required|unauthorized/);
    await run('skopeo', [...copy, '--dest-creds', 'ann:pass word']);
    expect(digestOf(await raw(option(''), '--creds', 'ann:pass word', reference))).toBe(image.digest);
  } finally {
    await registry.stop();
  }
  await expect(stat(registry.storageDir)).rejects.toThrow('ENOENT');
});
