import type { Catalog } from '../sources/catalog/types.ts';
import type { HandlersOf } from './types.ts';

export function imagesHandlers(catalog: Catalog): HandlersOf<'images'> {
  return {
    'images.list': () => catalog.images(),
    'images.details': (imageId) => catalog.details(imageId),
  };
}
