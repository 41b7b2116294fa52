import type { TransferOptions } from '../../shared/ipc.ts';
import { parseReference } from '../../shared/reference.ts';
import type { Catalog } from '../sources/catalog/types.ts';
import { requireTag } from '../transfers/target.ts';
import type { PushRequest, TransferService } from '../transfers/types.ts';
import { requestedImage } from './images.ts';
import type { HandlersOf } from './types.ts';

export function pushHandlers(transfers: TransferService, catalog: Catalog): HandlersOf<'push'> {
  return {
    // All targets are read before the first job starts: one that is wrong must not leave half of the work running.
    'push.start': ({ imageId, targets, options }) =>
      targets
        .map((target) => pushRequest(catalog, imageId, target, options))
        .map((request) => transfers.start(request)),
    'push.preview': ({ imageId, target, options }) => transfers.preview(pushRequest(catalog, imageId, target, options)),
  };
}

/** @throws PushboatError REF_INVALID, TARGET_DIGEST */
function pushRequest(catalog: Catalog, imageId: string, target: string, options: TransferOptions): PushRequest {
  return { ...requestedImage(catalog, imageId), target: requireTag(parseReference(target)), options };
}
