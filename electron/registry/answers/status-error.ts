import type { ErrorFacts } from '../../../shared/errors.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { Meaning } from '../http/network-error.ts';
import { shownText } from '../http/redact.ts';
import { type ApiResponse, isWebPage, NETWORK_LOGIN } from '../http/response.ts';
import { registryErrors, responseDetail } from './answer-words.ts';
import { blockedBy } from './blockers.ts';
import { lastingReason } from './lasting-refusal.ts';
import { isSamePlace } from './location.ts';

/** What was asked for, for the message and the facts. */
export interface RequestContext {
  registry: string;
  /** Who was asked. Another place that answers, after a redirect or a `Location`, asks for no login and judges none. */
  asked?: URL;
  repository?: string | undefined;
  /** Verb and object as in "The registry X refused to <what>": `open an upload in team/app`. */
  what: string;
  /** What 405 Method Not Allowed says of the registry. */
  ifNotAllowed?: string | undefined;
  /** What was said outside of the answer's body, which may be empty. */
  said?: string | undefined;
  /** The login that was used; null when none was. */
  login?: ErrorFacts['login'];
}

/** Statuses that proxies give with a web page of their own, and that mean what they say all the same. */
const PROXY_STATUSES = new Set([401, 403, 408, 413, 429]);

/** The answer as the error that it means, for any endpoint. */
export function statusError(response: ApiResponse, context: RequestContext): PushboatError {
  const entries = registryErrors(response);
  const detail = responseDetail(response) ?? context.said;
  const { code, hint, happened } =
    blocked(response, context) ??
    lasting(response, context, detail) ??
    clientCertificate(response, detail) ??
    misnamed(response, context, detail) ??
    meaning(response, context, new Set(entries.map((entry) => entry.code)));
  // The sentence stays readable; the facts have all of it.
  const said = detail === undefined ? '' : `: ${shownText(detail)}`;
  return new PushboatError(
    code,
    `The registry ${context.registry} ${happened} (${statusText(response.status)})${said}.`.replace(/\.+$/, '.'),
    {
      registry: context.registry,
      repository: context.repository,
      status: response.status,
      registryErrors: entries.length > 0 ? entries : undefined,
      detail,
      login: code === 'UNAUTHORIZED' || code === 'DENIED' ? (context.login ?? null) : undefined,
      hint,
    },
  );
}

/** RFC 9110, 15. Node's own table is a part of node:http, whose ES module loads a whole second HTTP client: 20 ms at every start. */
const STATUS_TEXT: Record<number, string> = {
  301: 'Moved Permanently',
  302: 'Found',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  422: 'Unprocessable Entity',
  423: 'Locked',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  499: 'Client Closed Request',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  511: 'Network Authentication Required',
  520: 'Unknown Error',
  521: 'Web Server Is Down',
  522: 'Connection Timed Out',
  523: 'Origin Is Unreachable',
  524: 'Origin Timed Out',
  525: 'Handshake Failed',
  529: 'Site Is Overloaded',
  530: 'Origin Is Unreachable',
};

/** `503 Service Unavailable`. */
export function statusText(status: number): string {
  return `${status} ${STATUS_TEXT[status] ?? ''}`.trim();
}

