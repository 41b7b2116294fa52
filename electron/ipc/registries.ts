import type { Services } from '../services.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

export function registriesHandlers(services: Services, desktop: DesktopActions): HandlersOf<'registries'> {
  return {
    'registries.info': (registry) => services.registryInfo(registry),
    'registries.chooseCaFile': () => desktop.chooseCaFile(),
    'registries.setPolicy': async ({ registry, policy }) => {
      await services.setPolicy(registry, policy);
    },
  };
}
