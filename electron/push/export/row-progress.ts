import { toPushboatError } from '../../../shared/errors.ts';
import type { WriteProgress } from '../../destinations/types.ts';
import { isSettled, type JobRows } from '../rows.ts';

/** Shows what a writer tells in the rows of a job. */
export function rowProgress(rows: JobRows): WriteProgress {
  return {
    exists: (digest) => rows.toState(digest, 'exists'),
    started: (digest) => rows.toState(digest, 'writing'),
    read: (digest, bytes) => rows.count(digest, bytes),
    written: (digest) => rows.toState(digest, 'written'),
  };
}

/** After the commit: what was not asked for the destination has no use for, such as the manifests of another format. */
export function settleRows(rows: JobRows): void {
  for (const { digest, state } of rows.all()) if (!isSettled(state)) rows.toState(digest, 'skipped');
}

/** The blobs that were on their way when it failed. */
export function failWriting(rows: JobRows, thrown: unknown): void {
  const { message: reason } = toPushboatError(thrown);
  for (const { digest, state } of rows.all()) if (state === 'writing') rows.toState(digest, 'failed', { reason });
}
