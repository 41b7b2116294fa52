import { PushboatError } from '../../../shared/errors.ts';
import { shownUrl } from '../http/debug.ts';
import { type ApiResponse, header } from '../http/response.ts';
import type { HttpTransport, TransportRequest } from '../http/transport.ts';
import { isSamePlace, resolveLocation } from './location.ts';
import { byWhoseWord } from './unreachable.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends and follows redirects by hand. Authorization stays with the host it is for (GHSA-jxpm-75mh-9fp7); https is never left for
 * http. The method is kept, so a redirected upload is sent again as it was; 303 is followed for reads only. A body that holds a
 * secret goes to nobody else.
 * @throws PushboatError REDIRECT_REFUSED, and what HttpTransport.send throws.
 */
export async function sendFollowing(
  transport: HttpTransport,
  request: TransportRequest,
  registry: string,
): Promise<ApiResponse> {
  let current = request;
  for (let hops = 0; ; hops++) {
    const sent = countBytes(current);
    const response = await transport.send(sent.request).catch((error: unknown) => {
      throw byWhoseWord(error, { transport, request: current, registry, isRedirected: hops > 0 });
    });
    if (!REDIRECTS.has(response.status) || header(response, 'location') === undefined) return response;
    if (response.status === 303 && current.method !== 'GET' && current.method !== 'HEAD') return response;
    if (hops === MAX_REDIRECTS) throw tooMany(registry);
    sent.takeBack();
    const url = resolveLocation(header(response, 'location'), current.url, registry);
    const same = isSamePlace(url, current.url);
    transport.debug(`${response.status} leads to ${shownUrl(url)}${same ? '' : ', without the login'}`);
    if (!same && current.secretBody) throw leadsAway(registry, current.url, url);
    current = { ...current, url, headers: same ? (current.headers ?? {}) : withoutLogin(current.headers) };
  }
}

function withoutLogin(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

/** A body that has to start over gives back the bytes it counted. */
function countBytes(request: TransportRequest): { request: TransportRequest; takeBack: () => void } {
  const { body } = request;
  if (!body || body instanceof Uint8Array) return { request, takeBack: () => undefined };
  let counted = 0;
  const counting = {
    length: body.length,
    given: body.given,
    open: () => body.open(),
    onBytes: (count: number): void => {
      counted += count;
      body.onBytes?.(count);
    },
  };
  return { request: { ...request, body: counting }, takeBack: () => counted > 0 && body.onBytes?.(-counted) };
}

function leadsAway(registry: string, from: URL, to: URL): PushboatError {
  return new PushboatError(
    'REDIRECT_REFUSED',
    `${from.host}, which gives the tokens for ${registry}, sends the login on to ${to.host}, which is not followed.`,
    { registry, detail: `${from.origin} → ${to.origin}: a login is sent only to the server it belongs to` },
  );
}

function tooMany(registry: string): PushboatError {
  return new PushboatError(
    'REDIRECT_REFUSED',
    `The registry ${registry} redirects in circles: gave up after ${MAX_REDIRECTS} redirects.`,
    {
      registry,
      hint: 'check-address',
    },
  );
}
