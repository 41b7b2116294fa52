import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createCatalog } from '../../../../../electron/sources/catalog/catalog.ts';
import type { SourceInfo } from '../../../../../shared/images.ts';
import { testStores } from '../../../../fixtures/environment.ts';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { randomBytes } from '../../../../fixtures/random.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';
import { run } from '../../../../fixtures/tools.ts';

/** Long enough to be told of: repeats within gzip's window, so that it is quick to make. */
const FILLER_BLOCKS = 12_000;

it('an archive that takes its time is shown while it is read, with how far that has come', async () => {
  await using folder = await makeTempDir('reading');
  const layout = join(folder.path, 'layout');
  await makeLayout(layout, { refName: 'acme/web:1' });
  await writeFile(join(layout, 'filler'), Buffer.concat(Array(FILLER_BLOCKS).fill(randomBytes('filler', 10_000))));
  const tar = join(folder.path, 'web.tar');
  await run('tar', ['--create', '--file', tar, '--directory', layout, '.']);
  const path = `${tar}.gz`;
  await writeFile(path, gzipSync(await readFile(tar), { level: 1 }));
  await rm(tar);
  const catalog = createCatalog({
    ...testStores(),
    imagesStoreDir: join(folder.path, 'none'),
    addedPaths: [],
    onPathsChanged: async () => undefined,
    onProblem: () => undefined,
  });
  try {
    const told: SourceInfo[] = [];
    catalog.on('sources', (sources) => told.push(...sources.filter(({ location }) => location === path)));
    const [added] = await catalog.add([path]);
    expect(added).toMatchObject({ path, imageIds: [expect.any(String)] });
    const shares = told.map(({ progress }) => progress).filter((progress) => progress !== undefined);
    expect(shares.length).toBeGreaterThan(0);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
    expect(catalog.sources().find(({ location }) => location === path)).toMatchObject({
      state: 'ready',
      imageCount: 1,
    });
    expect(catalog.sources().find(({ location }) => location === path)).toMatchObject({ progress: undefined });
  } finally {
    await catalog.close();
  }
});
