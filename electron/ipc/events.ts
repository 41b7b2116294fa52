import type { Services } from '../services.ts';
import { ImageBatches } from './image-batches.ts';
import type { SendEvent } from './types.ts';

/** Passes on what changes in the services to the window. Returns the function that stops it. */
export function forwardEvents(services: Services, send: SendEvent): () => void {
  const batches = new ImageBatches((payload) => send('images', payload));
  const unsubscribe = [
    services.catalog.on('sources', (sources) => send('sources', sources)),
    services.catalog.on('images', (change) => batches.add(change)),
    services.transfers.subscribe((events) => send('transfers', events)),
    services.history.subscribe((entry) => send('history', entry)),
    services.settings.subscribe((settings) => send('settings', settings)),
    services.problems.subscribe((problem) => send('problem', problem)),
    services.onLogins((logins) => send('logins', logins)),
  ];
  return () => {
    for (const stop of unsubscribe) stop();
    batches.close();
  };
}
