import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { SuccessiveBuffers } from '../../files/read-buffers.ts';
import { collect, readPart } from '../../image/read-part.ts';
import type { Descriptor } from '../../image/types.ts';
import { TokenExpiredError } from '../../registry/auth/tokens.ts';
import { SMALL_BODY_BYTES } from '../../registry/defaults.ts';
import type { UploadBody } from '../../registry/http/request-body.ts';
import type { UploadSession } from '../../registry/types.ts';
import { ChunkRefused } from './chunk-refused.ts';
import { CHUNKED_FROM, type ChunkSizer } from './chunk-size.ts';
import { freeBody } from './free-body.ts';
import { isFreeNow, refusesFreeBody, takesFreeBodies, tookFixedBody, tookFreeBody } from './free-body-taken.ts';
import { dropSession } from './open-session.ts';
import type { PushRun } from './run.ts';
import type { Turn } from './turn.ts';

/** One upload in chunks. */
export interface ChunkedUpload {
  blob: Descriptor;
  session: UploadSession;
  chunks: ChunkSizer;
  /** What its bodies are read into. */
  buffers: SuccessiveBuffers;
  /** Its right to be on the line. */
  turn: Turn;
}

/** Whether it goes in chunks however quick the line is. @param session once it is open; it may demand chunks for smaller blobs. */
export function goesInChunks(run: PushRun, blob: Descriptor, session: UploadSession | undefined): boolean {
  if (!takesChunks(run)) return false;
  if (refusesWhole(run) && !takesFreeBodies(run)) return true;
  const least = session?.chunkMinLength;
  return blob.size > (run.client.uploads.chunkSize ?? CHUNKED_FROM) || (least !== undefined && blob.size > least);
}

/**
 * Whether what is left of a smaller blob goes in bodies that can be left at any byte, too: not where the line takes all of it in a moment,
 * and one request is enough.
 */
export function goesInFreeBodies(run: PushRun, blob: Descriptor, session: UploadSession, chunks: ChunkSizer): boolean {
  const mayGo = takesChunks(run) && run.client.uploads.chunkSize === undefined && session.chunkMinLength === undefined;
  if (!mayGo || !isFreeNow(run, chunks)) return false;
  if (session.offset > 0 ? run.line.refusesLastPart : refusesWhole(run)) return session.offset < blob.size;
  return blob.size - session.offset > Math.min(run.line.body.whole, chunks.cap);
}

/** Artifactory's end of an upload brings no bytes: https://github.com/docker/buildx/issues/196 */
function refusesWhole({ line, journal, target }: PushRun): boolean {
  return line.refusesWhole || journal.traits.has(target.registry, 'no-whole-blobs');
}

function takesChunks({ client: { uploads }, journal, target }: PushRun): boolean {
  return uploads.chunks && (uploads.chunkSize !== undefined || !journal.traits.has(target.registry, 'no-chunks'));
}

/**
 * PATCH after PATCH; after each the registry has told what it holds, and the upload can be left.
 * @param goesOn whether another one follows, as long as bytes are left.
 * @returns false when another upload shall go first.
 * @throws ChunkRefused, and the registry client's errors.
 */
export async function sendChunks(
  run: PushRun,
  upload: ChunkedUpload,
  goesOn: () => boolean = () => true,
): Promise<boolean> {
  const { blob, session, turn } = upload;
  while (session.offset < blob.size && goesOn()) {
    run.draining.throwIfAborted();
    if (turn.isOver) return false;
    await sendChunk(run, upload);
    run.progress.restartAt(blob.digest, session.offset);
    run.sessions.save(blob, session);
  }
  return true;
}

