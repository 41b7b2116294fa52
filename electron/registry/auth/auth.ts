import { isCancelled, PushboatError } from '../../../shared/errors.ts';
import type { Login } from '../../../shared/logins.ts';
import type { RequestOptions } from '../answers/retry.ts';
import type { ApiResponse } from '../http/response.ts';
import type { HttpTransport } from '../http/transport.ts';
import { type Challenge, lacksRight, parseChallenges, realmHost, serverKey } from './challenge.ts';
import { LoginLookup } from './login-lookup.ts';
import { type Access, Scopes } from './scopes.ts';
import { basicHeader, fetchToken, ownToken, type Token, type TokenServer, type TokenServerMemory } from './tokens.ts';

/** An `Authorization` header, and what is needed to judge a 401 to it. */
export interface Credential {
  header: string;
  login: Login | undefined;
  token?: CachedToken;
}

interface CachedToken extends Token {
  key: string;
  /** Who gave it. */
  server: string;
  login: Login | undefined;
  scopes: readonly string[];
  /** It was accepted before: a 401 to it means that it has ended, not that it is wrong. */
  proven: boolean;
}

/** What a 401, or a 403 to somebody unknown, is taken for without any challenge: front ends and old Nexus leave the header out. */
const UNSAID: Challenge = { scheme: 'basic', parameters: {} };

type OnRetry = RequestOptions['onRetry'];

export interface AuthorizerOptions {
  transport: HttpTransport;
  registry: string;
  login: (repository: string | undefined) => Promise<Login | undefined>;
  /** Ends token requests when the client closes. They are shared, so no single caller's signal ends them. */
  closing: AbortSignal;
  /** Runs a request to the token server `host` with the client's retries: shared as well, so that many waiting requests do not storm it. */
  retrying: <T>(options: RequestOptions, attempt: () => Promise<T>, host: string) => Promise<T>;
  /** Absent: nothing is remembered. */
  tokenServers?: TokenServerMemory | undefined;
}

