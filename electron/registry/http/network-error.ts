import { errors as undici } from 'undici';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import type { CertificateFacts } from '../../../shared/error-data.ts';
import { messageOf, PushboatError } from '../../../shared/errors.ts';
import type { HintKey } from '../../../shared/hints.ts';
import { type ProxyUrl, proxyText } from '../../../shared/proxy-url.ts';
import { ProxyError } from './proxy.ts';
import { shownText } from './redact.ts';
import { NETWORK_LOGIN } from './response.ts';

/** No progress within a limit of ours. */
export class WaitTimeoutError extends Error {
  readonly code = 'PUSHBOAT_WAIT_TIMEOUT';
}

/** The certificate is not the one that the person pinned. */
export class PinMismatchError extends Error {
  readonly code = 'PUSHBOAT_PIN_MISMATCH';
  readonly certificate: CertificateFacts | undefined;

  constructor(certificate: CertificateFacts | undefined) {
    super('the certificate is not the one that was set for this registry');
    this.certificate = certificate;
  }
}

export interface Meaning {
  code: ErrorCode;
  hint?: HintKey;
  /** Completes "host …". */
  happened: string;
}

const CONNECTION_LOST: Meaning = { code: 'CONNECTION_LOST', hint: 'retry', happened: 'broke the connection' };
const UNREACHABLE: Meaning = { code: 'HOST_UNREACHABLE', hint: 'check-network', happened: 'cannot be reached' };
const REFUSED: Meaning = { code: 'HOST_UNREACHABLE', hint: 'check-address', happened: 'refused the connection' };
const DNS_UNKNOWN: Meaning = {
  code: 'DNS_FAILED',
  hint: 'check-address',
  happened: 'has no address: the name cannot be resolved',
};
const DNS_DOWN: Meaning = { code: 'DNS_FAILED', hint: 'check-network', happened: 'cannot be looked up now' };
const TIMEOUT: Meaning = { code: 'TIMEOUT', hint: 'check-network', happened: 'did not answer in time' };
const UNTRUSTED: Meaning = {
  code: 'TLS_UNTRUSTED',
  hint: 'trust-certificate',
  happened: 'showed a certificate that is not trusted',
};
const PLAIN: Meaning = {
  code: 'PLAIN_HTTP_REFUSED',
  hint: 'use-plain-http',
  happened: 'does not speak HTTPS; it may speak plain HTTP',
};
const TLS: Meaning = { code: 'TLS_FAILED', hint: 'check-address', happened: 'failed in the TLS handshake' };
const OLD_TLS: Meaning = {
  code: 'TLS_FAILED',
  hint: 'ask-owner',
  happened: 'offers no TLS of version 1.2 or newer, and older ones are not safe',
};
const TLS_REFUSED: Meaning = { code: 'TLS_FAILED', hint: 'ask-owner', happened: 'refused the TLS connection' };
const CLIENT_CERTIFICATE: Meaning = {
  code: 'TLS_FAILED',
  hint: 'client-certificate',
  happened: 'wants a client certificate, or another one',
};
const LINK_LOCAL: Meaning = { code: 'REDIRECT_REFUSED', happened: 'was named by the registry and is not asked' };
const PROTOCOL: Meaning = {
  code: 'PROTOCOL_ERROR',
  hint: 'check-address',
  happened: 'did not answer as HTTP requires',
};
const BROKEN: Meaning = { ...PROTOCOL, hint: 'ask-owner' };
const CANCELLED: Meaning = { code: 'CANCELLED', hint: 'retry', happened: 'was no longer needed' };

