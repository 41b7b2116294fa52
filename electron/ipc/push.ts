import { PushboatError } from '../../shared/errors.ts';
import type { PushOptions } from '../../shared/ipc.ts';
import { parseReference, type Reference, withDefaultTag } from '../../shared/reference.ts';
import type { PushRequest, PushService } from '../push/types.ts';
import type { Catalog } from '../sources/catalog/types.ts';
import { requestedImage } from './requested-image.ts';
import type { HandlersOf } from './types.ts';

export function pushHandlers(push: PushService, catalog: Catalog): HandlersOf<'push'> {
  return {
    // All targets are read before the first job starts: one that is wrong must not leave half of the work running.
    'push.start': ({ imageId, targets, options }) =>
      targets.map((target) => pushRequest(catalog, imageId, target, options)).map((request) => push.start(request)),
    'push.preview': ({ imageId, target, options }) => push.preview(pushRequest(catalog, imageId, target, options)),
    'push.list': () => push.list(),
    'push.pause': (jobId) => {
      push.pause(jobId);
      return undefined;
    },
    'push.resume': (jobId) => {
      push.resume(jobId);
      return undefined;
    },
    'push.cancel': async (jobId) => {
      await push.cancel(jobId);
      return undefined;
    },
    'push.retry': (jobId) => {
      push.retry(jobId);
      return undefined;
    },
    'push.forget': (jobId) => {
      push.forget(jobId);
      return undefined;
    },
  };
}

function pushRequest(catalog: Catalog, imageId: string, target: string, options: PushOptions): PushRequest {
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
