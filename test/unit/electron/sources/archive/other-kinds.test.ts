import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Archives } from '../../../../../electron/sources/archive/archives.ts';
import { dockerArchiveListing } from '../../../../../electron/sources/archive/docker-archive.ts';
import { detectPath } from '../../../../../electron/sources/at-path/detect-path.ts';
import { savedArchive, savedImage } from '../../../../fixtures/docker-archives.ts';
import { testEnvironment } from '../../../../fixtures/environment.ts';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { nastyTar } from '../../../../fixtures/nasty-tar.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

let folder: TempDir;
let archives: Archives;

beforeEach(async () => {
  folder = await makeTempDir('other-kinds');
  archives = new Archives(testEnvironment());
});

afterEach(() => {
  archives.close();
  return folder.remove();
});

async function detect(content: Uint8Array | string): Promise<unknown> {
  const path = join(folder.path, 'web.tar');
  await writeFile(path, content);
  return detectPath(path, archives);
}

/** A block that begins so, and two more. */
function blocks(...begin: (string | Buffer)[]): Buffer {
  return Buffer.concat([...begin.map((each) => Buffer.from(each as string, 'latin1')), Buffer.alloc(1100)]);
}

const iso = Buffer.alloc(40_000);
iso.write('\x01CD001\x01', 32_768, 'latin1');
const bootable = Buffer.alloc(1024, 1);
bootable.write('55aa', 510, 'hex');

