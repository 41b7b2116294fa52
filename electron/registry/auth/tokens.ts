import { z } from 'zod';
import { PushboatError } from '../../../shared/errors.ts';
import { withLowerKeys } from '../../../shared/json.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import type { Login } from '../../../shared/logins.ts';
import { originText } from '../../../shared/logins.ts';
import { registryApiHost } from '../../../shared/reference.ts';
import { isLoopbackRegistry } from '../../../shared/registry-policy.ts';
import { isAnothers } from '../answers/blockers.ts';
import { sendFollowing } from '../answers/redirects.ts';
import { withRetryAfter } from '../answers/retry.ts';
import { statusError } from '../answers/status-error.ts';
import { isLinkLocal, isLoopback } from '../http/addresses.ts';
import { shownText } from '../http/redact.ts';
import { type ApiResponse, jsonOf } from '../http/response.ts';
import type { HttpTransport, TransportRequest } from '../http/transport.ts';
import type { Challenge } from './challenge.ts';

/** Who gives the tokens of a registry, by its own word (distribution, "Token Authentication Specification"). */
export interface TokenServer {
  realm: string;
  service: string;
}

/** What is remembered of a registry's token server, so that a push need not be refused first. */
export interface TokenServerMemory {
  tokenServer(registry: string): TokenServer | undefined;
  saveTokenServer(registry: string, server: TokenServer): void;
  removeTokenServer(registry: string): void;
}

/**
 * A 401 to a body that was being streamed, with a token that was good before. The token is forgotten: whoever owns the body asks the
 * registry how much it has and sends the rest. The code is CONNECTION_LOST because the same way leads on.
 */
export class TokenExpiredError extends PushboatError {
  constructor(registry: string) {
    super('CONNECTION_LOST', `The token for ${registry} ended in the middle of an upload.`, {
      registry,
      detail: 'token expired',
      hint: 'retry',
    });
  }
}

const CLIENT_ID = 'pushboat';

/** Seconds that a token lives when the server does not say (distribution, "Token Authentication Specification"). */
const DEFAULT_EXPIRES_IN = 60;

/** A token is renewed this many milliseconds before it ends, or when a quarter of its life is left. */
const RENEW_BEFORE = 10_000;

/** Answers to POST from servers that know GET only: GCR 404, Artifactory 401, ACR 400, others 405. */
const NO_POST = new Set([400, 401, 404, 405]);

const tokenSchema = lazySchema(() =>
  z.object({
    token: z.string().optional().catch(undefined),
    access_token: z.string().optional().catch(undefined),
    expires_in: z.coerce.number().positive().optional().catch(undefined),
  }),
);

export interface TokenRequest {
  transport: HttpTransport;
  registry: string;
  repository: string | undefined;
  challenge: Challenge;
  /** `repository:NAME:pull,push`, …; none for a login check. */
  scopes: readonly string[];
  login: Login | undefined;
  /** The registry itself is reached over plain HTTP, so its token server may be, too. */
  plainHttp: boolean;
  signal: AbortSignal;
}

export interface Token {
  value: string;
  /** `Date.now()` from which a new one is due. */
  renewAt: number;
}

/**
 * Asks the token server that the challenge names, once.
 * @throws PushboatError UNAUTHORIZED or DENIED in the server's words, PROTOCOL_ERROR, PLAIN_HTTP_REFUSED, and the network's.
 */
export async function fetchToken(request: TokenRequest): Promise<Token> {
  const realm = realmOf(request);
  const asked = Date.now();
  const response =
    request.login?.identityToken === undefined
      ? await byPassword(request, realm)
      : await byIdentityToken(request, realm, request.login.identityToken);
  return readToken(request, realm, response, asked);
}

async function byPassword(request: TokenRequest, realm: URL): Promise<ApiResponse> {
  const { login } = request;
  const response = await get(request, realm, login?.username, login?.password);
  if (response.status !== 405 || !login) return response;
  return post(request, realm, { grant_type: 'password', username: login.username, password: login.password });
}

async function byIdentityToken(request: TokenRequest, realm: URL, identityToken: string): Promise<ApiResponse> {
  const response = await post(request, realm, { grant_type: 'refresh_token', refresh_token: identityToken });
  return NO_POST.has(response.status) ? get(request, realm, request.login?.username, identityToken) : response;
}

function get(
  request: TokenRequest,
  realm: URL,
  username: string | undefined,
  secret: string | undefined,
): Promise<ApiResponse> {
  const url = new URL(realm);
  const { service } = request.challenge.parameters;
  if (service) url.searchParams.set('service', service);
  for (const scope of request.scopes) url.searchParams.append('scope', scope);
  if (username) url.searchParams.set('account', username);
  const headers =
    username === undefined || secret === undefined ? {} : { authorization: basicHeader(username, secret) };
  return send(request, { method: 'GET', url, headers: { accept: 'application/json', ...headers } });
}

