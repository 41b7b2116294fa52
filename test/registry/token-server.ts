import { randomBytes } from 'node:crypto';
import { json, type Reply, refuse } from './reply.ts';
import type { Exchange } from './routes.ts';

/** Who there is, and what they may do. */
export interface Accounts {
  basicUser(authorization: string | undefined): string | null | false;
  passwordFits(user: string, password: string): boolean;
  allows(user: string | null, repository: string, action: 'pull' | 'push'): boolean;
}

export interface TokenOptions {
  /** URL of the token endpoint; default: `/token` of this registry. */
  realm?: string | undefined;
  service?: string | undefined;
  /** The field that carries the token in the answer. Default `token`. */
  tokenField?: 'token' | 'access_token' | 'both' | undefined;
  /** Seconds a token is good for. Default 300. May be a fraction; the announced value is rounded up. */
  lifetime?: number | undefined;
  /** Requests that a token is good for, whatever it announces; default: any number. */
  uses?: number | undefined;
  /** Leaves `expires_in` out: clients must assume 60 s (distribution, "Token Authentication Specification"). */
  omitExpiresIn?: boolean | undefined;
  /** Answers POST (OAuth2) with this status instead of serving it: registries that only know GET. */
  refusePost?: 400 | 401 | 404 | 405 | undefined;
  /** Refresh (identity) tokens that are known from the start, with their users. */
  identityTokens?: Record<string, string> | undefined;
}

export interface Grant {
  /** Null: anonymous. */
  user: string | null;
  scopes: Map<string, Set<'pull' | 'push'>>;
  /** `Date.now()` at which it ends. */
  expires: number;
  /** Requests that it is good for. */
  uses: number;
}

/** The token endpoint of distribution's token (GET) and OAuth2 (POST) specifications. */
export class TokenServer {
  readonly #options: TokenOptions;
  readonly #accounts: Accounts;
  readonly #grants = new Map<string, Grant>();
  readonly #identities: Map<string, string>;

  constructor(options: TokenOptions, accounts: Accounts) {
    this.#options = options;
    this.#accounts = accounts;
    this.#identities = new Map(Object.entries(options.identityTokens ?? {}));
  }

  /** How many tokens were given out. */
  issued = 0;

  find(token: string): Grant | undefined {
    const grant = this.#grants.get(token);
    if (!grant || grant.expires <= Date.now() || grant.uses === 0) return undefined;
    grant.uses -= 1;
    return grant;
  }

  /** Every token given out so far stops working. */
  revokeAll(): void {
    this.#grants.clear();
  }

  async handle(exchange: Exchange): Promise<Reply> {
    if (exchange.method === 'GET') return this.#get(exchange);
    if (exchange.method === 'POST') return this.#post(exchange);
    return refuse(405, 'UNSUPPORTED', 'the operation is unsupported', { allow: 'GET, POST' });
  }

  #get(exchange: Exchange): Reply {
    const user = this.#accounts.basicUser(exchange.headers.authorization);
    if (user === false) return refuse(401, 'UNAUTHORIZED', 'incorrect username or password');
    const query = exchange.url.searchParams;
    const offline = query.get('offline_token') === 'true';
    return this.#issue(user, query.getAll('scope'), offline && user !== null ? this.#identity(user) : undefined);
  }

  async #post(exchange: Exchange): Promise<Reply> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of exchange.body) chunks.push(chunk);
    if (this.#options.refusePost) return refuse(this.#options.refusePost, 'UNSUPPORTED', 'OAuth2 is not supported');
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    if (!form.get('client_id'))
      return json(400, { error: 'invalid_request', error_description: 'client_id is missing' });
    const user = this.#oauthUser(form);
    if (user === undefined)
      return json(401, { error: 'invalid_grant', error_description: 'incorrect username or password' });
    const refresh =
      form.get('refresh_token') ?? (form.get('access_type') === 'offline' ? this.#identity(user) : undefined);
    return this.#issue(user, form.getAll('scope'), refresh);
  }

  #oauthUser(form: URLSearchParams): string | undefined {
    if (form.get('grant_type') === 'refresh_token') return this.#identities.get(form.get('refresh_token') ?? '');
    const user = form.get('username') ?? '';
    const fits = form.get('grant_type') === 'password' && this.#accounts.passwordFits(user, form.get('password') ?? '');
    return fits ? user : undefined;
  }

  #identity(user: string): string {
    const token = randomBytes(24).toString('base64url');
    this.#identities.set(token, user);
    return token;
  }

  /** A token for what was asked and is allowed: like the real ones, it is given even when nothing is left of the scope. */
  #issue(user: string | null, scopeTexts: string[], refresh: string | undefined): Reply {
    const token = randomBytes(32).toString('base64url');
    const { lifetime = 300, uses = Number.POSITIVE_INFINITY } = this.#options;
    const scopes = this.#grantable(user, scopeTexts);
    this.#grants.set(token, { user, scopes, expires: Date.now() + lifetime * 1000, uses });
    this.issued += 1;
    const field = this.#options.tokenField ?? 'token';
    return json(200, {
      ...(field === 'access_token' ? {} : { token }),
      ...(field === 'token' ? {} : { access_token: token }),
      ...(this.#options.omitExpiresIn ? {} : { expires_in: Math.ceil(lifetime), issued_at: new Date().toISOString() }),
      ...(refresh ? { refresh_token: refresh } : {}),
    });
  }

  #grantable(user: string | null, scopeTexts: string[]): Grant['scopes'] {
    const scopes: Grant['scopes'] = new Map();
    for (const text of scopeTexts.flatMap((scope) => scope.split(' '))) {
      const match = /^repository(?:\([^)]*\))?:(.+):([a-z,*]+)$/.exec(text);
      if (!match?.[1] || !match[2]) continue;
      const asked = match[2].split(',');
      const granted = scopes.get(match[1]) ?? new Set();
      for (const action of ['pull', 'push'] as const) {
        if ((asked.includes(action) || asked.includes('*')) && this.#accounts.allows(user, match[1], action))
          granted.add(action);
      }
      scopes.set(match[1], granted);
    }
    return scopes;
  }
}
