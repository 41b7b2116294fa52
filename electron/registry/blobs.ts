import type { Digest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import type { RequestOptions } from './answers/retry.ts';
import { header, isMarkedHtml, sizeOf } from './http/response.ts';
import type { Requester } from './requests.ts';

/** Size of the blob in bytes (-1 when the registry does not say), or null when it is not there. */
export async function headBlob(
  requester: Requester,
  repository: string,
  digest: Digest,
  options?: RequestOptions,
): Promise<number | null> {
  const response = await requester.send(
    {
      method: 'HEAD',
      target: `/v2/${repository}/blobs/${digest}`,
      access: { repository, actions: 'read' },
      expect: [200, 404],
      what: `look for a blob in ${repository}`,
    },
    options,
  );
  if (response.status === 404) return null;
  // A portal answers 200 to everything. A blob that is sent once too often costs less than one that is missing.
  if (isMarkedHtml(response) && header(response, 'docker-content-digest') === undefined) return null;
  return sizeOf(response) ?? -1;
}

/**
 * Whether what `headBlob` found is all of a blob. A store that was full or broke off may have kept a part of it under its digest; a registry
 * that says no length, or 0 as some gateways do, says nothing of that.
 */
export function isWholeBlob(found: number | null, size: number): boolean {
  return found !== null && (found <= 0 || found === size);
}

/** The bytes of a short blob; null when it is not there. Whoever calls compares the digest. @throws PushboatError TOO_LARGE beyond `limit`. */
export async function getBlob(
  requester: Requester,
  repository: string,
  digest: Digest,
  limit: number,
  options?: RequestOptions,
): Promise<Uint8Array | null> {
  const response = await requester.send(
    {
      method: 'GET',
      target: `/v2/${repository}/blobs/${digest}`,
      access: { repository, actions: 'read' },
      expect: [200, 404],
      what: `show a blob of ${repository}`,
      maxResponse: limit,
    },
    options,
  );
  if (response.status === 404) return null;
  if (!response.truncated) return response.body;
  throw new PushboatError('TOO_LARGE', `The blob ${digest} of ${repository} is longer than ${limit} bytes.`, {
    digest,
  });
}