function post(request: TokenRequest, realm: URL, grant: Record<string, string>): Promise<ApiResponse> {
  const { service } = request.challenge.parameters;
  const form = new URLSearchParams({ ...grant, client_id: CLIENT_ID, ...(service ? { service } : {}) });
  if (request.scopes.length > 0) form.set('scope', request.scopes.join(' '));
  return send(request, {
    method: 'POST',
    url: realm,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
    secretBody: true,
  });
}

function send({ transport, registry, signal }: TokenRequest, request: TransportRequest): Promise<ApiResponse> {
  return sendFollowing(transport, { ...request, isTokenServer: true, signal }, registry);
}

/** `Basic` with user name and secret (RFC 7617), as UTF-8. */
export function basicHeader(username: string, secret: string): string {
  return `Basic ${Buffer.from(`${username}:${secret}`, 'utf8').toString('base64')}`;
}

/** The login as it may appear in an error. */
export function loginFact(login: Login | undefined): { username: string; origin: string } | null {
  return login ? { username: login.username, origin: originText(login.origin) } : null;
}

/**
 * A token server behind plain HTTP would get the password in the clear, so only a plain-HTTP registry, or one on this computer, may
 * name one. And only a registry on this computer may name one there: to others this computer's own services are none of their business.
 */
function realmOf({ challenge, registry, plainHttp }: TokenRequest): URL {
  const realm = URL.parse(challenge.parameters.realm ?? '');
  const near = isLoopbackRegistry(registryApiHost(registry));
  if (realm && ((isLoopback(realm) && !near) || isLeadingAside(realm, registry))) {
    const message = `The registry ${registry} wants the login sent to ${realm.host}, an address of this computer or its local wire.`;
    throw new PushboatError('REDIRECT_REFUSED', message, { registry, detail: `the token server is ${realm.origin}` });
  }
  if (realm?.protocol === 'https:') return realm;
  const own = realm && !plainHttp && withOwnTls(realm, registry, near);
  if (own) return own;
  if (realm?.protocol === 'http:' && (plainHttp || (near && isLoopback(realm)))) return realm;
  if (realm?.protocol === 'http:') {
    throw new PushboatError(
      'PLAIN_HTTP_REFUSED',
      `The registry ${registry} wants the login sent over plain HTTP to ${realm.host}.`,
      {
        registry,
        detail: `the token server is ${realm.protocol}//${realm.host}`,
        hint: 'use-plain-http',
      },
    );
  }
  throw new PushboatError('PROTOCOL_ERROR', `The registry ${registry} names no usable token server (realm).`, {
    registry,
    detail: shownText(challenge.parameters.realm ?? '') || undefined,
    hint: 'check-address',
  });
}

/**
 * The registry itself, by its own TLS, where it names itself by http: what ends TLS before it does not tell it so (X-Forwarded-Proto). Other
 * clients send the login in the clear then, and are led back to https.
 */
function withOwnTls(realm: URL, registry: string, near: boolean): URL | undefined {
  const own = apiUrl(registry);
  const isOwnPort = realm.port === own?.port || (realm.port === '' && !near);
  if (realm.protocol !== 'http:' || realm.hostname !== own?.hostname || !isOwnPort) return undefined;
  return new URL(own.origin + realm.pathname + realm.search);
}

/** Where the registry itself is, by TLS. */
function apiUrl(registry: string): URL | null {
  return URL.parse(`https://${registryApiHost(registry)}`);
}

function isLeadingAside(realm: URL, registry: string): boolean {
  return isLinkLocal(realm) && realm.hostname !== apiUrl(registry)?.hostname;
}

function readToken(request: TokenRequest, realm: URL, response: ApiResponse, asked: number): Token {
  const { registry, repository, login } = request;
  const context = { registry, asked: realm, repository, what: 'give a token', login: loginFact(login) };
  const isSuccess = response.status >= 200 && response.status < 300;
  if (!isSuccess || isAnothers(response)) throw withRetryAfter(statusError(response, context), response);
  const parsed = tokenSchema.safeParse(withLowerKeys(jsonOf(response)));
  const value = (parsed.data?.token || parsed.data?.access_token)?.trim();
  if (!value || /[^\x21-\x7e]/.test(value)) {
    throw new PushboatError('PROTOCOL_ERROR', `The token server of ${registry} answered without a token.`, {
      registry,
      hint: 'check-address',
    });
  }
  const life = Math.max(1, parsed.data?.expires_in ?? DEFAULT_EXPIRES_IN) * 1000;
  return { value, renewAt: asked + life - Math.min(RENEW_BEFORE, life / 4) };
}

/** A token for the registry that somebody else got, as `registrytoken` of an auth file: no token server is asked. */
export function ownToken(login: Login | undefined): Token | undefined {
  const value = login?.registryToken;
  return value === undefined ? undefined : { value, renewAt: Number.POSITIVE_INFINITY };
}