const BY_CODE: Readonly<Record<string, Meaning>> = {
  ECONNABORTED: CONNECTION_LOST,
  ECONNRESET: CONNECTION_LOST,
  ENOTCONN: CONNECTION_LOST,
  EPIPE: CONNECTION_LOST,
  UND_ERR_INFO: CONNECTION_LOST,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: CONNECTION_LOST,
  UND_ERR_SOCKET: CONNECTION_LOST,

  EADDRNOTAVAIL: UNREACHABLE,
  EHOSTDOWN: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETDOWN: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ECONNREFUSED: REFUSED,

  ENODATA: DNS_UNKNOWN,
  ENOTFOUND: DNS_UNKNOWN,
  EAI_AGAIN: DNS_DOWN,
  EAI_FAIL: DNS_DOWN,

  ETIMEDOUT: TIMEOUT,
  PUSHBOAT_WAIT_TIMEOUT: TIMEOUT,
  UND_ERR_BODY_TIMEOUT: TIMEOUT,
  UND_ERR_CONNECT_TIMEOUT: TIMEOUT,
  UND_ERR_HEADERS_TIMEOUT: TIMEOUT,

  CERT_CHAIN_TOO_LONG: UNTRUSTED,
  CERT_HAS_EXPIRED: UNTRUSTED,
  CERT_NOT_YET_VALID: UNTRUSTED,
  CERT_REJECTED: UNTRUSTED,
  CERT_REVOKED: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: UNTRUSTED,
  HOSTNAME_MISMATCH: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
  INVALID_PURPOSE: UNTRUSTED,
  PATH_LENGTH_EXCEEDED: UNTRUSTED,
  PUSHBOAT_PIN_MISMATCH: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  // What Node has no code for: keys and signatures that are too weak, names that an authority may not certify.
  UNSPECIFIED: UNTRUSTED,

  UND_ERR_ABORT: CANCELLED,
  UND_ERR_ABORTED: CANCELLED,
  UND_ERR_CLOSED: CANCELLED,
  UND_ERR_DESTROYED: CANCELLED,
  ABORT_ERR: CANCELLED,

  PUSHBOAT_LINK_LOCAL: LINK_LOCAL,

  PUSHBOAT_BROKEN_RESPONSE: BROKEN,
  UND_ERR_HEADERS_OVERFLOW: BROKEN,
};

/** What OpenSSL and BoringSSL say when the other side's first bytes are not TLS. */
const NOT_TLS = /wrong.version.number|packet.length.too.long|http.request|record layer failure|unknown.protocol/i;

const OLD = /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/;

/** The other side's own word that no connection is to be had, whatever is asked for (RFC 8446, 6.2). */
const REFUSED_TLS = /ALERT_(?:HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY|INTERNAL_ERROR|ACCESS_DENIED|NO_RENEGOTIATION)/;

/** What the other side says of the certificate that it was shown, or not (RFC 8446, 6.2). */
const ABOUT_OURS =
  /ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED)|UNSUPPORTED_CERTIFICATE)/i;

/**
 * A failure below HTTP as the error that it means. A PushboatError (from the body's source, or the reason of an abort) passes as it is.
 * @param host as people know it: `host[:port]`.
 * @param proxy that the connection goes through.
 */
export function networkError(thrown: unknown, host: string, registry: string, proxy?: ProxyUrl): PushboatError {
  if (thrown instanceof PushboatError) return thrown;
  const root = rootCause(thrown);
  if (root instanceof undici.RequestContentLengthMismatchError) {
    return new PushboatError('BLOB_SIZE_MISMATCH', 'The local content is longer or shorter than its descriptor says.', {
      registry,
      hint: 'check-layout',
      cause: thrown,
    });
  }
  if (root instanceof ProxyError) return proxyFailure(root, host, registry);
  const { code, hint, happened } = meaning(root);
  if (code === 'CANCELLED') return new PushboatError('CANCELLED', 'The work was cancelled.', { registry });
  const detail = shownText(words(root));
  return new PushboatError(
    code,
    `${host} ${happened}${proxy ? `, asked through the proxy ${proxyText(proxy)}` : ''}: ${detail}.`.replace(
      /\.+$/,
      '.',
    ),
    {
      registry,
      detail,
      hint,
      certificate: root instanceof PinMismatchError && root.certificate ? root.certificate : undefined,
      cause: thrown,
    },
  );
}

