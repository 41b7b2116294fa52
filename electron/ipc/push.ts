import { PushboatError } from '../../shared/errors.ts';
import type { TransferOptions } from '../../shared/ipc.ts';
import { parseReference, type Reference, withDefaultTag } from '../../shared/reference.ts';
import type { Catalog } from '../sources/catalog/types.ts';
import type { PushRequest, TransferService } from '../transfers/types.ts';
import { requestedImage } from './requested-image.ts';
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

function pushRequest(catalog: Catalog, imageId: string, target: string, options: TransferOptions): PushRequest {
  return { ...requestedImage(catalog, imageId), target: targetReference(target), options };
}

/** @throws PushboatError REF_INVALID, or TARGET_DIGEST: a push by tag cannot promise a digest, as Docker refuses it too. */
function targetReference(text: string): Reference {
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest === undefined) return reference;
  throw new PushboatError('TARGET_DIGEST', 'The target names a digest; a push goes to a tag.', {
    registry: reference.registry,
    repository: reference.repository,
    digest: reference.digest,
    hint: 'push-by-tag',
  });
}
