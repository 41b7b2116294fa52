import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Archives } from '../../../../../electron/sources/archive/archives.ts';
import { findImage, listImages } from '../../../../../electron/sources/find/find-image.ts';
import { testEnvironment } from '../../../../fixtures/environment.ts';
import { LayoutWriter, type Listed, type WrittenImage } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { run } from '../../../../fixtures/tools.ts';

let folder: TempDir;
let archives: Archives;
let writer: LayoutWriter;
let shared: WrittenImage;

beforeEach(async () => {
  folder = await makeTempDir('saved-indexes');
  archives = new Archives(testEnvironment());
  writer = await LayoutWriter.create(join(folder.path, 'layout'));
  shared = await writer.image({ seed: 'shared' });
});

afterEach(() => {
  archives.close();
  return folder.remove();
});

const where = () => ({
  imagesStoreDir: join(folder.path, 'no-store'),
  cwd: folder.path,
  environment: testEnvironment(),
  archives,
});

function blobName({ digest }: { digest: string }): string {
  return `blobs/sha256/${digest.slice(7)}`;
}

/** What `docker save` of Docker 28 writes with containerd's store: names stand in `index.json`, the shared image once in `manifest.json`. */
async function saved(tags: string[] | null): Promise<string> {
  await writer.finish();
  const entry = { Config: blobName(shared.config), RepoTags: tags, Layers: shared.layers.map(blobName) };
  await writeFile(join(writer.path, 'manifest.json'), JSON.stringify([entry]));
  const path = join(folder.path, 'saved.tar');
  await run('tar', ['--create', '--file', path, '--directory', writer.path, '.']);
  return path;
}

async function twoIndexes(names: { refName: string; imageName: string }[]): Promise<[Listed, Listed]> {
  const arm = await writer.image({ seed: 'arm', platform: { os: 'linux', architecture: 'arm64' } });
  const both = await writer.index([shared, arm]);
  const one = await writer.index([shared]);
  writer.list(both, names[0]);
  writer.list(one, names[1]);
  return [both, one];
}

describe('a saved archive of indexes that share the image of a platform', () => {
  it('has each index by its own name only', async () => {
    const [both, one] = await twoIndexes([
      { refName: '1', imageName: 'docker.io/acme/multi:1' },
      { refName: '1', imageName: 'docker.io/acme/web:1' },
    ]);
    const path = await saved(['acme/web:1']);
    const rows = await Array.fromAsync(listImages([path], where()));
    expect(rows.map(({ references, digest }) => [digest, references])).toEqual([
      [both.digest, ['docker.io/acme/multi:1', '1']],
      [one.digest, ['docker.io/acme/web:1', '1']],
    ]);
    const found = await findImage(`docker-archive:${path}:acme/web:1`, where());
    expect((await found.open()).root.digest).toBe(one.digest);
  });

  it('has each by its place where they have no names', async () => {
    const [both, one] = await twoIndexes([]);
    const path = await saved(null);
    const opened = [0, 1].map(async (at) => (await findImage(`docker-archive:${path}:@${at}`, where())).open());
    expect((await Promise.all(opened)).map(({ root }) => root.digest)).toEqual([both.digest, one.digest]);
  });
});
