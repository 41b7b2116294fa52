import type { Services } from '../services.ts';
import { appHandlers } from './app.ts';
import { exportsHandlers } from './exports.ts';
import { historyHandlers } from './history.ts';
import { imagesHandlers } from './images.ts';
import { loginsHandlers } from './logins.ts';
import { practiceHandlers } from './practice.ts';
import { pushHandlers } from './push.ts';
import { registriesHandlers } from './registries.ts';
import { settingsHandlers } from './settings.ts';
import { sourcesHandlers } from './sources.ts';
import { transfersHandlers } from './transfers.ts';
import type { DesktopActions, Handlers } from './types.ts';

/** Every request of the contract; a missing one is a type error here. */
export function createHandlers(services: Services, desktop: DesktopActions): Handlers {
  return {
    ...appHandlers(services, desktop),
    ...sourcesHandlers(services.catalog, desktop),
    ...imagesHandlers(services.catalog, desktop),
    ...registriesHandlers(services, desktop),
    ...loginsHandlers(services),
    ...pushHandlers(services.transfers, services.catalog),
    ...transfersHandlers(services.transfers),
    ...historyHandlers(services),
    ...exportsHandlers(services, desktop),
    ...practiceHandlers(services),
    ...settingsHandlers(services),
  };
}