async function sendChunk(run: PushRun, upload: ChunkedUpload): Promise<void> {
  const { blob, session, chunks, buffers, turn } = upload;
  const { offset, chunkMinLength = 0, chunkMaxLength = blob.size } = session;
  const { line } = run;
  await line.ready([run.signal, run.draining]);
  const left = blob.size - offset;
  const ended = turn.begin(left);
  const isSteady = chunkMinLength > 0;
  const isFree = !isSteady && isFreeNow(run, chunks);
  const wanted = isFree
    ? chunks.most(line.body.next)
    : chunks.next(!isSteady && chunks.mayBeFree ? Math.min(left, line.body.safe) : left, isSteady);
  const length = Math.min(left, Math.max(Math.min(wanted, chunkMaxLength), chunkMinLength));
  const ends = isFree ? AbortSignal.any([run.draining, ended]) : undefined;
  const body = await bodyOf(run, blob, { offset, length, ends, buffers, turn });
  const started = performance.now();
  try {
    await run.client.uploadChunk(session, body, { signal: run.signal });
  } catch (thrown) {
    const sent = body.given?.() ?? length;
    if (isLost(thrown)) turn.lost(sent);
    throwIfTooLarge(thrown, sent, upload);
    if (isFree && refusesFreeBody(run, thrown, { offset, sent, chunks }))
      throw new ChunkRefused('fixed', toPushboatError(thrown));
    throw offset === 0 ? await refusedChunks(run, blob, thrown, chunks) : thrown;
  }
  if (offset === 0) chunks.begins();
  if (isFree) tookFreeBody(run, chunks, offset);
  else tookFixedBody(run, chunks);
  turn.took(session.offset - offset);
  chunks.took(session.offset - offset, performance.now() - started);
}

/** What is said of a failure between a gateway and what stands behind it. */
const GATEWAYS_OWN = new Set([500, 502, 504, 520, 522, 524]);

/**
 * Whether a body ended for the sake of its way, and not because the registry refused it: the line broke, or a gateway gave it up, which
 * some do with what is too long for them (https://github.com/caddyserver/caddy/issues/5652).
 */
function isLost(thrown: unknown): boolean {
  if (!(thrown instanceof PushboatError) || thrown instanceof TokenExpiredError) return false;
  const { status } = thrown.facts;
  if (status !== undefined) return GATEWAYS_OWN.has(status);
  return thrown.code === 'CONNECTION_LOST' || thrown.code === 'TIMEOUT';
}

/** @throws ChunkRefused when a body of so many bytes was refused for its size, and a smaller one is worth a try. */
function throwIfTooLarge(thrown: unknown, bytes: number, { chunks, session }: ChunkedUpload): void {
  if (!(thrown instanceof PushboatError)) return;
  const isPerhaps = session.offset > 0 && isFronts(thrown);
  if ((thrown.code === 'BLOB_TOO_LARGE' || isPerhaps) && chunks.tooLarge(bytes))
    throw new ChunkRefused('smaller', thrown);
}

/**
 * What fronts say without a word of the registry. Who was let open an upload may fill it, so they dislike the method, or the size: IIS says 404
 * to what is longer than it takes (https://learn.microsoft.com/iis/configuration/system.webserver/security/requestfiltering/requestlimits/).
 */
const FRONTS_OWN = new Set([400, 403, 404]);

function isFronts({ facts: { status = 0, registryErrors } }: PushboatError): boolean {
  return FRONTS_OWN.has(status) && registryErrors === undefined;
}

/** What may be said of a body that comes with the end of an upload, where only the end by itself is understood. */
const REFUSES_LAST_PART = new Set([400, 404, 405, 411, 415, 416, 422, 501]);

/**
 * The request that ends an upload, with all that is left of the blob. Other clients send the last bytes of an upload that has begun
 * by themselves, so a registry may know no other way.
 * @throws ChunkRefused, and the registry client's errors.
 */
export async function sendRest(run: PushRun, upload: ChunkedUpload): Promise<void> {
  const { blob, session, chunks, buffers, turn } = upload;
  const { offset } = session;
  const rest = blob.size - offset;
  await run.line.ready([run.signal, run.draining]);
  const body = rest === 0 ? null : await bodyOf(run, blob, { offset, length: rest, buffers, turn });
  turn.begin(rest);
  try {
    await run.client.finishUpload(session, blob.digest, body, { signal: run.signal });
  } catch (thrown) {
    if (isLost(thrown)) turn.lost(rest);
    if (takesChunks(run)) throwIfTooLarge(thrown, rest, upload);
    const failure = toPushboatError(thrown);
    if (rest === 0 || !(offset === 0 ? wantsEndAlone(run, failure, chunks) : refusesLastPart(run, failure)))
      throw thrown;
    run.line.refusesLastPart = true;
    throw new ChunkRefused('alone', failure);
  }
  if (offset === 0 && rest > 0) {
    run.line.takesWhole = true;
    tookFixedBody(run, chunks);
  }
  turn.took(rest);
}

function refusesLastPart({ line }: PushRun, { facts: { status = 0 } }: PushboatError): boolean {
  return !line.refusesLastPart && REFUSES_LAST_PART.has(status);
}