/** Logins and tokens of one registry: the answer to its challenges. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #logins: LoginLookup;
  #challenges: readonly Challenge[];
  /** The challenge is one of an earlier start: the registry has not asked for anything yet. */
  #isRemembered: boolean;
  /** What was remembered in this process. */
  #remembered: TokenServer | undefined;
  #plainHttp = false;
  readonly #tokens = new Map<string, CachedToken>();
  readonly #pending = new Map<string, Promise<CachedToken>>();
  readonly #basic = new Map<string, Login | undefined>();
  readonly #scopes = new Scopes();
  readonly #used = new Map<string, Login | undefined>();
  /** No token was to be had where Basic is offered as well. */
  #withoutTokens = false;
  /** Forgetting makes what is being fetched with an old login not count. */
  #generation = 0;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#logins = new LoginLookup(options.login);
    const known = options.tokenServers?.tokenServer(options.registry);
    this.#challenges = known ? [{ scheme: 'bearer', parameters: { ...known } }] : [];
    this.#isRemembered = known !== undefined;
  }

  /** Takes the challenges of an answer, so that later requests carry what they ask for from the start. */
  learn(response: ApiResponse, api: URL): void {
    const challenges = parseChallenges(response.headers['www-authenticate']);
    this.#plainHttp = api.protocol === 'http:';
    // What was remembered came over TLS.
    if (this.#isRemembered && (challenges.length > 0 || this.#plainHttp)) this.#forgetServer();
    if (challenges.length > 0) this.#challenges = challenges;
    else if ([401, 403].includes(response.status) && this.#challenges.length === 0) this.#challenges = [UNSAID];
    if (challenges.length > 0 && !this.#plainHttp) this.#rememberServer();
  }

  /**
   * What a refusal of a token asks for. Some name Basic alone then, whoever gives the tokens: that stays the way before
   * (https://github.com/containerd/nerdctl/issues/1675).
   */
  #learnFromRefusal(credential: Credential | undefined, response: ApiResponse, api: URL): void {
    const proven = credential?.token && !this.#isRemembered ? this.#challenges : [];
    this.learn(response, api);
    if (this.#challenges.some(({ scheme }) => scheme === 'bearer')) return;
    this.#challenges = [...proven.filter(({ scheme }) => scheme === 'bearer'), ...this.#challenges];
  }

  #rememberServer(): void {
    const { registry, tokenServers } = this.#options;
    const { scheme, parameters } = this.#choose() ?? UNSAID;
    if (scheme !== 'bearer' || !parameters.realm) return;
    const { realm, service = '' } = parameters;
    if (this.#remembered?.realm === realm && this.#remembered.service === service) return;
    this.#remembered = { realm, service };
    tokenServers?.saveTokenServer(registry, { realm, service });
  }

  #forgetServer(): void {
    this.#isRemembered = false;
    this.#challenges = [];
    this.#options.tokenServers?.removeTokenServer(this.#options.registry);
  }

  loginUsed(repository: string | undefined): Login | undefined {
    return this.#used.get(repository ?? '');
  }

  forget(): void {
    this.#generation++;
    this.#logins.forget();
    this.#tokens.clear();
    this.#pending.clear();
    this.#basic.clear();
    this.#withoutTokens = false;
  }

  /** Whether the registry has asked for a login so far. */
  isNeeded(): boolean {
    return this.#challenges.length > 0;
  }

  /** Whether there is a login that a request could have had. */
  async hasLogin({ repository }: Access): Promise<boolean> {
    return (await this.#logins.of(repository)) !== undefined;
  }

  /**
   * The header for a request; undefined when the registry asks for none, or there is no login for Basic.
   * @param onRetry hears of the token server's stumbles when this request is the one that asks it.
   */
  async credential(access: Access, onRetry?: OnRetry): Promise<Credential | undefined> {
    const challenge = this.#choose();
    if (challenge === undefined) return undefined;
    if (challenge.scheme !== 'bearer') return this.#basicCredential(access);
    try {
      return await this.#bearer(challenge, access, onRetry);
    } catch (error) {
      if (this.#isRemembered && !isCancelled(error)) {
        // Nothing is known any more, so the registry is asked.
        this.#forgetServer();
        return undefined;
      }
      const instead = isCancelled(error) ? undefined : await this.#basicInstead(access);
      if (instead === undefined) throw error;
      return instead;
    }
  }

  /** To be told that a request with this credential was not answered with 401. */
  accepted(credential: Credential | undefined): void {
    if (credential?.token) credential.token.proven = true;
  }

  /**
   * After a 401: another credential that is worth trying once, or undefined when the person must be asked. A token that was fresh, and
   * a password that is still the same, are not tried again.
   */
  async afterRefusal(
    access: Access,
    credential: Credential | undefined,
    response: ApiResponse,
    api: URL,
    onRetry?: OnRetry,
  ): Promise<Credential | undefined> {
    this.#learnFromRefusal(credential, response, api);
    // Another one may have been saved meanwhile.
    if (credential !== undefined) this.#logins.forget();
    const challenge = this.#choose();
    if (challenge === undefined) return undefined;
    if (challenge.scheme !== 'bearer') {
      this.#basic.delete(access.repository ?? '');
      const next = await this.#basicCredential(access);
      return next?.header === credential?.header ? undefined : next;
    }
    const used = credential?.token;
    const isOther = used !== undefined && used.server !== serverKey(challenge);
    const learned = this.#scopes.learn(access, challenge, used?.scopes);
    if (used && this.#tokens.get(used.key) === used) this.#tokens.delete(used.key);
    if (used && !used.proven && !learned && !isOther)
      return lacksRight(response) ? undefined : this.#basicInstead(access);
    return this.credential(access, onRetry);
  }

  /** Bearer before Basic: where both are offered, the password goes to the token server only. */
  #choose(): Challenge | undefined {
    const basic = this.#challenges.find(({ scheme }) => scheme === 'basic');
    if (this.#withoutTokens && basic) return basic;
    return this.#challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm) ?? basic;
  }

  /** The login as Basic, from now on, where that is offered next to a Bearer that led nowhere. */
  async #basicInstead(access: Access): Promise<Credential | undefined> {
    if (!this.#challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
    const credential = await this.#basicCredential(access);
    if (credential !== undefined) this.#withoutTokens = true;
    return credential;
  }

  async #basicCredential({ repository }: Access): Promise<Credential | undefined> {
    const key = repository ?? '';
    if (!this.#basic.has(key)) this.#basic.set(key, await this.#logins.of(repository));
    const login = this.#basic.get(key);
    this.#used.set(key, login);
    if (login?.registryToken !== undefined) return { header: `Bearer ${login.registryToken}`, login };
    return login ? { header: basicHeader(login.username, login.identityToken ?? login.password), login } : undefined;
  }

  async #bearer(challenge: Challenge, access: Access, onRetry?: OnRetry): Promise<Credential> {
    const scopes = this.#scopes.of(access);
    try {
      return await this.#credentialFor(challenge, access.repository, scopes, onRetry);
    } catch (error) {
      const pull = `repository:${access.repository}:pull`;
      if (access.actions === 'write' || access.repository === undefined || !mayReadOnly(error)) throw error;
      // The account, or nobody in particular, may read but not push: enough for a look at what is there.
      return this.#credentialFor(challenge, access.repository, [pull], onRetry);
    }
  }

  async #credentialFor(
    challenge: Challenge,
    repository: string | undefined,
    scopes: readonly string[],
    onRetry: OnRetry,
  ): Promise<Credential> {
    const token = await this.#token(challenge, repository, scopes, onRetry);
    this.#used.set(repository ?? '', token.login);
    return { header: `Bearer ${token.value}`, login: token.login, token };
  }

  #token(
    challenge: Challenge,
    repository: string | undefined,
    scopes: readonly string[],
    onRetry: OnRetry,
  ): Promise<CachedToken> {
    const key = [serverKey(challenge), ...scopes].join('\n');
    const cached = this.#tokens.get(key);
    if (cached && Date.now() < cached.renewAt) return Promise.resolve(cached);
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const fetching = this.#fetch(key, challenge, repository, scopes, onRetry).finally(() => {
      if (this.#pending.get(key) === fetching) this.#pending.delete(key);
    });
    this.#pending.set(key, fetching);
    return fetching;
  }

  async #fetch(
    key: string,
    challenge: Challenge,
    repository: string | undefined,
    scopes: readonly string[],
    onRetry: OnRetry,
  ): Promise<CachedToken> {
    const generation = this.#generation;
    const { transport, registry, closing, retrying } = this.#options;
    const login = await this.#logins.of(repository);
    this.#used.set(repository ?? '', login);
    const request = { transport, registry, repository, challenge, scopes, login, plainHttp: this.#plainHttp };
    const attempt = () => fetchToken({ ...request, signal: closing });
    // A server that is only remembered gets one chance: the registry can name another one.
    const asking = () => (this.#isRemembered ? attempt() : retrying({ onRetry }, attempt, realmHost(challenge)));
    const fetched = ownToken(login) ?? (await this.#orForget(asking));
    const token: CachedToken = { ...fetched, key, server: serverKey(challenge), login, scopes, proven: false };
    if (generation === this.#generation) this.#tokens.set(key, token);
    return token;
  }

  /** A login that led to no token is looked up again by the next request: another one may have been saved meanwhile. */
  async #orForget(asking: () => Promise<Token>): Promise<Token> {
    try {
      return await asking();
    } catch (failure) {
      this.#logins.forget();
      throw failure;
    }
  }
}

/** Refused for what was asked; a password that was refused is not tried again with less. */
function mayReadOnly(error: unknown): boolean {
  if (!(error instanceof PushboatError)) return false;
  return error.code === 'DENIED' || (error.code === 'UNAUTHORIZED' && !error.facts.login);
}
