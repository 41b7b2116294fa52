import { PushboatError } from '../../../shared/errors.ts';
import { type ApiResponse, isWebPage } from '../http/response.ts';
import { blockedBy, isAnothers } from './blockers.ts';
import { isSamePlace } from './location.ts';
import { withRetryAfter } from './retry.ts';
import { statusError } from './status-error.ts';

/** Marks that a registry leaves on its answers (distribution-spec, "Legacy Docker support HTTP headers" and "Pulling manifests"). */
const MARKS = ['docker-distribution-api-version', 'docker-content-digest'];

/** Whether nobody but a registry, at the place that was asked, answers so. */
export function showsRegistry(response: ApiResponse, root: URL): boolean {
  if (!isSamePlace(response.url, root)) return false;
  const { status, headers } = response;
  if (status === 401) return headers['www-authenticate'] !== undefined;
  // An upload that was opened.
  if (status === 202 && headers['location'] !== undefined) return true;
  return (status < 300 || status === 404) && MARKS.some((name) => (headers[name] ?? '') !== '');
}

/**
 * 200 and 401 are the answers of a registry (distribution-spec, "Determining Support"). 403 is that of a front end to whoever has not logged
 * in, or asks for this path: the requests that count tell which.
 */
export function checkApiResponse(response: ApiResponse, registry: string): void {
  const { status } = response;
  if (status === 401 && (response.headers['www-authenticate'] !== undefined || !isWebPage(response))) return;
  if (status === 403 && blockedBy(response) === undefined) return;
  if (status === 200 && !isAnothers(response)) return;
  const error = statusError(response, { registry, what: 'answer GET /v2/' });
  if (status < 500 && error.code === 'REGISTRY_ERROR') {
    throw new PushboatError('PROTOCOL_ERROR', `${registry} does not offer the registry API (${status} for GET /v2/).`, {
      ...error.facts,
      hint: 'check-address',
    });
  }
  throw withRetryAfter(error, response);
}
