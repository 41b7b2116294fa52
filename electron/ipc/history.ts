import type { Services } from '../services.ts';
import type { HandlersOf } from './types.ts';

export function historyHandlers(services: Services): HandlersOf<'history'> {
  return {
    'history.list': ({ search, most }) => services.history.list(search, most),
    'history.again': (id) => services.transferAgain(id),
    'history.clear': () => services.history.clear(),
  };
}