/** A proxy that does not connect, and what helps. */
function proxyFailure(error: ProxyError, host: string, registry: string): PushboatError {
  const detail = shownText(error.message);
  const facts = { registry, detail, status: error.status, cause: error };
  const message = `The proxy ${proxyText(error.proxy)} ${detail}.`;
  switch (error.fault) {
    case 'login':
      return new PushboatError('PROXY_UNAUTHORIZED', message, { ...facts, hint: 'proxy-login' });
    case 'host-unreachable':
      // It may pass, as where the host itself cannot be reached: a status would count as one of the registry's.
      return new PushboatError(
        'HOST_UNREACHABLE',
        `${host} cannot be reached: the proxy ${proxyText(error.proxy)} ${detail}.`,
        {
          ...facts,
          status: undefined,
          hint: 'check-address',
        },
      );
    default:
      return new PushboatError('PROXY_FAILED', message, {
        ...facts,
        hint: error.status === NETWORK_LOGIN ? 'sign-in-to-network' : 'check-proxy',
      });
  }
}

/** Whether an error is known to come from the network rather than, say, from a disk. */
export function isNetworkError(error: unknown): boolean {
  return BY_CODE[errorCode(error)] !== undefined || /^(?:UND_ERR_|HPE_|ERR_(?:SSL|TLS|OSSL)_)/.test(errorCode(error));
}

/** The system's or library's own code of an error: `ECONNRESET`, `UND_ERR_SOCKET`, `CERT_HAS_EXPIRED`. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

function meaning(error: unknown): Meaning {
  const code = errorCode(error);
  const known = BY_CODE[code];
  if (known) return known;
  if (error instanceof Error && error.name === 'AbortError') return CANCELLED;
  if (ABOUT_OURS.test(code)) return CLIENT_CERTIFICATE;
  if (OLD.test(code)) return OLD_TLS;
  if (REFUSED_TLS.test(code)) return TLS_REFUSED;
  if (code === 'EPROTO' || /^ERR_(?:SSL|TLS|OSSL)_/.test(code))
    return NOT_TLS.test(`${code} ${String(error)}`) ? PLAIN : TLS;
  // What does not begin as HTTP is something else, most likely at a wrong address.
  if (error instanceof undici.HTTPParserError) return /Expected HTTP/.test(error.message) ? PROTOCOL : BROKEN;
  if (code.startsWith('HPE_')) return PROTOCOL;
  if (code.startsWith('EAI_')) return DNS_DOWN;
  return CONNECTION_LOST;
}

/** Several addresses of one host that all failed come as one AggregateError; the first says enough. */
function rootCause(error: unknown): unknown {
  if (error instanceof AggregateError && errorCode(error) !== 'ETIMEDOUT' && error.errors.length > 0)
    return rootCause(error.errors[0]);
  return error;
}

function words(error: unknown): string {
  const message = messageOf(error);
  const forOthers = otherNames(error);
  if (forOthers !== undefined) return forOthers;
  // OpenSSL's own words do not say that the registry may be the one to blame.
  if (errorCode(error) === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    return 'unable to verify the first certificate: it leads to no authority that is known here, or the registry does not send the certificates in between';
  if (errorCode(error) === 'CERT_NOT_YET_VALID')
    return 'certificate is not yet valid, or the clock of this computer is slow';
  // OpenSSL's messages are `id:error:code:library:function:reason:file:line:`; people want the reason.
  const reason = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/i.exec(message)?.[1];
  // Node adds advice for its own command line, which is not ours.
  return (
    reason ??
    (message.replace(/; if the root CA is installed locally,.*$/s, '') || errorCode(error) || 'unknown failure')
  );
}

/** Which names a certificate has when it lacks that of the registry; Node tells only those of the kind that was asked for. */
function otherNames(error: unknown): string | undefined {
  if (errorCode(error) !== 'ERR_TLS_CERT_ALTNAME_INVALID') return undefined;
  const { host, cert } = error as { host?: string; cert?: { subjectaltname?: string } };
  if (host === undefined) return undefined;
  const names = cert?.subjectaltname;
  return names ? `it is not for ${host}, but for ${names}` : `it is not for ${host}: it names no host (subjectAltName)`;
}
