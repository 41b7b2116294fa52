import { describe, expect, it } from 'vitest';
import { choosePlatforms } from '../../../../../electron/image/convert/choose-platforms.ts';
import { removeSignatures } from '../../../../../electron/image/convert/remove-signatures.ts';
import { parseManifest } from '../../../../../electron/image/parse.ts';
import type { ImageTree } from '../../../../../electron/image/tree.ts';
import type { Descriptor } from '../../../../../electron/image/types.ts';
import { digestOf } from '../../../../../electron/image/verify.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import type { Platform } from '../../../../../shared/images.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { parsePlatform } from '../../../../../shared/platforms.ts';
import { MemoryImage } from '../../../../fixtures/memory-image.ts';

const platforms = (...texts: string[]) => texts.map(parsePlatform).filter((platform) => platform !== undefined);

function child(image: MemoryImage, platform: Platform): Descriptor & { platform: Platform } {
  const steps = [{ createdBy: 'COPY shared /' }, { createdBy: `COPY ${platform.architecture}${platform.variant} /` }];
  const config = Object.entries(platform).map(([name, value]) => `"${name}":"${value}"`);
  return { ...image.manifest(steps, config.join()), platform };
}

function attestation(image: MemoryImage, about: Descriptor): Descriptor {
  const config = image.add(MediaType.ociConfig, '{"architecture":"unknown","os":"unknown"}');
  const layers = [image.add('application/vnd.in-toto+json', about.digest)];
  const manifest = image.document({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers });
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': about.digest,
  };
  return { ...manifest, platform: { os: 'unknown', architecture: 'unknown' }, annotations };
}

async function threePlatforms() {
  const image = new MemoryImage();
  const amd = child(image, { os: 'linux', architecture: 'amd64' });
  const arm = child(image, { os: 'linux', architecture: 'arm64', variant: 'v8' });
  const old = child(image, { os: 'linux', architecture: 'arm', variant: 'v7' });
  const [aboutAmd, aboutArm] = [attestation(image, amd), attestation(image, arm)];
  const annotations = { note: 'kept' };
  const manifests = [amd, arm, old, aboutAmd, aboutArm];
  image.document({ schemaVersion: 2, mediaType: MediaType.ociIndex, manifests, annotations });
  return { image, tree: await image.tree(), amd, arm, old, aboutAmd, aboutArm };
}

