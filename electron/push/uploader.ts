import { buffer } from 'node:stream/consumers';
import { PushboatError, toPushboatError } from '../../shared/errors.ts';
import type { Descriptor } from '../image/types.ts';
import { verifyStream } from '../image/verify.ts';
import { isRetryable, pause, retryAfterOf, retryDelay, retryReason } from '../registry/retry.ts';
import type { UploadBody, UploadSession } from '../registry/types.ts';
import type { PushRun } from './push-run.ts';

/** Blobs up to this many bytes are read at once and sent in one write: a stream would cost more than it saves. */
const SMALL_BLOB = 1024 * 1024;

/**
 * Sends one blob: POST, then one PUT with the whole body (push-behaviours 3). What breaks in the middle goes on from the offset that
 * the registry reports (5); a commit whose answer was lost is looked up before anything is sent again (6).
 * @throws PushboatError of the registry client, or BLOB_* and SOURCE_UNREADABLE of the store.
 */
export async function uploadBlob(run: PushRun, blob: Descriptor, opened?: UploadSession): Promise<void> {
  const { memory } = run;
  if (opened) memory.sessions.set(blob.digest, opened);
  else await resumeSession(run, blob);
  let furthest = 0;
  for (let attempt = 1; ; attempt++) {
    const session = memory.sessions.get(blob.digest) ?? (await startSession(run, blob));
    try {
      await sendFrom(run, blob, session);
      memory.sessions.delete(blob.digest);
      return;
    } catch (thrown) {
      const failure = toPushboatError(thrown);
      run.signal.throwIfAborted();
      if (session.offset > furthest) attempt = 1;
      furthest = Math.max(furthest, session.offset);
      if (failure.code === 'DIGEST_MISMATCH') await blameLocalBlob(run, blob);
      if (attempt >= run.retry.tries || !canTryAgain(failure)) throw failure;
      await waitToRetry(run, blob, failure, attempt);
      if (await isCommitted(run, blob)) {
        memory.sessions.delete(blob.digest);
        return;
      }
      await resumeSession(run, blob);
    }
  }
}

/** A lost session and a digest that the registry refused are worth another try from the start; so is what passes by itself. */
function canTryAgain(failure: PushboatError): boolean {
  return isRetryable(failure) || failure.code === 'UPLOAD_GONE' || failure.code === 'DIGEST_MISMATCH';
}

async function startSession(run: PushRun, blob: Descriptor): Promise<UploadSession> {
  const started = await run.client.startUpload(run.target.repository, requestOptions(run, blob));
  if (started.kind === 'mounted') {
    throw new PushboatError('PROTOCOL_ERROR', 'The registry answered an upload as if it were a mount.', {
      registry: run.target.registry,
      hint: 'report-bug',
    });
  }
  run.memory.sessions.set(blob.digest, started.session);
  return started.session;
}

/** Asks the registry how far an earlier upload got; forgets the session when the registry did. */
async function resumeSession(run: PushRun, blob: Descriptor): Promise<void> {
  const session = run.memory.sessions.get(blob.digest);
  if (!session) return;
  try {
    await run.client.uploadStatus(session, { signal: run.signal });
    if (session.offset > blob.size) run.memory.sessions.delete(blob.digest);
  } catch (thrown) {
    run.signal.throwIfAborted();
    const failure = toPushboatError(thrown);
    if (failure.code === 'UNAUTHORIZED') throw failure;
    // Whatever else went wrong, a new session is the way on; the old one expires on the registry's side.
    run.memory.sessions.delete(blob.digest);
  }
}

async function sendFrom(run: PushRun, blob: Descriptor, session: UploadSession): Promise<void> {
  const offset = session.offset;
  run.rows.restartAt(blob.digest, offset);
  run.rows.toState(blob.digest, 'uploading', offset > 0 ? { resumedFrom: offset } : {});
  const length = blob.size - offset;
  const body: UploadBody = {
    length,
    open: () => run.image.blob(blob, { offset, signal: run.signal }),
    onBytes: (count) => {
      run.rows.count(blob.digest, count);
      if (run.rows.sent(blob.digest) >= blob.size) run.rows.toState(blob.digest, 'committing');
    },
  };
  if (length > 0 && length <= SMALL_BLOB) {
    const bytes = await buffer(run.image.blob(blob, { offset, signal: run.signal }));
    body.open = () => bytes;
  }
  await run.client.finishUpload(session, blob.digest, length > 0 ? body : null, { signal: run.signal });
}

async function waitToRetry(run: PushRun, blob: Descriptor, failure: PushboatError, attempt: number): Promise<void> {
  run.rows.toState(blob.digest, 'retrying', { attempt: attempt + 1, reason: retryReason(failure) });
  await pause(retryDelay(attempt, run.retry, retryAfterOf(failure)), [run.signal]);
}

/** After an ambiguous end (reset, time-out, 5xx on the last request) the blob may be there (jib#4301). */
async function isCommitted(run: PushRun, blob: Descriptor): Promise<boolean> {
  try {
    return (await run.client.headBlob(run.target.repository, blob.digest, { signal: run.signal })) !== null;
  } catch (thrown) {
    run.signal.throwIfAborted();
    const failure = toPushboatError(thrown);
    if (failure.code === 'UNAUTHORIZED') throw failure;
    return false;
  }
}

/**
 * When the registry refuses the digest, the local blob is hashed, to say which side is corrupt (decision 4).
 * @throws PushboatError BLOB_CORRUPT when it is the local one; otherwise the bytes were damaged on the way, and are sent again.
 */
async function blameLocalBlob(run: PushRun, blob: Descriptor): Promise<void> {
  await verifyStream(run.image.blob(blob, { signal: run.signal }), blob.digest);
}

function requestOptions(run: PushRun, blob: Descriptor) {
  return {
    signal: run.signal,
    onRetry: (notice: { attempt: number; reason: string }) =>
      run.rows.toState(blob.digest, 'retrying', { attempt: notice.attempt, reason: notice.reason }),
  };
}
