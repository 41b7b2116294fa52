import { PushboatError } from '../../shared/errors.ts';
import type { Catalog } from '../sources/catalog/types.ts';
import type { ExportImage } from '../transfers/types.ts';
import type { HandlersOf } from './types.ts';

export function imagesHandlers(catalog: Catalog): HandlersOf<'images'> {
  return {
    'images.list': () => catalog.images(),
    'images.details': (imageId) => catalog.details(imageId),
  };
}

/** An image of the list, for a job. @throws PushboatError IMAGE_NOT_FOUND when it is not there any more. */
export function requestedImage(catalog: Catalog, imageId: string): ExportImage {
  const image = catalog.images().find(({ id }) => id === imageId);
  if (image === undefined) {
    throw new PushboatError('IMAGE_NOT_FOUND', 'This image is no longer in any of the stores.', {
      hint: 'check-folder',
    });
  }
  return { imageId, imageName: image.name, openImage: (signal) => catalog.open(imageId, signal) };
}
