import { type PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { SuccessiveBuffers } from '../../files/read-buffers.ts';
import type { Descriptor } from '../../image/types.ts';
import { verifyStream } from '../../image/verify.ts';
import {
  delayAfter,
  isExhausted,
  isOutOfPatience,
  isRetryable,
  pause,
  waitReason,
} from '../../registry/answers/retry.ts';
import { isWholeBlob } from '../../registry/blobs.ts';
import { SMALL_BODY_BYTES } from '../../registry/defaults.ts';
import type { UploadSession } from '../../registry/types.ts';
import { ChunkRefused } from './chunk-refused.ts';
import { ChunkSizer } from './chunk-size.ts';
import { dropSession, resumeSession, startSession } from './open-session.ts';
import type { PushRun } from './run.ts';
import { type ChunkedUpload, goesInChunks, goesInFreeBodies, sendChunks, sendRest } from './send-chunks.ts';

/**
 * Sends one blob: POST, then one PUT with the whole body where the line takes that in a moment, or PATCHes and an empty PUT. An upload that
 * breaks in the middle continues from the offset that the registry reports. A commit whose answer was lost is looked up before
 * anything is sent again: most such commits have succeeded (GoogleContainerTools/jib#4301). The requests:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs
 * @param opened an upload that is open, or about to be.
 * @throws PushboatError of the registry client, or BLOB_* and SOURCE_UNREADABLE of the store.
 */
export async function uploadBlob(
  run: PushRun,
  blob: Descriptor,
  opened?: UploadSession | Promise<UploadSession>,
): Promise<void> {
  const { sessions } = run;
  const buffers = new SuccessiveBuffers();
  const chunks = new ChunkSizer({
    fixed: run.client.uploads.chunkSize,
    least: run.client.uploads.leastChunk,
    most: run.client.uploads.mostChunk,
  });
  let furthest = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      if (attempt === 1 && opened) sessions.save(blob, await opened);
      else await resumeSession(run, blob);
      await sendFrom(run, blob, { chunks, buffers });
      return sessions.delete(blob);
    } catch (thrown) {
      run.signal.throwIfAborted();
      run.draining.throwIfAborted();
      const failure = toPushboatError(thrown);
      const reached = sessions.get(blob)?.offset ?? 0;
      const refused = failure instanceof ChunkRefused ? failure.left : undefined;
      if (reached > furthest || (refused && refused !== 'whole')) attempt = 1;
      furthest = Math.max(furthest, reached);
      if (failure.code === 'DIGEST_MISMATCH') {
        await blameLocalBlob(run, blob);
        chunks.refused(true);
      }
      if (attempt >= run.retry.tries || !canTryAgain(run, blob, failure)) {
        if (isAboutWhatIsThere(failure) && (await isCommitted(run, blob))) return dropSession(run, blob);
        throw failure;
      }
      if (isRefusal(failure)) chunks.refused(false);
      if (failure.code === 'UPLOAD_GONE') await dropSession(run, blob);
      if (refused === 'whole') chunks.giveUp();
      if (!refused) chunks.lost();
      const delayMs = refused ? 0 : delayAfter(failure, attempt, run.retry);
      const reason = waitReason(failure, delayMs);
      run.progress.toState(blob.digest, 'retrying', { attempt: attempt + 1, reason });
      if (refused) continue;
      await pause(delayMs, [run.signal, run.draining]);
      if (await isCommitted(run, blob)) return dropSession(run, blob);
      if (attempt === 1 && (await isCommittedLater(run, blob, failure))) return dropSession(run, blob);
    }
  }
}

/** The registry's own word on what was sent, or its own fault: not that somebody else may not, has to wait, or does not get through. */
function isRefusal(failure: PushboatError): boolean {
  const { status = 0 } = failure.facts;
  return !(failure instanceof ChunkRefused) && [400, 404, 409, 410, 416, 422, 500].includes(status);
}

/**
 * Whether a commit may be refused for the blob itself, which somebody else has brought meanwhile: some registries do not let it be written
 * again (https://github.com/sonatype/nexus-public/issues/967).
 */
function isAboutWhatIsThere({ code, facts: { status = 0 } }: PushboatError): boolean {
  return [400, 409, 412].includes(status) && !['BLOB_TOO_LARGE', 'QUOTA_EXCEEDED'].includes(code);
}

/** A lost session, an offset that was not the registry's and a refused digest are worth another try; so is what passes by itself. */
function canTryAgain(run: PushRun, blob: Descriptor, failure: PushboatError): boolean {
  if (failure instanceof ChunkRefused) return failure.left !== 'whole' || !run.client.uploads.chunkSize;
  if (isOutOfPatience(failure)) return false;
  // Opening an upload was already tried as often as it may be; an upload that is open is worth more patience.
  if (isExhausted(failure) && !run.sessions.get(blob)) return false;
  return (
    isRetryable(failure) ||
    failure.code === 'UPLOAD_GONE' ||
    failure.code === 'DIGEST_MISMATCH' ||
    (failure.facts.status === 416 && failure.code !== 'BLOB_TOO_LARGE')
  );
}

