import type { ErrorCode } from '../../../shared/error-codes.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { registryApiHost } from '../../../shared/reference.ts';
import { errorCode } from '../http/network-error.ts';
import type { HttpTransport, TransportRequest } from '../http/transport.ts';

/** Of a place that nobody has reached yet. */
const NOBODY_THERE: readonly ErrorCode[] = ['DNS_FAILED', 'HOST_UNREACHABLE'];

/** A question whether something is there needs no trust in the storage, and no patience with it: it can be done without. */
const NO_USE_TO_ASK: readonly ErrorCode[] = [
  ...NOBODY_THERE,
  'CONNECTION_LOST',
  'PLAIN_HTTP_REFUSED',
  'TIMEOUT',
  'TLS_FAILED',
  'TLS_UNTRUSTED',
];

/** A request that did not arrive. */
interface LostRequest {
  transport: HttpTransport;
  request: TransportRequest;
  registry: string;
  /** Its address came with a redirect. */
  isRedirected: boolean;
}

/**
 * What a request failed with, in words that say whose word its address is: nobody has typed that of a token server, nor one that a
 * registry leads to. Other failures, and those of the registry's own host or of one that has answered, stay as they are.
 */
export function byWhoseWord(error: unknown, { transport, request, registry, isRedirected }: LostRequest): unknown {
  const { url, isTokenServer } = request;
  const isOwn = url.host === URL.parse(`${url.protocol}//${registryApiHost(registry)}`)?.host;
  if (isOwn || !(error instanceof PushboatError) || transport.hasAnswered(url.host)) return error;
  return isTokenServer && !isRedirected ? namedForTokens(error, url, registry) : ledThere(error, request, registry);
}

/** Its code stays: the server that gives the tokens is waited for like the registry. */
function namedForTokens(error: PushboatError, url: URL, registry: string): PushboatError {
  const { code, facts, hint, cause } = error;
  if (!NOBODY_THERE.includes(code)) return error;
  const message = `The registry ${registry} names ${url.host} for its tokens, which cannot be reached from here: ${reason(error)}.`;
  return new PushboatError(code, message, { ...facts, hint: code === 'DNS_FAILED' ? 'ask-owner' : hint, cause });
}

/**
 * A registry behind a proxy that does not tell it its name gives addresses that only its own network knows
 * (https://github.com/containers/skopeo/issues/2055). Nobody there has answered before, so it is not waited for.
 */
function ledThere(error: PushboatError, { url, method }: TransportRequest, registry: string): PushboatError {
  const isOne = (method === 'HEAD' ? NO_USE_TO_ASK : NOBODY_THERE).includes(error.code) || isUnconnected(error);
  if (!isOne) return error;
  const message = `The registry ${registry} leads to ${url.host}, which cannot be reached from here: ${reason(error)}.`;
  return new PushboatError('PROTOCOL_ERROR', message, {
    ...error.facts,
    detail: `${registry} → ${url.origin}; a proxy in front of the registry may not forward its name (Host, X-Forwarded-Host)`,
    hint: 'ask-owner',
    cause: error,
  });
}

/** A firewall drops what goes to an address of another network, and nobody refuses it. */
function isUnconnected({ cause }: PushboatError): boolean {
  return ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'].includes(errorCode(cause));
}

/** Without its full stop: it ends a sentence. */
function reason({ facts, message }: PushboatError): string {
  return (facts.detail ?? message).replace(/\.+$/, '');
}
