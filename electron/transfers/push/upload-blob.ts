import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { collect, readPart } from '../../image/read-part.ts';
import type { Descriptor } from '../../image/types.ts';
import { verifyStream } from '../../image/verify.ts';
import { SMALL_BODY_BYTES } from '../../registry/defaults.ts';
import { isExhausted, isRetryable, pause, retryAfterOf, retryDelay, retryReason } from '../../registry/retry.ts';
import type { UploadBody, UploadSession } from '../../registry/types.ts';
import { CHUNKED_FROM, ChunkSizer } from './chunk-size.ts';
import type { PushRun } from './run.ts';

/**
 * Sends one blob: POST, then one PUT with the whole body, or PATCHes and an empty PUT for a large one. An upload that
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
      await sendFrom(run, blob, sessions.get(blob) ?? (await startSession(run, blob)), chunks);
      return sessions.delete(blob);
    } catch (thrown) {
      run.signal.throwIfAborted();
      run.draining.throwIfAborted();
      const failure = toPushboatError(thrown);
      const reached = sessions.get(blob)?.offset ?? 0;
      const refused = failure instanceof ChunkRefused ? failure.left : undefined;
      if (reached > furthest || refused === 'smaller') attempt = 1;
      furthest = Math.max(furthest, reached);
      if (failure.code === 'DIGEST_MISMATCH') await blameLocalBlob(run, blob);
      if (attempt >= run.retry.tries || !canTryAgain(run, blob, failure)) throw failure;
      if (failure.code === 'UPLOAD_GONE') await dropSession(run, blob);
      if (refused === 'whole') chunks.giveUp();
      chunks.lost();
      run.progress.toState(blob.digest, 'retrying', { attempt: attempt + 1, reason: retryReason(failure) });
      if (refused) continue;
      await pause(retryDelay(attempt, run.retry, retryAfterOf(failure)), [run.signal, run.draining]);
      if (await isCommitted(run, blob)) return dropSession(run, blob);
    }
  }
}

/**
 * A refusal of a chunk that leaves another way, a mark for the loop: the `whole` blob, where the registry takes no chunks; `smaller` chunks,
 * where something in front of it caps bodies (Cloudflare at 100 MB, podman#24919).
 */
class ChunkRefused extends PushboatError {
  readonly left: 'whole' | 'smaller';

  constructor(left: 'whole' | 'smaller', refusal: PushboatError) {
    super(refusal.code, refusal.message, { ...refusal.facts, hint: refusal.hint, cause: refusal });
    this.left = left;
  }
}

/** A lost session, an offset that was not the registry's and a refused digest are worth another try; so is what passes by itself. */
function canTryAgain(run: PushRun, blob: Descriptor, failure: PushboatError): boolean {
  if (failure instanceof ChunkRefused) return failure.left === 'smaller' || !run.client.uploads.chunkSize;
  // Opening an upload was already tried as often as it may be; an upload that is open is worth more patience.
  if (isExhausted(failure) && !run.sessions.get(blob)) return false;
  return (
    isRetryable(failure) ||
    failure.code === 'UPLOAD_GONE' ||
    failure.code === 'DIGEST_MISMATCH' ||
    failure.facts.status === 416
  );
}

/** Opens an upload and keeps it. @throws PushboatError of the registry client. */
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

/**
 * Asks the registry how far an earlier upload got; gives the session up when nothing is to be had from it.
 * @throws PushboatError when the network failed: the session may still be there.
 */
async function resumeSession(run: PushRun, blob: Descriptor): Promise<void> {
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
    if (failure.code === 'UNAUTHORIZED' || (failure.facts.status === undefined && isRetryable(failure))) throw failure;
    // It was asked for this upload and knows none: nothing is there to close.
    if (failure.code === 'UPLOAD_GONE') return run.sessions.delete(blob);
    // A registry that cannot tell gets a new upload.
    await dropSession(run, blob);
  }
}

/** Closes the upload on the registry, too: what one replica refused as unknown, another may hold. */
async function dropSession(run: PushRun, blob: Descriptor): Promise<void> {
  const session = run.sessions.get(blob);
  run.sessions.delete(blob);
  if (session) await run.client.cancelUpload(session);
}

async function sendFrom(run: PushRun, blob: Descriptor, session: UploadSession, chunks: ChunkSizer): Promise<void> {
  const { progress, client, signal } = run;
  progress.restartAt(blob.digest, session.offset);
  progress.toState(blob.digest, 'uploading', session.offset > 0 ? { resumedFrom: session.offset } : {});
  if (!chunks.isGivenUp && goesInChunks(run, blob, session)) {
    await sendChunks(run, blob, session, chunks);
    progress.toState(blob.digest, 'committing');
    return client.finishUpload(session, blob.digest, null, { signal });
  }
  const rest = blob.size - session.offset;
  const body = rest === 0 ? null : await bodyOf(run, blob, session.offset, rest);
  return client.finishUpload(session, blob.digest, body, { signal });
}

