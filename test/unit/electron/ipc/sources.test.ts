import { expect, test } from 'vitest';
import { sourcesHandlers } from '../../../../electron/ipc/images.ts';
import type { AddedPath } from '../../../../shared/ipc.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../shared/settings.ts';
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
