import type { Services } from '../services.ts';
import type { HandlersOf } from './types.ts';

export function loginsHandlers(services: Services): HandlersOf<'logins'> {
  return {
    'logins.list': () => services.credentials.list(),
    'logins.rememberOptions': (registry) => services.credentials.rememberOptions(registry),
    'logins.login': (input) => services.login(input),
    'logins.useHelper': (input) => services.useHelper(input),
    'logins.logout': async (registry) => {
      await services.logout(registry);
    },
  };
}
