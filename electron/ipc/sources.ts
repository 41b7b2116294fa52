import type { Catalog } from '../sources/catalog/types.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

export function sourcesHandlers(catalog: Catalog, desktop: DesktopActions): HandlersOf<'sources'> {
  return {
    'sources.list': () => catalog.sources(),
    'sources.add': (paths) => catalog.add(paths),
    'sources.remove': (sourceId) => catalog.remove(sourceId),
    'sources.rescan': (sourceId) => catalog.rescan(sourceId),
    'sources.choose': (kind) => desktop.choosePaths(kind),
  };
}