/**
 * Whether a whole blob was refused for coming with the end of its upload. Registries that know no such end say that they have not got the
 * blob, its bytes or the upload, which may be chance once. One that takes it is not asked to do without again.
 */
function wantsEndAlone(run: PushRun, failure: PushboatError, chunks: ChunkSizer): boolean {
  const { line, journal, target, client } = run;
  if (!takesChunks(run) || client.uploads.chunkSize !== undefined || line.takesWhole || chunks.endsAlone) return false;
  const { status = 0, registryErrors = [] } = failure.facts;
  const says = NO_CHUNKS.has(status) || registryErrors.some(({ code }) => code === 'UNSUPPORTED');
  const isDoubtful = failure.code === 'UPLOAD_GONE' || failure.code === 'DIGEST_MISMATCH';
  // Another blob may have met the same refusal meanwhile.
  if (!says && !(isDoubtful && (refusesWhole(run) || chunks.lostUpload()))) return false;
  chunks.endsAlone = true;
  line.refusesWhole = true;
  journal.traits.add(target.registry, 'no-whole-blobs');
  return true;
}

/** What a registry says of a method that it does not have; other refusals of a first chunk may have other reasons. */
const NO_CHUNKS = new Set([405, 501]);
const NO_CHUNKS_PERHAPS = new Set([400, 411, 415]);

/** No PATCH has come through: this one said its length. A person's chunk size is kept to. */
function isNeverTaken({ line, client }: PushRun, chunks: ChunkSizer): boolean {
  return !line.isProven && chunks.doubtsFreeBodies && client.uploads.chunkSize === undefined;
}

/**
 * What the refusal of the very first PATCH means. A registry that says it takes no chunks is remembered, so that the next blob goes whole
 * at once. One that does not know the upload most likely lost it, and is tried once more.
 */
async function refusedChunks(run: PushRun, blob: Descriptor, thrown: unknown, chunks: ChunkSizer): Promise<unknown> {
  const failure = toPushboatError(thrown);
  const { status = 0, registryErrors = [] } = failure.facts;
  const says = NO_CHUNKS.has(status) || registryErrors.some(({ code }) => code === 'UNSUPPORTED');
  const isGone = failure.code === 'UPLOAD_GONE';
  // 416 at the very beginning is what GitHub says of a part that is too long for it, under whatever name it is reached.
  const isChance = isGone || status === 416;
  const isPerhaps = NO_CHUNKS_PERHAPS.has(status) || isFronts(failure) || (isLost(thrown) && isNeverTaken(run, chunks));
  if (!says && !(isChance ? chunks.lostUpload() : isPerhaps)) return thrown;
  // A person's chunk size is kept to.
  if (isChance && run.client.uploads.chunkSize) return thrown;
  if (says) run.journal.traits.add(run.target.registry, 'no-chunks');
  if (!isGone) await dropSession(run, blob);
  return new ChunkRefused('whole', failure);
}

/** The part of a blob that a body has; `ends` ends it early, without that it is exactly so long. */
interface BodyPart {
  offset: number;
  length: number;
  buffers: SuccessiveBuffers;
  turn: Turn;
  ends?: AbortSignal | undefined;
}

/** A part of the blob, in memory where that is cheaper, else as a stream within the bandwidth limit. */
async function bodyOf(
  run: PushRun,
  blob: Descriptor,
  { offset, length, buffers, turn, ends }: BodyPart,
): Promise<UploadBody> {
  const { signal, progress, bandwidth } = run;
  const onBytes = (count: number): void => {
    turn.moves();
    progress.count(blob.digest, count);
    if (progress.sent(blob.digest) >= blob.size) progress.toState(blob.digest, 'committing');
  };
  const part = { offset, length, signal };
  const open = () =>
    bandwidth.pace(() => buffers.stream((recycle) => run.image.blob(blob, { ...part, recycle })), signal);
  if (ends) return freeBody({ length, onBytes, open }, ends);
  if (length > SMALL_BODY_BYTES) return { length, onBytes, open };
  const isUnlimited = bandwidth.limit === 0;
  const paced = () => bandwidth.pace(() => run.image.blob(blob, part), signal);
  const bytes = isUnlimited ? await readPart(run.image, blob, part) : await collect(paced());
  return { length, onBytes, open: () => bytes };
}
