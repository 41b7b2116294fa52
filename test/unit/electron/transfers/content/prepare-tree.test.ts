import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageOrigin } from '../../../../../electron/image/types.ts';
import { LayoutFolderFiles } from '../../../../../electron/sources/oci-layout/layout-folder-files.ts';
import { StoredImage } from '../../../../../electron/sources/stored-image.ts';
import { type HasManifest, prepareTree } from '../../../../../electron/transfers/content/prepare-tree.ts';
import { blobPath, LayoutWriter, type WrittenImage } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('prepare');
});
afterEach(() => folder.remove());

/** An index of three platforms in a store of that kind, which has the manifests of so many of them. */
async function indexIn(transport: 'docker-daemon' | 'docker-archive' | 'oci', present: number) {
  const layout = await LayoutWriter.create(join(folder.path, 'layout'));
  const images: WrittenImage[] = [];
  for (const architecture of ['amd64', 'arm64', 's390x'])
    images.push(await layout.image({ seed: architecture, platform: { os: 'linux', architecture } }));
  const index = await layout.index(images);
  await layout.list(index).finish();
  for (const { digest } of images.slice(present)) await rm(blobPath(layout.path, digest));
  const origin: ImageOrigin = transport === 'oci' ? { transport, path: layout.path } : { transport };
  const root = { mediaType: index.mediaType, digest: index.digest, size: index.size };
  const image = new StoredImage(new LayoutFolderFiles(layout.path), { root, name: 'web', references: [], origin });
  const prepared = (hasManifest?: HasManifest) => prepareTree(image, {}, undefined, undefined, hasManifest);
  return { prepared, root, images };
}

describe('an index of which an engine has one platform', () => {
  it.each(['docker-daemon', 'docker-archive'] as const)('is that image alone, which is said: %s', async (transport) => {
    const { prepared, images } = await indexIn(transport, 1);
    const { tree, notes } = await prepared(async () => false);
    expect(tree.root.digest).toBe(images[0]?.digest);
    expect(tree.missing).toEqual([]);
    expect(notes).toEqual([{ kind: 'alone', platform: 'linux/amd64', count: 2 }]);
    expect((await prepared()).tree.root.digest).toBe(images[0]?.digest);
  });

  it('stays whole where the repository has the others', async () => {
    const { prepared, root } = await indexIn('docker-daemon', 1);
    const { tree, notes } = await prepared(async () => true);
    expect(tree.root.digest).toBe(root.digest);
    expect(notes).toEqual([]);
  });
});

it.each([
  ['several of its platforms', 'docker-daemon', 2],
  ['none', 'docker-daemon', 0],
  ['all', 'docker-daemon', 3],
  ['one of them, and is a layout, which should be whole', 'oci', 1],
] as const)('an index is not reduced where the store has %s', async (_, transport, present) => {
  const { prepared, root } = await indexIn(transport, present);
  const { tree, notes } = await prepared(async () => false);
  expect(tree.root.digest).toBe(root.digest);
  expect(tree.missing).toHaveLength(3 - present);
  expect(notes).toEqual([]);
});
