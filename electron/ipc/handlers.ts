import type { Services } from '../services.ts';
import { appHandlers, practiceHandlers, settingsHandlers } from './app.ts';
import { historyHandlers } from './history.ts';
import { imagesHandlers, sourcesHandlers } from './images.ts';
import { pushHandlers } from './push.ts';
import { loginsHandlers, registriesHandlers, signingHandlers } from './registries.ts';
import { exportsHandlers, transfersHandlers } from './transfers.ts';
import type { DesktopActions, Handlers } from './types.ts';

/** Every request of the contract; a missing one is a type error here. */
export function createHandlers(services: Services, desktop: DesktopActions): Handlers {
  return {
    ...appHandlers(services, desktop),
    ...sourcesHandlers(services, desktop),
    ...imagesHandlers(services, desktop),
    ...registriesHandlers(services),
    ...signingHandlers(services),
    ...loginsHandlers(services),
    ...pushHandlers(services),
    ...transfersHandlers(services),
    ...historyHandlers(services, desktop),
    ...exportsHandlers(services, desktop),
    ...practiceHandlers(services),
    ...settingsHandlers(services),
  };
}
