import type { Services } from '../services.ts';
import { appHandlers, practiceHandlers, settingsHandlers } from './app.ts';
import { imagesHandlers, sourcesHandlers } from './images.ts';
import { loginsHandlers, registriesHandlers, signingHandlers } from './registries.ts';
import { exportsHandlers, historyHandlers, pushHandlers, transfersHandlers } from './transfers.ts';
import type { DesktopActions, Handlers } from './types.ts';

/** Every request of the contract; a missing one is a type error here. */
export function createHandlers(services: Services, desktop: DesktopActions): Handlers {
  return {
    ...appHandlers(services, desktop),
    ...sourcesHandlers(services.catalog, desktop),
    ...imagesHandlers(services, desktop),
    ...registriesHandlers(services),
    ...signingHandlers(services),
    ...loginsHandlers(services),
    ...pushHandlers(services),
    ...transfersHandlers(services.transfers),
    ...historyHandlers(services),
    ...exportsHandlers(services, desktop),
    ...practiceHandlers(services),
    ...settingsHandlers(services),
  };
}
