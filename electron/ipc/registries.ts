import { parseReference } from '../../shared/reference.ts';
import type { Services } from '../services.ts';
import type { HandlersOf } from './types.ts';

export function registriesHandlers(services: Services): HandlersOf<'registries'> {
  return {
    'registries.info': (registry) => services.registryInfo(registry),
    'registries.repositories': (registry) => services.names.repositories(registry),
    'registries.tags': (repository) => services.names.tags(repository),
    'registries.tag': (target) => services.names.tag(target),
    'registries.created': async (reference) => (await services.imageCreated(parseReference(reference))) ?? null,
    'registries.access': (registry) => services.registryAccess(registry),
    'registries.test': (registry) => services.testConnection(registry),
    'registries.remove': async (registry) => {
      await services.logout(registry);
      await services.forgetRegistry(registry);
    },
    'registries.setPolicy': async ({ registry, policy }) => {
      await services.setPolicy(registry, policy);
    },
  };
}

export function signingHandlers({ signer }: Pick<Services, 'signer'>): HandlersOf<'signing'> {
  return {
    'signing.keys': () => signer.gpgKeys(),
    'signing.unlock': ({ key, passphrase }) => signer.unlock(key, passphrase),
  };
}

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
