import type { Services } from '../services.ts';
import type { HandlersOf } from './types.ts';

export function loginsHandlers(services: Services): HandlersOf<'logins'> {
  return {
    'logins.list': () => services.credentials.list(),
    'logins.rememberOptions': () => services.credentials.rememberOptions(),
    'logins.login': (input) => services.login(input),
    'logins.logout': async (registry) => {
      await services.logout(registry);
    },
  };
}
