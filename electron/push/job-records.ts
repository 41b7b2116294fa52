import { parseReference } from '../../shared/reference.ts';
import type { ImageDestination } from '../destinations/types.ts';
import type { RememberedRequest } from './journal/journal.ts';
import { isExport, type JobRequest, type PushRequest } from './types.ts';

/** Of an export of several images only the first is remembered. They come from the command line, which remembers no jobs. */
export function recordOf(id: string, request: JobRequest, target: string): RememberedRequest {
  const { imageId, imageName } = isExport(request) ? request.images[0] : request;
  const kind = isExport(request) ? 'export' : 'push';
  return { id, kind, imageId, imageName, target, options: request.options, createdAt: Date.now() };
}

/**
 * What a remembered job asks for; undefined for an export to what is no destination any more, such as a folder whose name has changed
 * its meaning.
 */
export function requestOf(
  { kind, imageId, imageName, target, options }: RememberedRequest,
  openImage: PushRequest['openImage'],
  parseDestination: ((text: string) => ImageDestination | undefined) | undefined,
): JobRequest | undefined {
  if (kind === 'push') return { imageId, imageName, openImage, target: parseReference(target), options };
  try {
    const destination = parseDestination?.(target);
    if (!destination) return undefined;
    // What stands there now may be another's: the person has not been asked of it.
    return { images: [{ imageId, imageName, openImage }], destination, options, keepsExisting: true };
  } catch {
    return undefined;
  }
}
