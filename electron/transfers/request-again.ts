import { PushboatError } from '../../shared/errors.ts';
import type { ImageDestination } from '../destinations/types.ts';
import type { LocalImage } from '../image/types.ts';
import type { RememberedRequest } from './journal/job-memory.ts';
import { type JobRequest, requestOf } from './types.ts';

/** The images that can be pushed now. */
interface Images {
  images(): readonly { id: string }[];
  open(imageId: string, signal?: AbortSignal): Promise<LocalImage>;
}

/** A transfer of the history as a new one. @throws PushboatError IMAGE_NOT_FOUND when its image is gone, or it is not known any more */
export function requestAgain(
  record: RememberedRequest | undefined,
  images: Images,
  parseDestination: (text: string) => ImageDestination | undefined,
): JobRequest {
  const isThere = record && images.images().some(({ id }) => id === record.imageId);
  const request =
    isThere &&
    requestOf({ ...record, group: undefined }, (signal) => images.open(record.imageId, signal), parseDestination);
  if (request) return request;
  throw new PushboatError('IMAGE_NOT_FOUND', 'The image of this transfer is no longer in any of the stores.', {
    hint: 'check-folder',
  });
}
