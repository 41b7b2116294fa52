import { randomUUID } from 'node:crypto';
import { toPushboatError } from '../../shared/errors.ts';
import type { RequestInput, StartedGroup } from '../../shared/ipc.ts';
import { parseReference } from '../../shared/reference.ts';
import { signs } from '../../shared/signing.ts';
import type { TransferOptions } from '../../shared/transfer-options.ts';
import type { Services } from '../services.ts';
import type { Catalog } from '../sources/catalog/types.ts';
import { digestsByRepository, type JobTarget, requireTag, targetRepository } from '../transfers/target.ts';
import type { PushRequest } from '../transfers/types.ts';
import { requestedImage } from './images.ts';
import type { HandlersOf } from './types.ts';

type PushServices = Pick<Services, 'transfers' | 'catalog' | 'rememberSigning'>;

export function pushHandlers(services: PushServices): HandlersOf<'push'> {
  const { transfers, catalog } = services;
  return {
    // All targets are read before the first job starts: one that is wrong must not leave half of the work running.
    'push.start': async ({ imageId, targets, options: chosen }) => {
      const options = withoutEmptySigning(chosen);
      const requests = targets.map((target) => pushRequest(catalog, imageId, target, options));
      await rememberSigning(services, requests, chosen);
      return requests.map((request) => transfers.start(request));
    },
    'push.startMany': (input) => startGroup(services, input),
    'push.preview': ({ imageId, target, options }) => transfers.preview(pushRequest(catalog, imageId, target, options)),
  };
}

function withoutEmptySigning(chosen: TransferOptions): TransferOptions {
  const { sign, ...others } = chosen;
  return sign && signs(sign) ? chosen : others;
}

async function rememberSigning(
  services: PushServices,
  requests: readonly PushRequest[],
  { sign }: TransferOptions,
): Promise<void> {
  if (sign) await services.rememberSigning(new Set(requests.map(({ target }) => target.registry)), sign);
}

/** @throws PushboatError REF_INVALID, TARGET_DIGEST */
function pushRequest(catalog: Catalog, imageId: string, target: string, options: TransferOptions): PushRequest {
  return { ...requestedImage(catalog, imageId), target: requireTag(parseReference(target)), options };
}

async function startGroup(
  services: PushServices,
  { pushes, options: chosen }: RequestInput<'push.startMany'>,
): Promise<StartedGroup> {
  const { transfers, catalog } = services;
  const options = withoutEmptySigning(chosen);
  const group = randomUUID();
  const requests: PushRequest[] = [];
  const failures: StartedGroup['failures'] = [];
  for (const { imageId, target, platforms = options.platforms } of pushes) {
    try {
      requests.push({ ...pushRequest(catalog, imageId, target, { ...options, platforms }), group });
    } catch (thrown) {
      failures.push({ imageId, target, error: toPushboatError(thrown).toData() });
    }
  }
  await rememberSigning(services, requests, chosen);
  const digests = new Map(catalog.images().map(({ id, digest }) => [id, digest]));
  const together = digestsByRepository(
    requests.flatMap((request) => {
      const digest = digests.get(request.imageId);
      return digest ? [{ digest, target: targetOf(request) }] : [];
    }),
  );
  const jobIds = requests.map((request) =>
    transfers.start({ ...request, along: together.get(targetRepository(targetOf(request))) }),
  );
  return { jobIds, failures };
}

function targetOf({ target }: PushRequest): JobTarget {
  return { kind: 'registry', reference: requireTag(target) };
}
