import type { Login } from '../../shared/logins.ts';
import { isSamePlace } from './answers/location.ts';
import { sendFollowing } from './answers/redirects.ts';
import type { RequestOptions } from './answers/retry.ts';
import { orAborted, withRetryAfter } from './answers/retry.ts';
import { statusError } from './answers/status-error.ts';
import { Authorizer } from './auth/auth.ts';
import { basicHeader, loginFact } from './auth/tokens.ts';
import type { HttpTransport } from './http/transport.ts';
import type { ApiRoot } from './ping.ts';

export interface LoginCheck {
  transport: HttpTransport;
  registry: string;
  api: ApiRoot;
  closing: AbortSignal;
  retrying: <T>(options: RequestOptions, attempt: () => Promise<T>) => Promise<T>;
}

/**
 * Asks the registry whether it accepts this login: `GET /v2/` with it, or with a token got by it, apart from all other tokens.
 * @throws PushboatError UNAUTHORIZED in the registry's words.
 */
export async function checkLogin(check: LoginCheck, login: Login, options: RequestOptions = {}): Promise<void> {
  const { transport, registry, api, closing, retrying } = check;
  const root = await api.find(options);
  const url = new URL('/v2/', root);
  const auth = new Authorizer({ transport, registry, login: () => Promise.resolve(login), closing, retrying });
  await retrying(options, async () => {
    // The challenge is asked for again: what was learned for a repository need not hold for the registry as a whole.
    const challenge = await sendFollowing(transport, { method: 'GET', url, signal: options.signal }, registry);
    if (isSamePlace(challenge.url, root)) auth.learn(challenge, root);
    const credential = await orAborted(auth.credential({ actions: 'read' }, options.onRetry), [
      options.signal,
      closing,
    ]);
    // A registry that lets everybody in may still look at a login that it is given.
    const authorization = credential?.header ?? basicHeader(login.username, login.identityToken ?? login.password);
    const response = await sendFollowing(
      transport,
      { method: 'GET', url, headers: { authorization }, signal: options.signal },
      registry,
    );
    if (response.status === 200) return;
    throw withRetryAfter(
      statusError(response, { registry, asked: root, what: 'check the login', login: loginFact(login) }),
      response,
    );
  });
}
