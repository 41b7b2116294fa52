import { PushboatError } from '../../shared/errors.ts';
import { shownText } from './redact.ts';

/**
 * The address in a `Location` header, resolved against the address that was asked (distribution-spec, "Pushing blobs":
 * absolute or relative, the query must be kept). `URL` drops a default port, so `host:443` and `host` are the same place.
 * @throws PushboatError REDIRECT_REFUSED from https to http, PROTOCOL_ERROR when it is missing or not an http(s) address.
 */
export function resolveLocation(header: string | undefined, base: URL, registry: string): URL {
  const url = header === undefined || header === '' ? undefined : URL.parse(header, base.href);
  if (url === undefined || url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    const what = url === undefined ? 'gave no address to go on at' : 'gave an address that cannot be used';
    throw new PushboatError('PROTOCOL_ERROR', `The registry ${registry} ${what} (Location).`, {
      registry,
      ...(header ? { detail: shownText(header) } : {}),
      hint: 'check-address',
    });
  }
  if (base.protocol === 'https:' && url.protocol === 'http:') {
    throw new PushboatError(
      'REDIRECT_REFUSED',
      `The registry ${registry} points from HTTPS to plain HTTP, which is not followed.`,
      {
        registry,
        detail: `${base.host} → ${url.protocol}//${url.host}; a proxy in front of the registry may not forward X-Forwarded-Proto`,
        hint: 'check-address',
      },
    );
  }
  // User info in an address would be a login from the other side.
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

/** `location` with the digest added; the registry's own query stays byte for byte as it was. */
export function withDigest(location: string, digest: string): URL {
  return new URL(`${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`);
}

/** Whether what belongs to `a` (its Authorization) may be sent to `b`: same scheme, host and port. */
export function isSameOrigin(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && a.host === b.host;
}
