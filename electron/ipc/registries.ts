import type { Services } from '../services.ts';
import type { HandlersOf } from './types.ts';

export function registriesHandlers(services: Services): HandlersOf<'registries'> {
  return {
    'registries.info': (registry) => services.registryInfo(registry),
    'registries.setPolicy': async ({ registry, policy }) => {
      await services.setPolicy(registry, policy);
      return undefined;
    },
  };
}
