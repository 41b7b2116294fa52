import { PushboatError } from '../../../shared/errors.ts';
import { isLinkLocal } from '../http/addresses.ts';
import { shownText } from '../http/redact.ts';

/** What the owner of a registry sets, where something in front of it ends TLS. */
const HOW_TO_SAY_HTTPS =
  'a proxy in front of the registry has to send X-Forwarded-Proto: https, or the registry has to know its address (http.host, or http.relativeurls, of distribution)';

/**
 * The address in a `Location` header, resolved against the address that was asked (distribution-spec, "Pushing blobs":
 * absolute or relative, the query must be kept). `URL` drops a default port, so `host:443` and `host` are the same place.
 * @throws PushboatError REDIRECT_REFUSED from https to http and to link-local addresses, PROTOCOL_ERROR when it is missing or not an http(s) address.
 */
export function resolveLocation(header: string | undefined, base: URL, registry: string): URL {
  const url = header === undefined || header === '' ? undefined : URL.parse(header, base.href);
  if (url === undefined || url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    const what = url === undefined ? 'gave no address to continue at' : 'gave an address that cannot be used';
    throw new PushboatError('PROTOCOL_ERROR', `The registry ${registry} ${what} (Location).`, {
      registry,
      detail: header ? shownText(header) : undefined,
      hint: 'check-address',
    });
  }
  if (base.protocol === 'https:' && url.protocol === 'http:') {
    throw new PushboatError(
      'REDIRECT_REFUSED',
      `The registry ${registry} points from HTTPS to plain HTTP, which is not followed.`,
      {
        registry,
        detail: `${base.host} → ${url.protocol}//${url.host}; ${HOW_TO_SAY_HTTPS}`,
        hint: 'ask-owner',
      },
    );
  }
  if (isLinkLocal(url) && url.hostname !== base.hostname) {
    const message = `The registry ${registry} points to a link-local address, which is not followed.`;
    const detail = `${base.host} → ${url.protocol}//${url.host}; only this computer can reach that, and it may hold its secrets`;
    throw new PushboatError('REDIRECT_REFUSED', message, { registry, detail });
  }
  // Who terminates TLS told the registry of https, but on this very port plain HTTP has just been spoken.
  if (base.protocol === 'http:' && url.protocol === 'https:' && url.port !== '' && url.host === base.host) {
    url.protocol = 'http:';
  }
  // User info in an address would be a login from the other side.
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

/**
 * Where an upload goes on: at the registry itself, as it is reached, where it only does not know its own address.
 * @throws PushboatError as `resolveLocation`
 */
export function resolveUpload(header: string | undefined, base: URL, registry: string): URL {
  return resolveLocation(mistakenSelf(header, base)?.address ?? header, base, registry);
}

/**
 * What a registry gives as its own address where something in front of it ends TLS and does not say so, or does not pass on the port that it
 * was asked at (https://github.com/distribution/distribution/issues/479, 996, 2862). Undefined for every other place.
 * @returns the address as it is reached, and which part of it the registry does not know; none where it only left the scheme out.
 */
export function mistakenSelf(
  header: string | undefined,
  base: URL,
): { address: string; unknown: 'port' | 'scheme' | undefined } | undefined {
  // Without a scheme it would be read as a path, or its host as a scheme.
  const isBare = [base.host, base.hostname].some((host) => header?.startsWith(`${host}/`));
  const url = URL.parse(isBare ? `${base.protocol}//${header}` : (header ?? ''), base.href);
  if (url?.hostname !== base.hostname) return undefined;
  if (isBare) return { address: base.origin + url.pathname + url.search, unknown: undefined };
  const unknown = base.protocol === 'https:' && url.protocol === 'http:' ? 'scheme' : 'port';
  if (unknown === 'port' && (url.protocol !== base.protocol || url.port !== '' || base.port === '')) return undefined;
  // What listens at another port is the registry only where it has its paths: a storage is another service.
  const isOwnPort = unknown === 'scheme' && ['', '443', base.port].includes(url.port);
  if (!isOwnPort && !url.pathname.startsWith('/v2/')) return undefined;
  return { address: base.origin + url.pathname + url.search, unknown };
}

/** `location` with the digest added; the registry's own query stays byte for byte as it was. */
export function withDigest(location: string, digest: string): URL {
  return new URL(`${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`);
}

/**
 * Whether `url` is the place that `asked` is, so that it may have what belongs to that (Authorization, forms), and its challenges
 * are believed: same scheme, host and port, or the same name by https where http was asked. There the login went in the clear.
 */
export function isSamePlace(url: URL, asked: URL): boolean {
  if (url.protocol === asked.protocol) return url.host === asked.host;
  return asked.protocol === 'http:' && url.protocol === 'https:' && url.hostname === asked.hostname;
}
