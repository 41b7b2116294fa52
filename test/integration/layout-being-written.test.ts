import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OciLayoutSource } from '../../electron/sources/oci-layout/layout-listing.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';

let folder: TempDir;
beforeAll(async () => {
  folder = await makeTempDir('being-written');
});
afterAll(() => folder.remove());

/** Lists a layout again and again while `write` runs: what it says of each state that it sees. */
async function watched(
  path: string,
  write: () => Promise<void>,
): Promise<{ looks: number; bad: string[]; names: string[] }> {
  const source = new OciLayoutSource(path);
  const bad: string[] = [];
  let isOver = false;
  let looks = 0;
  const writing = write().finally(() => {
    isOver = true;
  });
  let names: string[] = [];
  while (!isOver || names.length === 0) {
    looks++;
    try {
      const rows = await Array.fromAsync(source.list());
      names = rows.map(({ name }) => name);
      bad.push(...rows.flatMap(({ error }) => (error ? [error.message] : [])));
      // An image that is listed can be read: its manifest, and the config that it names.
      for (const { id } of rows) await source.details(id);
    } catch (error) {
      bad.push(String(error));
    }
  }
  await writing;
  // An image with several tags is one row with several references.
  names = (await Array.fromAsync(source.list())).flatMap(({ references }) => references);
  return { looks, bad, names };
}

test.each(['skopeo', 'umoci'])('a layout that %s writes to gives whole images only, at every moment', async (tool) => {
  const path = join(folder.path, tool);
  await makeLayout(path, { refName: 'first' });
  const others = await Promise.all(
    ['second', 'third', 'fourth'].map((tag) =>
      makeLayout(join(folder.path, `${tool}-${tag}`), { refName: tag, seed: tag }),
    ),
  );
  const { looks, bad, names } = await watched(path, async () => {
    for (const [at, tag] of ['second', 'third', 'fourth'].entries()) {
      if (tool === 'umoci') await run('umoci', ['tag', '--image', `${path}:first`, tag]);
      else
        await run('skopeo', [
          '--insecure-policy',
          'copy',
          '--quiet',
          `oci:${others[at]?.path}:${tag}`,
          `oci:${path}:${tag}`,
        ]);
    }
  });
  expect(bad).toEqual([]);
  expect(names.toSorted()).toEqual(['first', 'fourth', 'second', 'third']);
  expect(looks).toBeGreaterThan(1);
});