describe('a file that is no archive', () => {
  it.each([
    ['an image of Apptainer', blocks('#!/usr/bin/env run-singularity\n\0SIF_MAGIC\0'), /Apptainer \(SIF\)/],
    ['a disk of QEMU', blocks('QFI\xfb\0\0\0\x03'), /disk of a virtual machine/],
    ['a disk that boots', bootable, /disk of a virtual machine/],
    ['a disc, which begins with zeros', iso, /disk of a virtual machine/],
    ['zeros that are no disc', Buffer.alloc(40_000), /begins with zeros/],
    ['a file system', blocks('hsqs'), /SquashFS/],
    ['a program', blocks('\x7fELF\x02\x01'), /it is a program: build an image that holds it/],
    ['what age has encrypted', blocks('age-encryption.org/v1\n'), /decrypt it first/],
    ['a ZIP file with nothing in it', blocks('PK\x05\x06'), /it is a ZIP file/],
    ['what PowerShell has written', Buffer.from('\ufeffblobs/', 'utf16le'), /of PowerShell do: write it again with/],
    ['gzip that was taken for text', gzipSync('x').toString('utf8'), /of PowerShell do/],
    ['a Dockerfile', '# syntax=docker/dockerfile:1\n\nFROM alpine\n', /it is a Dockerfile: build the image first/],
    ['a Dockerfile below comments', `${' # ours\n\r\n'.repeat(3)}arg X=1\n`, /it is a Dockerfile/],
    ['a file of Compose', '# ours\nservices:\n  web:\n    image: web\n', /which only names images/],
    ['a file of Kubernetes', '---\napiVersion: v1\nkind: Pod\n', /which only names images/],
    [
      'an error of docker',
      'Error response from daemon: no such image\n',
      /begins with “Error response from daemon: no/,
    ],
    ['JSON in lines', '[\n    {\n        "Id": 1\n', /begins with “\[ { "Id": 1”/],
    ['a text that is cut within a character', `${'é'.repeat(255)}xé`, /it is a file of text, .* begins with “é+”/],
    ['other bytes', blocks('\x01\x02\x03'), /not a tar archive either/],
  ])('is told for what it is: %s', async (_, content, words) => {
    await expect(detect(content)).rejects.toMatchObject({
      code: 'LAYOUT_INVALID',
      message: expect.stringMatching(words),
    });
  });
});

it('a text of many comments is looked at once, not in all ways in which its lines can be read', async () => {
  const began = performance.now();
  await expect(detect(`${' #\n\n'.repeat(17)}all: web\n`)).rejects.toThrow(/it is a file of text/);
  expect(performance.now() - began).toBeLessThan(5_000);
});

describe('an archive of something else', () => {
  it.each([
    ['a virtual machine', ['web.ovf', 'disk1.vmdk'], /it is a virtual machine/],
    ['a box of Vagrant', ['Vagrantfile', 'box.img'], /it is a virtual machine/],
    ['a container of LXD', ['metadata.yaml', 'rootfs/etc/hosts', 'rootfs/bin/sh'], /docker export writes them/],
    ['archives', ['bundle/web.tar.gz', 'bundle/list.txt'], /holds other archives, such as web\.tar\.gz: unpack it/],
    ['what an image is built from', ['web/Dockerfile', 'web/main.go'], /build the image first/],
    ['the files of a small container', ['.dockerenv', 'app'], /docker export writes them/],
    ['the files of a container of Podman', ['run/.containerenv', 'app'], /docker export writes them/],
  ])('is told for what it is: %s', async (_, names, words) => {
    await expect(detect(nastyTar(names.map((name) => ({ name }))))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringMatching(words),
      hint: undefined,
    });
  });

  it('is not called so where layers in gzip are all that is there', async () => {
    const layers = nastyTar([{ name: `${'0'.repeat(64)}.tar.gz` }]);
    await expect(detect(layers)).rejects.toMatchObject({ hint: 'copy-whole-image' });
  });
});

it('an archive of imgpkg, whose list has the name of another one, is told for what it is', async () => {
  const path = join(folder.path, 'web.tar');
  const layer = { name: `sha256-${'0'.repeat(64)}.tar.gz` };
  await writeFile(path, nastyTar([{ name: 'manifest.json', content: '[{"Image":{"Layers":[]}}]' }, layer]));
  await expect(dockerArchiveListing(path, archives).read()).rejects.toMatchObject({
    code: 'ARCHIVE_INVALID',
    message: expect.stringMatching(/imgpkg copy --tar/),
    hint: undefined,
  });
});

it('a link that leads nowhere is told to be one', async () => {
  const link = join(folder.path, 'result');
  await symlink('/nix/store/gone', link);
  await expect(detectPath(link, archives)).rejects.toThrow(
    `Cannot read ${link}: it is a link to /nix/store/gone, which does not exist.`,
  );
});

it('the manifest of a dir: folder stands for the folder, and a folder of blobs is told its layout', async () => {
  await writeFile(join(folder.path, 'version'), 'Directory Transport Version: 1.1\n');
  const manifest = join(folder.path, 'manifest.json');
  await writeFile(manifest, '{}');
  expect(await detectPath(manifest, archives)).toEqual({ kind: 'dir', location: folder.path });
  const { path } = await makeLayout(join(folder.path, 'layout'));
  for (const part of ['blobs', 'blobs/sha256'])
    await expect(detectPath(join(path, part), archives)).rejects.toThrow(`a part of the layout ${path}: push that`);
});

describe('a folder of something else', () => {
  it.each([
    ['a bundle for runtimes', ['config.json', 'rootfs/bin/sh'], /bundle for a runtime .*umoci repack/],
    ['a store of Podman', ['vfs-images/images.json', 'vfs-layers/layers.json'], /containers-storage:\[vfs@.*\]NAME/],
    ['archives', ['web.tar.zst', 'api.tar', 'Dockerfile'], /it has archives, such as api\.tar: push those, as with/],
    ['what an image is built from', ['Dockerfile', 'main.go'], /build the image first/],
    ['other things', ['notes'], /oci-layout and index\.json are missing/],
  ])('is told for what it is: %s', async (_, names, words) => {
    const place = join(folder.path, 'place');
    for (const name of names) {
      await mkdir(dirname(join(place, name)), { recursive: true });
      await writeFile(join(place, name), '');
    }
    await expect(detectPath(place, archives)).rejects.toMatchObject({
      code: 'LAYOUT_INVALID',
      message: expect.stringMatching(words),
    });
  });
});

it('gzip data that is cut off is told to be that', async () => {
  const packed = gzipSync(savedArchive(savedImage('x')));
  await expect(detect(packed.subarray(0, 900))).rejects.toThrow(/its gzip data is damaged: it is cut off/);
  const altered = Buffer.from(packed).fill(0xff, 300, 320);
  await expect(detect(altered)).rejects.toThrow(/its gzip data is damaged \(at/);
});