function fault(work: () => unknown): PushboatError {
  try {
    work();
  } catch (error) {
    if (error instanceof PushboatError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function rootIndex({ manifests, root }: ImageTree) {
  const last = manifests.at(-1);
  expect(last?.descriptor).toEqual(root);
  const bytes = last?.bytes ?? new Uint8Array();
  expect(digestOf(bytes)).toBe(root.digest);
  const parsed = parseManifest(bytes, root.mediaType);
  if (parsed.kind !== 'index') throw new Error('no index');
  return parsed;
}

describe('choosePlatforms', () => {
  it('gives the manifest of one platform alone, with its own blobs', async () => {
    const { tree, arm } = await threePlatforms();
    const chosen = choosePlatforms(tree, platforms('linux/arm64'));
    expect(chosen.root.digest).toBe(arm.digest);
    expect(chosen.manifests.map(({ descriptor }) => descriptor.digest)).toEqual([arm.digest]);
    const [manifest] = chosen.manifests;
    const named = manifest?.parsed.kind === 'manifest' ? [manifest.parsed.config, ...manifest.parsed.layers] : [];
    const digests = (all: { digest: string }[]) => all.map(({ digest }) => digest).toSorted();
    expect(digests(chosen.blobs.map(({ descriptor }) => descriptor))).toEqual(digests(named));
  });

  it('gives a new index of several, with the attestations that are about them', async () => {
    const { tree, amd, old, aboutAmd } = await threePlatforms();
    const chosen = choosePlatforms(tree, platforms('linux/arm/v7', 'linux/amd64'));
    const index = rootIndex(chosen);
    expect(index.manifests).toEqual([amd, old, aboutAmd]);
    expect(index.annotations).toEqual({ note: 'kept' });
    expect(chosen.manifests).toHaveLength(4);
  });

  it('leaves the index as it is when all are chosen, or none in particular', async () => {
    const { tree } = await threePlatforms();
    expect(choosePlatforms(tree, [])).toBe(tree);
    expect(choosePlatforms(tree, platforms('linux/amd64', 'linux/arm64/v8', 'linux/arm'))).toBe(tree);
  });

  it('leaves out attestations that are not in the store', async () => {
    const { image, amd, arm, old, aboutAmd, aboutArm } = await threePlatforms();
    image.blobs.delete(aboutAmd.digest);
    const tree = await image.tree();
    expect(tree.missing).toHaveLength(1);
    const all = choosePlatforms(tree, platforms('linux/amd64', 'linux/arm64', 'linux/arm'));
    expect(rootIndex(all).manifests).toEqual([amd, arm, old, aboutArm]);
    expect(all.missing).toEqual([]);
    expect(rootIndex(choosePlatforms(tree, platforms('linux/amd64', 'linux/arm'))).manifests).toEqual([amd, old]);
  });

  it('refuses a platform that the image does not have, and names those that it has', async () => {
    const { tree } = await threePlatforms();
    const error = fault(() => choosePlatforms(tree, platforms('linux/amd64', 'linux/s390x')));
    expect(error).toMatchObject({ code: 'PLATFORM_NOT_FOUND', hint: 'choose-platforms' });
    expect(error.message).toContain('linux/s390x');
    expect(error.facts.candidates).toEqual(['linux/amd64', 'linux/arm64/v8', 'linux/arm/v7']);
  });

  it('says when a chosen manifest is not in the store, and is content without those that are not chosen', async () => {
    const { image, arm, amd } = await threePlatforms();
    image.blobs.delete(arm.digest);
    const tree = await image.tree();
    const error = fault(() => choosePlatforms(tree, platforms('linux/arm64')));
    expect(error).toMatchObject({ code: 'BLOB_MISSING', facts: { digest: arm.digest } });
    expect(error.facts.candidates).toEqual(['linux/amd64', 'linux/arm/v7']);
    const chosen = choosePlatforms(tree, platforms('linux/amd64', 'linux/arm/v7'));
    expect(chosen.missing).toEqual([]);
    expect(choosePlatforms(tree, platforms('linux/amd64')).root.digest).toBe(amd.digest);
  });

  it('chooses within nested indexes and leaves out those that become empty', async () => {
    const image = new MemoryImage();
    const amd = child(image, { os: 'linux', architecture: 'amd64' });
    const arm = child(image, { os: 'linux', architecture: 'arm64' });
    const old = child(image, { os: 'linux', architecture: 'arm' });
    const index = (manifests: Descriptor[]) =>
      image.document({ schemaVersion: 2, mediaType: MediaType.ociIndex, manifests });
    const nested = [index([amd, old]), index([old])];
    index([...nested, arm]);
    const chosen = choosePlatforms(await image.tree(), platforms('linux/amd64', 'linux/arm64'));
    const [inner, outer] = rootIndex(chosen).manifests;
    expect(rootIndex(chosen).manifests).toHaveLength(2);
    expect(outer?.digest).toBe(arm.digest);
    const made = chosen.manifests.find(({ descriptor }) => descriptor.digest === inner?.digest);
    expect(made?.parsed.kind === 'index' && made.parsed.manifests).toEqual([amd]);
  });

  it('takes an image without an index when it is for the platform, and refuses it when not', async () => {
    const image = new MemoryImage();
    child(image, { os: 'linux', architecture: 'amd64' });
    const tree = await image.tree();
    expect(choosePlatforms(tree, platforms('linux/amd64'))).toBe(tree);
    expect(fault(() => choosePlatforms(tree, platforms('linux/arm64'))).code).toBe('PLATFORM_NOT_FOUND');
  });
});

describe('removeSignatures', () => {
  it('leaves out what an index lists as signatures, and keeps the rest', async () => {
    const image = new MemoryImage();
    const amd = child(image, { os: 'linux', architecture: 'amd64' });
    const about = attestation(image, amd);
    const config = image.add(MediaType.ociConfig, '{}');
    const layers = [image.add('application/vnd.dev.cosign.simplesigning.v1+json', 'x')];
    const cosign = image.document({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers });
    image.document({ schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [amd, cosign, about] });
    const unsigned = removeSignatures(await image.tree());
    expect(rootIndex(unsigned).manifests.map(({ digest }) => digest)).toEqual([amd.digest, about.digest]);
    expect(unsigned.blobs.some(({ descriptor }) => descriptor.digest === layers[0]?.digest)).toBe(false);
  });

  it('changes nothing of an image without signatures', async () => {
    const { tree } = await threePlatforms();
    expect(removeSignatures(tree)).toBe(tree);
  });
});