function meaning(response: ApiResponse, context: RequestContext, codes: ReadonlySet<string>): Meaning {
  const { status } = response;
  const refused = `refused to ${context.what}`;
  if (status < 500 && !PROXY_STATUSES.has(status) && isWebPage(response)) {
    return {
      code: 'PROTOCOL_ERROR',
      // A captive portal answers as if all were well.
      hint: status < 400 ? 'check-page' : 'check-address',
      happened: 'answered with a web page instead of the registry API',
    };
  }
  if (status < 400) {
    return {
      code: 'PROTOCOL_ERROR',
      hint: 'check-address',
      happened: `gave an unexpected answer when asked to ${context.what}`,
    };
  }
  if (context.asked && (status === 401 || status === 403) && !isSamePlace(response.url, context.asked)) {
    // A storage has paths of its own; a registry that moved keeps them.
    const hint = response.url.pathname.startsWith('/v2/') ? 'push-there' : 'ask-owner';
    return { code: 'REGISTRY_ERROR', hint, happened: `sent the request on to ${response.url.host}, which refused it` };
  }
  if (status === 403 || codes.has('DENIED')) return denied(context, refused);
  if (codes.has('DIGEST_INVALID'))
    return { code: 'DIGEST_MISMATCH', hint: 'retry', happened: 'got bytes that do not have the digest' };
  switch (status) {
    case 401:
      return context.login
        ? notAccepted(context.login.username)
        : { code: 'UNAUTHORIZED', hint: 'add-login', happened: `asks for a login to ${context.what}` };
    case 404:
      return notFound(context, codes, refused);
    case 405:
      return { code: 'REGISTRY_ERROR', hint: 'ask-owner', happened: context.ifNotAllowed ?? refused };
    case 408:
      return { code: 'TIMEOUT', hint: 'retry', happened: `gave up waiting when asked to ${context.what}` };
    case 413:
      return LIMITED;
    case 499:
      return { code: 'REGISTRY_UNAVAILABLE', hint: 'retry-later', happened: `failed to ${context.what}` };
    case 429:
      return { code: 'RATE_LIMITED', hint: 'retry-later', happened: 'limits how many requests it takes' };
    case NETWORK_LOGIN: {
      const happened = 'cannot be reached before somebody signs in to this network';
      return { code: 'HOST_UNREACHABLE', hint: 'sign-in-to-network', happened };
    }
    default:
      return status >= 500
        ? { code: 'REGISTRY_UNAVAILABLE', hint: 'retry-later', happened: `failed to ${context.what}` }
        : { code: 'REGISTRY_ERROR', happened: refused };
  }
}

/** Whoever refuses on the way to the registry is no registry, and asks for no login of it. */
function blocked(response: ApiResponse, { what, asked }: RequestContext): Meaning | undefined {
  if (asked && !isSamePlace(response.url, asked)) return undefined;
  const name = blockedBy(response);
  if (name === undefined) return undefined;
  const happened = `was not reached: ${name}, on the way to it, refused to ${what}`;
  return { code: 'HOST_UNREACHABLE', hint: 'ask-gatekeeper', happened };
}

/** What no waiting and no other login mends keeps its reason, and is not tried again. */
function lasting(
  { status }: ApiResponse,
  { repository, what }: RequestContext,
  detail: string | undefined,
): Meaning | undefined {
  switch (lastingReason(status, detail ?? '')) {
    case 'quota':
      return {
        code: 'QUOTA_EXCEEDED',
        hint: 'ask-owner',
        happened: `has no room left for ${repository ?? 'this'}`,
      };
    case 'immutable':
    case 'rule':
      return { code: 'REGISTRY_ERROR', hint: 'ask-owner', happened: `refused to ${what}` };
    default:
      return undefined;
  }
}

/**
 * nginx asks who connects, and says with a web page that it does not know.
 * https://nginx.org/en/docs/http/ngx_http_ssl_module.html#errors
 */
function clientCertificate({ status }: ApiResponse, detail = ''): Meaning | undefined {
  if (status !== 400 || !/SSL certificate (?:was sent|error)/.test(detail)) return undefined;
  const happened = /was sent/.test(detail) ? 'wants a client certificate' : 'does not take the client certificate';
  return { code: 'TLS_FAILED', hint: 'client-certificate', happened };
}