function goesInChunks(run: PushRun, blob: Descriptor, session: UploadSession): boolean {
  const { chunks, chunkSize } = run.client.uploads;
  if (!chunks || (chunkSize === undefined && run.journal.hasTrait(run.target.registry, 'no-chunks'))) return false;
  const from = chunkSize ?? CHUNKED_FROM;
  return blob.size > from || (session.chunkMinLength !== undefined && blob.size > session.chunkMinLength);
}

/** PATCH after PATCH; between two of them the upload can be left, for the registry has told what it holds. */
async function sendChunks(run: PushRun, blob: Descriptor, session: UploadSession, chunks: ChunkSizer): Promise<void> {
  while (session.offset < blob.size) {
    run.draining.throwIfAborted();
    const offset = session.offset;
    const length = Math.min(Math.max(chunks.next(), session.chunkMinLength ?? 0), blob.size - offset);
    const body = await bodyOf(run, blob, offset, length);
    const started = performance.now();
    try {
      await run.client.uploadChunk(session, body, { signal: run.signal });
    } catch (thrown) {
      if (isTooLarge(thrown) && chunks.tooLarge(length)) throw new ChunkRefused('smaller', thrown);
      throw offset === 0 ? await refusedChunks(run, blob, thrown, chunks) : thrown;
    }
    chunks.took(length, performance.now() - started);
    run.progress.restartAt(blob.digest, session.offset);
    run.sessions.save(blob, session);
  }
}

function isTooLarge(thrown: unknown): thrown is PushboatError {
  return thrown instanceof PushboatError && thrown.code === 'BLOB_TOO_LARGE';
}

/** What a registry says of a method that it does not have; other refusals of a first chunk may have other reasons. */
const NO_CHUNKS = new Set([405, 501]);
const NO_CHUNKS_PERHAPS = new Set([400, 411, 415]);

/**
 * What the refusal of the very first PATCH means. A registry that says it takes no chunks is remembered, so that the next blob goes whole
 * at once. One that does not know the upload most likely lost it, and is tried once more.
 */
async function refusedChunks(run: PushRun, blob: Descriptor, thrown: unknown, chunks: ChunkSizer): Promise<unknown> {
  const failure = toPushboatError(thrown);
  const { status = 0, registryErrors = [] } = failure.facts;
  const says = NO_CHUNKS.has(status) || registryErrors.some(({ code }) => code === 'UNSUPPORTED');
  const isGone = failure.code === 'UPLOAD_GONE';
  if (!says && !(isGone ? chunks.lostUpload() : NO_CHUNKS_PERHAPS.has(status))) return thrown;
  if (says) run.journal.addTrait(run.target.registry, 'no-chunks');
  if (!isGone) await dropSession(run, blob);
  // A person's chunk size is kept to.
  return isGone && run.client.uploads.chunkSize ? thrown : new ChunkRefused('whole', failure);
}

/** `length` bytes of the blob from `offset`, in memory where that is cheaper, else as a stream within the bandwidth limit. */
async function bodyOf(run: PushRun, blob: Descriptor, offset: number, length: number): Promise<UploadBody> {
  const { signal, progress, bandwidth } = run;
  const onBytes = (count: number): void => {
    progress.count(blob.digest, count);
    if (progress.sent(blob.digest) >= blob.size) progress.toState(blob.digest, 'committing');
  };
  const paced = (recycle: boolean) =>
    bandwidth.pace(() => run.image.blob(blob, { offset, length, recycle, signal }), signal);
  if (length > SMALL_BODY_BYTES) return { length, onBytes, open: () => paced(true) };
  const isFree = bandwidth.limit === 0;
  const bytes = isFree ? await readPart(run.image, blob, { offset, length, signal }) : await collect(paced(false));
  return { length, onBytes, open: () => bytes };
}

/** After an ambiguous end (reset, time-out, 5xx on the last request) the blob may be there (jib#4301). */
async function isCommitted(run: PushRun, blob: Descriptor): Promise<boolean> {
  if (run.sendsAll) return false;
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
 * When the registry refuses the digest, the local blob is hashed, to say which side is corrupt.
 * @throws PushboatError BLOB_CORRUPT when it is the local one; otherwise the bytes were damaged on the way, and are sent again.
 */
async function blameLocalBlob(run: PushRun, blob: Descriptor): Promise<void> {
  await dropSession(run, blob);
  await verifyStream(run.image.blob(blob, { signal: run.signal }), blob.digest);
}
