import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { Descriptor } from '../../image/types.ts';
import { isOutOfPatience, isRetryable } from '../../registry/answers/retry.ts';
import type { UploadSession } from '../../registry/types.ts';
import type { PushRun } from './run.ts';

/** Opens an upload of the blob. */
export async function startSession(run: PushRun, blob: Descriptor): Promise<UploadSession> {
  const started = await run.client.startUpload(run.target.repository, {
    signal: run.signal,
    onRetry: ({ attempt, reason }) => run.progress.toState(blob.digest, 'retrying', { attempt, reason }),
  });
  if (started.kind === 'mounted') {
    throw new PushboatError('PROTOCOL_ERROR', 'The registry answered an upload as if it were a mount.', {
      registry: run.target.registry,
      hint: 'report-bug',
    });
  }
  run.sessions.save(blob, started.session);
  return started.session;
}

/** Closes the upload on the registry, too: what one replica refused as unknown, another may hold. */
export async function dropSession(run: PushRun, blob: Descriptor): Promise<void> {
  const session = run.sessions.get(blob);
  run.sessions.delete(blob);
  if (session) await run.client.cancelUpload(session);
}

/**
 * Asks the registry how far an earlier upload got; gives the session up when nothing is to be had from it.
 * @throws PushboatError when the network failed: the session may still be there.
 */
export async function resumeSession(run: PushRun, blob: Descriptor): Promise<void> {
  const session = run.sessions.get(blob);
  if (!session) return;
  try {
    await run.client.uploadStatus(session, { signal: run.signal });
    // One that counts a byte too many has all of it.
    if (session.offset === blob.size + 1) session.offset = blob.size;
    // `Range: 0-0` means nothing to some registries and one byte to others: one byte is not worth the doubt.
    if (session.offset <= 1 || session.offset > blob.size) await dropSession(run, blob);
  } catch (thrown) {
    run.signal.throwIfAborted();
    const failure = toPushboatError(thrown);
    if (failure.code === 'UNAUTHORIZED' || isOutOfPatience(failure)) throw failure;
    if (failure.facts.status === undefined && isRetryable(failure)) throw failure;
    // It was asked for this upload and knows none: nothing is there to close.
    if (failure.code === 'UPLOAD_GONE') return run.sessions.delete(blob);
    // A registry that cannot tell gets a new upload.
    await dropSession(run, blob);
  }
}