/** `unauthorized: project nope not found`: Harbor says so to whoever has logged in. Others say it with 404 and without the usual code. */
const NOT_THERE =
  /\b(?:project|repository|namespace|organization)\b[^.;:]{0,200}\b(?:(?:is |was |could )?not (?:be )?found|(?:does not|doesn['’]t) exist)\b/i;

/** Tokens and passwords that last some hours are refused in many ways when they have ended: ECR says 403, and ECR Public 400. */
const EXPIRED =
  /\b(?:token|credentials?|password|login|session)\b[^.;]{0,100}\bexpired\b|\bexpired (?:\w+ )?(?:token|credentials?|password)\b/i;

/** Whether an answer says that what the request was authorized with has ended. */
export function saysExpired(response: ApiResponse): boolean {
  return [400, 403].includes(response.status) && EXPIRED.test(responseDetail(response) ?? '');
}

/** A login that is not accepted, where a status or code says that it may not (Huawei, GitHub). */
const NOT_ACCEPTED =
  /\bauthenticat\w+ (?:error|failed|failure)\b|\bcannot be authenticated\b|\b(?:incorrect|invalid|wrong) (?:user ?name|password|credentials?)\b/i;

/** A right that is missing, where a status says that the login is not accepted (Harbor, Gitea). */
const LACKS_RIGHT = /\bunauthorized to access repository: [^;]{1,300}, action: \w+|\breqPackageAccess\b/i;

/** A size that a request may not have, in the words of Go's servers, S3, Azure and GitHub, which have other statuses for it. */
const TOO_LARGE =
  /\b(?:request|body|entity|payload|chunk|part)\b[^.;]{0,60}\b(?:too (?:large|big)|exceeds?\b[^.;]{0,60}\b(?:limit|maximum))|entity ?too ?large|request ?body ?too ?large/i;

/** What nginx says with 400 (https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers), and others. */
const HEADERS_TOO_LARGE = /\brequest header or cookie too large|\bheaders?\b[^.;]{0,40}\btoo (?:large|long|big)\b/i;

const LONG_LOGIN: Meaning = {
  code: 'REGISTRY_ERROR',
  hint: 'ask-owner',
  happened: 'or a proxy in front of it does not take headers as long as the token that was given for it',
};

const LIMITED: Meaning = {
  code: 'BLOB_TOO_LARGE',
  hint: 'limit-request-size',
  happened: 'or a proxy in front of it limits the size of a request',
};

/** Refusals whose words say something else than their status. */
function misnamed(response: ApiResponse, context: RequestContext, detail = ''): Meaning | undefined {
  const { status } = response;
  const { login, asked, repository } = context;
  if (asked && !isSamePlace(response.url, asked)) return undefined;
  if (login && [400, 401, 403].includes(status) && EXPIRED.test(detail)) return notAccepted(login.username);
  if (login && [401, 403].includes(status) && NOT_ACCEPTED.test(detail)) return notAccepted(login.username);
  if (login && status === 401 && LACKS_RIGHT.test(detail)) return denied(context, `refused to ${context.what}`);
  if (status === 431 || ([400, 413, 494].includes(status) && HEADERS_TOO_LARGE.test(detail))) return LONG_LOGIN;
  if ([400, 416, 422].includes(status) && TOO_LARGE.test(detail)) return LIMITED;
  const isUnknown = status === 404 || (login && [401, 403].includes(status));
  if (repository === undefined || !isUnknown || !NOT_THERE.test(detail) || /\bmay\b/.test(detail)) return undefined;
  return unknownRepository(repository);
}

function notAccepted(username: string): Meaning {
  return { code: 'UNAUTHORIZED', hint: 'use-another-login', happened: `did not accept the login of ${username}` };
}

function unknownRepository(repository = ''): Meaning {
  const happened = `has no repository ${repository}`.trimEnd();
  return { code: 'REPOSITORY_UNKNOWN', hint: 'create-repository', happened };
}

function denied({ login }: RequestContext, refused: string): Meaning {
  return login
    ? { code: 'DENIED', hint: 'check-account-rights', happened: `${refused} for the account ${login.username}` }
    : { code: 'DENIED', hint: 'add-login', happened: `${refused} without a login` };
}

function notFound({ repository }: RequestContext, codes: ReadonlySet<string>, refused: string): Meaning {
  if (codes.has('BLOB_UPLOAD_UNKNOWN'))
    return { code: 'UPLOAD_GONE', hint: 'retry', happened: 'no longer knows the upload' };
  if (codes.has('NAME_UNKNOWN')) return unknownRepository(repository);
  return { code: 'REGISTRY_ERROR', happened: refused };
}
