import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readImageTree } from '../../../../../electron/image/tree.ts';
import { Archives } from '../../../../../electron/sources/archive/archives.ts';
import { findImage, listImages } from '../../../../../electron/sources/find/find-image.ts';
import { testEnvironment } from '../../../../fixtures/environment.ts';
import { LayoutWriter, type Listed, type WrittenImage } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

let folder: TempDir;
let archives: Archives;
let writer: LayoutWriter;
let images: WrittenImage[];
let index: Listed;

/** As oras 1.3 writes it: the index by its tag, and its images next to it without a name. */
beforeEach(async () => {
  folder = await makeTempDir('parts');
  archives = new Archives(testEnvironment());
  writer = await LayoutWriter.create(join(folder.path, 'layouts', 'web'));
  images = [await writer.image({ seed: 'one' }), await writer.image({ seed: 'two' })];
  index = await writer.index(images);
  writer.list(index, { refName: '1' });
  for (const image of images) writer.list(image);
});

afterEach(() => {
  archives.close();
  return folder.remove();
});

function where() {
  return { imagesStoreDir: join(folder.path, 'no-store'), cwd: folder.path, environment: testEnvironment(), archives };
}

function rows(path: string) {
  return Array.fromAsync(listImages([path], where()));
}

describe('a layout that lists the images of an index next to it', () => {
  it('is listed as that index, alone and in a folder of layouts', async () => {
    await writer.finish();
    for (const path of [writer.path, join(folder.path, 'layouts')])
      expect((await rows(path)).map(({ digest }) => digest)).toEqual([index.digest]);
  });

  it('stands for the index, and still has the others by their digests', async () => {
    await writer.finish();
    expect((await (await findImage(writer.path, where())).open()).root.digest).toBe(index.digest);
    const [image] = images;
    const found = await findImage(`${writer.path}@${image?.digest}`, where());
    expect((await found.open()).root.digest).toBe(image?.digest);
  });

  it('has an image of an index also under a name of its own', async () => {
    const [image] = images;
    if (image) writer.list(image, { refName: 'one' });
    await writer.finish();
    expect((await rows(writer.path)).map(({ references }) => references)).toEqual([['1'], ['one']]);
  });

  it('has what is about the images of the index next to it', async () => {
    const [image] = images;
    if (!image) throw new Error('no image');
    const sbom = await writer.artifact({ artifactType: 'application/spdx+json', subject: image });
    const signature = await writer.artifact({ artifactType: 'application/x.signature', subject: index });
    writer.list(sbom).list(signature);
    await writer.finish();
    const opened = await (await findImage(writer.path, where())).open();
    const { manifests } = await readImageTree(opened);
    const along = new Set(manifests.map(({ descriptor }) => descriptor.digest));
    expect(await opened.companions?.(along)).toBe(2);
    expect(await opened.companionsOf?.(along)).toHaveLength(2);
  });
});
