import type { IncomingHttpHeaders } from 'node:http';
import { type Reply, refuse } from './reply.ts';
import type { Access } from './routes.ts';
import { type TokenOptions, TokenServer } from './token-server.ts';

type Action = 'pull' | 'push';

interface AuthBase {
  /** Passwords by user name. */
  users: Record<string, string>;
  /** What a user may do (null: anonymous). Default: users everything, anonymous nothing. */
  allow?: ((user: string | null, repository: string, action: Action) => boolean) | undefined;
  /** Challenges of other schemes to put before ours, e.g. `Negotiate`. */
  extraChallenges?: string[] | undefined;
  /** All challenges in one header line, separated by commas, rather than one line each. */
  oneHeader?: boolean | undefined;
}

export type AuthOptions =
  | { kind: 'none' }
  | (AuthBase & { kind: 'basic'; realm?: string | undefined })
  | (AuthBase & TokenOptions & { kind: 'bearer' });

export interface AccessCheck {
  origin: string;
  headers: IncomingHttpHeaders;
  needed: Access[];
}

/** Who may do what: one of the three schemes that registries use. */
export class Auth {
  readonly options: AuthOptions;
  /** Only for `bearer`. */
  readonly tokens: TokenServer | undefined;

  constructor(options: AuthOptions) {
    this.options = options;
    this.tokens = options.kind === 'bearer' ? new TokenServer(options, this) : undefined;
  }

  /** The refusal, or undefined when the request may go on. */
  check({ origin, headers, needed }: AccessCheck): Reply | undefined {
    if (this.options.kind === 'none') return undefined;
    if (this.options.kind === 'basic') return this.#checkBasic(origin, headers, needed);
    const token = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
    const grant = token ? this.tokens?.find(token) : undefined;
    if (!grant) return this.challenge(origin, needed, token ? 'invalid_token' : undefined);
    for (const { name, actions } of needed) {
      for (const action of actions) {
        if (grant.scopes.get(name)?.has(action)) continue;
        // A better token would help, unless it is the account that lacks the right.
        if (grant.user !== null && !this.allows(grant.user, name, action)) return denied(name);
        return this.challenge(origin, needed, 'insufficient_scope');
      }
    }
    return undefined;
  }

  /** True when the right of `user` (null: anonymous) covers it. */
  allows(user: string | null, repository: string, action: Action): boolean {
    if (this.options.kind === 'none') return true;
    return this.options.allow ? this.options.allow(user, repository, action) : user !== null;
  }

  /** User of a Basic header: null without one, false when the password is wrong. */
  basicUser(header: string | undefined): string | null | false {
    const encoded = /^Basic\s+(.+)$/i.exec(header ?? '')?.[1];
    if (!encoded) return null;
    const [user, password] = splitOnce(Buffer.from(encoded, 'base64').toString('utf8'));
    return this.passwordFits(user, password) ? user : false;
  }

  passwordFits(user: string, password: string): boolean {
    return (
      this.options.kind !== 'none' && Object.hasOwn(this.options.users, user) && this.options.users[user] === password
    );
  }

  /** 401 with the challenges of this registry. */
  challenge(origin: string, needed: Access[], error?: string): Reply {
    const own = this.#ownChallenge(origin, needed, error);
    const extra = this.options.kind === 'none' ? [] : (this.options.extraChallenges ?? []);
    const all = [...extra, own];
    const oneHeader = this.options.kind !== 'none' && this.options.oneHeader;
    const words = error === 'invalid_token' ? 'the token is not valid (any more)' : 'authentication required';
    return refuse(401, 'UNAUTHORIZED', words, { 'www-authenticate': oneHeader ? all.join(', ') : all });
  }

  #ownChallenge(origin: string, needed: Access[], error: string | undefined): string {
    if (this.options.kind !== 'bearer') {
      const realm = this.options.kind === 'basic' ? this.options.realm : undefined;
      return `Basic realm="${realm ?? 'Embedded registry'}"`;
    }
    const scope = needed.map(({ name, actions }) => `repository:${name}:${actions.join(',')}`).join(' ');
    const parts = [
      `realm="${this.options.realm ?? `${origin}/token`}"`,
      `service="${this.options.service ?? 'embedded-registry'}"`,
    ];
    if (scope) parts.push(`scope="${scope}"`);
    if (error) parts.push(`error="${error}"`);
    return `Bearer ${parts.join(',')}`;
  }

  #checkBasic(origin: string, headers: IncomingHttpHeaders, needed: Access[]): Reply | undefined {
    const user = this.basicUser(headers.authorization);
    if (user === false) return this.challenge(origin, needed);
    const lacking = needed.find(({ name, actions }) => actions.some((action) => !this.allows(user, name, action)));
    if (user === null) return lacking || needed.length === 0 ? this.challenge(origin, needed) : undefined;
    return lacking ? denied(lacking.name) : undefined;
  }
}

function denied(name: string): Reply {
  return refuse(403, 'DENIED', 'requested access to the resource is denied', {}, { name });
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
