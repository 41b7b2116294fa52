import type { TransferService } from '../transfers/types.ts';
import type { HandlersOf } from './types.ts';

export function transfersHandlers(transfers: TransferService): HandlersOf<'transfers'> {
  return {
    'transfers.list': () => transfers.list(),
    'transfers.pause': (jobId) => transfers.pause(jobId),
    'transfers.resume': (jobId) => transfers.resume(jobId),
    'transfers.tryNow': (jobId) => transfers.tryNow(jobId),
    'transfers.cancel': (jobId) => transfers.cancel(jobId),
    'transfers.forget': (jobId) => transfers.forget(jobId),
  };
}
