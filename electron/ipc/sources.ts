import type { Catalog } from '../sources/catalog/types.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

export function sourcesHandlers(catalog: Catalog, desktop: DesktopActions): HandlersOf<'sources'> {
  return {
    'sources.list': () => catalog.sources(),
    'sources.add': (paths) => catalog.add(paths),
    'sources.remove': async (sourceId) => {
      await catalog.remove(sourceId);
      return undefined;
    },
    'sources.rescan': async (sourceId) => {
      await catalog.rescan(sourceId);
      return undefined;
    },
    'sources.choose': (kind) => desktop.choosePaths(kind),
  };
}
