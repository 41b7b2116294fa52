import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { imagesHandlers, sourcesHandlers } from '../../../../electron/ipc/images.ts';
import { OciLayoutSource } from '../../../../electron/sources/oci-layout/layout-listing.ts';
import type { AddedPath } from '../../../../shared/ipc.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../shared/settings.ts';
import { blobPath, LayoutWriter } from '../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';
import { ADDED, STORE } from '../../renderer/samples.ts';

/** The handlers over a catalog that takes every path but those that are bad. */
function handlers() {
  let settings: Settings = DEFAULT_SETTINGS;
  const sources = [STORE];
  const add = async (paths: string[]): Promise<AddedPath[]> =>
    paths.map((path) => {
      if (path.includes('bad')) return { path, imageIds: [], error: { code: 'LAYOUT_INVALID', message: 'bad' } };
      if (!settings.addedPaths.includes(path)) {
        settings = { ...settings, addedPaths: [...settings.addedPaths, path] };
        sources.push({ ...ADDED, id: `oci:${path}`, location: path });
      }
      return { path, sourceId: `oci:${path}`, imageIds: [] };
    });
  const services = {
    catalog: { add, sources: () => sources },
    settings: { update: async (change: (current: Settings) => Settings) => (settings = change(settings)) },
  } as unknown as Parameters<typeof sourcesHandlers>[0];
  const forget = (path: string) => {
    settings = { ...settings, addedPaths: settings.addedPaths.filter((other) => other !== path) };
  };
  return {
    ...sourcesHandlers(services, { choosePaths: async () => [] }),
    together: () => settings.addedTogether,
    forget,
  };
}

test('the good paths of one gesture are remembered as one, and a single path is none', async () => {
  const { together, 'sources.add': add } = handlers();
  await add(['/alone']);
  await add(['/a', '/bad', '/b']);
  await add(['/c', '/d']);
  expect(together()).toEqual([
    ['/a', '/b'],
    ['/c', '/d'],
  ]);
});

test('what is dropped again belongs to the later gesture, and what was removed is forgotten', async () => {
  const { together, forget, 'sources.add': add } = handlers();
  await add(['/a', '/b', '/c', '/d']);
  forget('/b');
  await add(['/a', '/e']);
  expect(together()).toEqual([
    ['/c', '/d'],
    ['/a', '/e'],
  ]);
});

test('what belongs to images is counted for each of them, and one that cannot be read has nothing', async () => {
  await using folder = await makeTempDir('companions');
  const writer = await LayoutWriter.create(folder.path);
  const web = await writer.image({ seed: 'web' });
  const api = await writer.image({ seed: 'api' });
  const bad = await writer.image({ seed: 'bad' });
  writer.list(web, { refName: 'web' }).list(api, { refName: 'api' }).list(bad, { refName: 'bad' });
  writer.list(await writer.artifact({ artifactType: 'application/spdx+json', subject: web }));
  const source = new OciLayoutSource(await writer.finish());
  const images = await Array.fromAsync(source.list());
  await rm(blobPath(folder.path, bad.digest));
  const catalog = {
    images: () => images,
    sources: () => [{ ...ADDED, id: images[0]?.sourceId }],
    open: (id: string) => source.open(id),
  };
  const { 'images.companions': count } = imagesHandlers({ catalog } as never, {} as never);
  const idOf = (name: string) => images.find(({ references }) => references.includes(name))?.id ?? '';
  const nothing = { signature: 0, sbom: 0, attestation: 0, other: 0 };
  expect(await count(['bad', 'web', 'api', 'gone'].map((name) => idOf(name) || name))).toEqual([
    nothing,
    { ...nothing, sbom: 1 },
    nothing,
    nothing,
  ]);
});