/** What one upload has through all its requests. */
type SendingMeans = Pick<ChunkedUpload, 'chunks' | 'buffers'>;

/** Sends what is left and commits. A blob that takes long takes turns with others, so that what was taken of it rests safely meanwhile. */
async function sendFrom(run: PushRun, blob: Descriptor, means: SendingMeans): Promise<void> {
  let outcome = await sendInTurn(run, blob, means, true);
  while (outcome === 'gave way') outcome = await sendInTurn(run, blob, means, false);
  if (outcome === 'committed') return;
  run.progress.toState(blob.digest, 'committing');
  await run.client.finishUpload(outcome, blob.digest, null, { signal: run.signal });
}

/** Returns the session of an upload that is left to commit. */
async function sendInTurn(
  run: PushRun,
  blob: Descriptor,
  { chunks, buffers }: SendingMeans,
  isFirst: boolean,
): Promise<UploadSession | 'gave way' | 'committed'> {
  const { progress, sessions, signal, draining } = run;
  const isLarge = !chunks.isGivenUp && goesInChunks(run, blob, sessions.get(blob));
  const ends = [signal, draining];
  const opened = (): UploadSession | Promise<UploadSession> => sessions.get(blob) ?? startSession(run, blob);
  if (!isLarge) await opened();
  const takesTurns = isLarge || takesLong(run, blob, chunks);
  if (takesTurns) progress.toState(blob.digest, 'waiting');
  using turn = await (takesTurns ? run.line.turn(ends) : run.line.besides(placesFor(run, blob), ends));
  const session = await opened();
  progress.restartAt(blob.digest, session.offset);
  progress.toState(blob.digest, 'uploading', isFirst && session.offset > 0 ? { resumedFrom: session.offset } : {});
  const upload = { blob, session, chunks, buffers, turn };
  if (!chunks.isGivenUp && goesInChunks(run, blob, session))
    return (await sendChunks(run, upload)) ? session : 'gave way';
  if (!chunks.isGivenUp) {
    const isAside = (): boolean => !takesTurns && takesLong(run, blob, chunks);
    const goesOn = (): boolean => goesInFreeBodies(run, blob, session, chunks) && !isAside();
    if (!(await sendChunks(run, upload, goesOn)) || isAside()) return 'gave way';
  }
  await sendRest(run, upload);
  return 'committed';
}

/** On a slow line smaller blobs take turns, too: what a lost line costs is all that is on it, and nothing of what rests. */
function takesLong(run: PushRun, blob: Descriptor, chunks: ChunkSizer): boolean {
  const session = run.sessions.get(blob);
  if (!session || chunks.isGivenUp || !run.line.body.isLong(blob.size - session.offset)) return false;
  return goesInFreeBodies(run, blob, session, chunks);
}

/** What goes with the small requests waits for none of the others. */
function placesFor({ client }: PushRun, { size }: Descriptor): number | undefined {
  return size > SMALL_BODY_BYTES ? client.uploads.atOnce : undefined;
}

/** After an ambiguous end (reset, time-out, 5xx on the last request) the blob may be there (jib#4301). */
async function isCommitted(run: PushRun, blob: Descriptor): Promise<boolean> {
  if (run.sendsAll) return false;
  try {
    const found = await run.client.headBlob(run.target.repository, blob.digest, { signal: run.signal });
    return isWholeBlob(found, blob.size);
  } catch (thrown) {
    run.signal.throwIfAborted();
    const failure = toPushboatError(thrown);
    if (failure.code === 'UNAUTHORIZED' || isOutOfPatience(failure)) throw failure;
    return false;
  }
}

/** How often it is looked for a blob whose commit a gateway did not wait for; the wait before each is twice as long. */
const LATE_LOOKS = 3;

/** What a gateway answers that gives up, and Cloudflare. */
const GAVE_UP = [504, 524];

/** A gateway that gives up ends its own wait only: the registry behind it has all bytes by then, and goes on with the commit. */
async function isCommittedLater(
  run: PushRun,
  blob: Descriptor,
  { facts: { status } }: PushboatError,
): Promise<boolean> {
  if (status === undefined || !GAVE_UP.includes(status) || run.sendsAll || run.progress.sent(blob.digest) < blob.size)
    return false;
  for (let look = 1; look <= LATE_LOOKS; look++) {
    await pause(run.retry.baseDelayMs * 2 ** (look + 1), [run.signal, run.draining]);
    if (await isCommitted(run, blob)) return true;
  }
  return false;
}

/**
 * When the registry refuses the digest, the local blob is hashed, to say which side is corrupt.
 * @throws PushboatError BLOB_CORRUPT when it is the local one; otherwise the bytes were damaged on the way, and are sent again.
 */
async function blameLocalBlob(run: PushRun, blob: Descriptor): Promise<void> {
  await dropSession(run, blob);
  await verifyStream(run.image.blob(blob, { signal: run.signal }), blob.digest);
}
