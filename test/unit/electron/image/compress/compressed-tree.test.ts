import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  type CompressedLayer,
  compressTree,
  plainLayers,
} from '../../../../../electron/image/compress/compressed-tree.ts';
import { parseManifest } from '../../../../../electron/image/parse.ts';
import { type ImageTree, readImageTree } from '../../../../../electron/image/tree.ts';
import { digestOf } from '../../../../../electron/image/verify.ts';
import { OciLayoutSource } from '../../../../../electron/sources/oci-layout/layout-listing.ts';
import type { Digest } from '../../../../../shared/digest.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { LayoutWriter } from '../../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';

/** The tree of the first image that `write` lists. */
async function treeOf(write: (layout: LayoutWriter) => Promise<unknown>): Promise<ImageTree> {
  await using folder = await makeTempDir();
  const layout = await LayoutWriter.create(join(folder.path, 'layout'));
  await write(layout);
  const source = new OciLayoutSource(await layout.finish());
  for await (const { id } of source.list()) return await readImageTree(await source.open(id));
  throw new Error('no image');
}

function compressedLayers(tree: ImageTree, format: 'gzip' | 'zstd' = 'gzip'): Map<Digest, CompressedLayer> {
  return new Map(
    plainLayers(tree).map(({ descriptor: { digest, size } }) => [
      digest,
      { digest: digestOf(Buffer.from(digest)), size: size - 1, format },
    ]),
  );
}

it('gives the manifests of all platforms, and the index, new descriptors and digests that fit', async () => {
  const platforms = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ];
  const tree = await treeOf(async (layout) => {
    layout.list(await layout.multiPlatform(platforms, { annotations: { note: 'kept' } }));
  });
  const converted = compressTree(tree, compressedLayers(tree, 'zstd'));
  expect(converted.manifests).toHaveLength(3);
  for (const { descriptor, bytes, parsed, platform } of converted.manifests) {
    expect(digestOf(bytes)).toBe(descriptor.digest);
    expect(bytes.length).toBe(descriptor.size);
    expect(parseManifest(bytes)).toEqual(parsed);
    if (parsed.kind === 'index') continue;
    expect(platform).toBeDefined();
    expect(parsed.annotations).toEqual({ note: 'kept' });
    expect(parsed.layers.map(({ mediaType }) => mediaType)).toEqual(Array(2).fill(MediaType.ociLayerZstd));
  }
  const root = converted.manifests.at(-1);
  expect(root?.descriptor.digest).toBe(converted.root.digest);
  const children = converted.manifests.slice(0, -1).map(({ descriptor }) => descriptor.digest);
  expect(root?.parsed.kind === 'index' && root.parsed.manifests.map(({ digest }) => digest)).toEqual(children);
  const named = converted.manifests.flatMap(({ parsed }) => (parsed.kind === 'index' ? [] : parsed.layers));
  const layers = converted.blobs.filter(({ kind }) => kind === 'layer');
  expect(layers.map(({ descriptor }) => descriptor)).toEqual(named);
});

it('leaves manifests without plain layers as they are, to the byte', async () => {
  const tree = await treeOf(async (layout) => {
    layout.list(await layout.image({ layers: [{ compression: 'gzip' }] }));
  });
  expect(plainLayers(tree)).toEqual([]);
  const converted = compressTree(tree, new Map());
  expect(converted.manifests).toEqual(tree.manifests);
  expect(converted.root).toEqual(tree.root);
});

it('leaves the blobs of artifacts alone', async () => {
  const tree = await treeOf(async (layout) => {
    layout.list(await layout.artifact({ files: [{ mediaType: MediaType.ociLayer, content: 'not an image' }] }));
  });
  expect(plainLayers(tree)).toEqual([]);
});

it('keeps an attached document attached', async () => {
  const tree = await treeOf(async (layout) => {
    const image = await layout.image();
    const attached = await layout.artifact({ subject: image });
    layout.list(await layout.index([image, attached]));
  });
  const converted = compressTree(tree, compressedLayers(tree));
  const [image, attached] = converted.manifests;
  expect(attached?.parsed.subject).toMatchObject({ digest: image?.descriptor.digest, size: image?.descriptor.size });
});
