import type { TransferService } from '../transfers/types.ts';
import type { HandlersOf } from './types.ts';

export function transfersHandlers(transfers: TransferService): HandlersOf<'transfers'> {
  return {
    'transfers.list': () => transfers.list(),
    'transfers.pause': (jobId) => {
      transfers.pause(jobId);
      return undefined;
    },
    'transfers.resume': (jobId) => {
      transfers.resume(jobId);
      return undefined;
    },
    'transfers.cancel': async (jobId) => {
      await transfers.cancel(jobId);
      return undefined;
    },
    'transfers.forget': (jobId) => {
      transfers.forget(jobId);
      return undefined;
    },
  };
}
