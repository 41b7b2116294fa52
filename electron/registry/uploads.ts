import type { Digest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import { resolveUpload, withDigest } from './answers/location.ts';
import {
  afterRefusal,
  afterTaking,
  NOTHING_SHOWN,
  type OffsetWord,
  offsetToGoOn,
  parseUploadRange,
} from './answers/range.ts';
import type { RequestOptions } from './answers/retry.ts';
import { statusError } from './answers/status-error.ts';
import { isUploadGone, otherPart, uploadGone } from './answers/upload-refusals.ts';
import { SMALL_BODY_BYTES } from './defaults.ts';
import type { UploadBody } from './http/request-body.ts';
import { type ApiResponse, header } from './http/response.ts';
import type { UploadContext } from './open-upload.ts';
import type { ApiRequest } from './requests.ts';
import type { UploadSession } from './types.ts';

/** Milliseconds that giving up an upload may take; nobody waits for its success. */
const CANCEL_LIMIT = 5_000;

/**
 * PUT with the digest: commits the upload, with the (rest of the) body if there is one. Tried once.
 * @throws PushboatError DIGEST_MISMATCH when the registry refuses the digest: whose bytes are wrong is for the owner of the blob to find.
 */
export async function finishUpload(
  context: UploadContext,
  session: UploadSession,
  digest: Digest,
  body: UploadBody | null,
  options?: RequestOptions,
): Promise<void> {
  const range =
    body !== null && body.length > 0 && session.offset > 0 ? { 'content-range': contentRange(session, body) } : {};
  const response = await sendToUpload(
    context,
    session,
    {
      ...bodyRequest(session, body),
      method: 'PUT',
      target: withDigest(session.location, digest),
      headers: { 'content-type': 'application/octet-stream', ...range },
      expect: [200, 201, 202, 204, 416],
      what: `take a blob into ${session.repository}`,
      patient: true,
    },
    options,
  );
  if (response.status === 416) throw elsewhereError(context.registry, session, response);
  await context.lanes.end(session);
}

/**
 * PATCH of the next bytes. An answer that it took them counts, whatever its `Range` says; after a 416 the session says what the registry
 * claims to have. Tried once. A body that may end early has no range, as those of `docker push` have none.
 */
export async function uploadChunk(
  context: UploadContext,
  session: UploadSession,
  body: UploadBody,
  options?: RequestOptions,
): Promise<void> {
  const range = body.given ? {} : { 'content-range': contentRange(session, body) };
  const response = await sendToUpload(
    context,
    session,
    {
      ...bodyRequest(session, body),
      method: 'PATCH',
      target: new URL(session.location),
      headers: { 'content-type': 'application/octet-stream', ...range },
      // 201 is ECR's; 416 carries where to go on.
      expect: [200, 201, 202, 204, 416],
      what: `take a part of a blob into ${session.repository}`,
      // A proxy that collects the body begins to pass it on when it has ended.
      patient: body.given !== undefined,
    },
    options,
  );
  if (response.status === 416) throw elsewhereError(context.registry, session, response);
  follow(session, response, context.registry);
  session.offset += body.given?.() ?? body.length;
  session.word = afterTaking(wordOf(session));
}

/**
 * GET of the upload: where to send the rest, and from which offset.
 * @throws PushboatError UPLOAD_GONE, or PROTOCOL_ERROR when nothing is left to try in it.
 */
export async function uploadStatus(
  context: UploadContext,
  session: UploadSession,
  options?: RequestOptions,
): Promise<void> {
  const { registry, staleRange } = context;
  const { asked, refusedAt } = wordOf(session);
  const contradicts = asked && refusedAt !== undefined;
  // It was doubted that it had a byte more than it took for certain, and its refusal said so again.
  if (contradicts && session.offset > refusedAt) return;
  // Going on at an offset that is too low would be refused, and one that it told and then refused would be told again.
  if (staleRange || contradicts) throw offsetUnknown(registry);
  const response = await sendToUpload(
    context,
    session,
    {
      method: 'GET',
      target: new URL(session.location),
      access: { repository: session.repository, actions: 'write' },
      expect: [200, 202, 204],
      what: `tell how much of an upload it has in ${session.repository}`,
    },
    options,
  );
  follow(session, response, registry);
  const offset = offsetToGoOn(reportedOffset(session, response), session.offset, refusedAt);
  if (offset === undefined) throw offsetUnknown(registry);
  session.offset = offset;
  session.word = { ...wordOf(session), asked: true };
}

/** DELETE of the upload, with a short limit of its own; whether it worked is nobody's concern. */
export async function cancelUpload({ requester, lanes }: UploadContext, session: UploadSession): Promise<void> {
  try {
    await requester.send(
      {
        method: 'DELETE',
        target: new URL(session.location),
        access: { repository: session.repository, actions: 'write' },
        expect: [200, 202, 204, 404],
        what: 'give up an upload',
        once: true,
        lane: lanes.of(session),
      },
      { signal: AbortSignal.timeout(CANCEL_LIMIT) },
    );
  } catch {
    // Registries sweep abandoned uploads by themselves.
  } finally {
    await lanes.end(session);
  }
}

function bodyRequest(
  session: UploadSession,
  body: UploadBody | null,
): Pick<ApiRequest, 'access' | 'body' | 'once' | 'slot'> {
  const large = body !== null && body.length > SMALL_BODY_BYTES;
  return {
    access: { repository: session.repository, actions: 'write' },
    body,
    once: true,
    slot: large ? 'large' : 'small',
  };
}

/** `start-end`, inclusive, without a unit (distribution-spec, "Pushing a blob in chunks"). */
function contentRange({ offset }: UploadSession, { length }: UploadBody): string {
  return `${offset}-${offset + length - 1}`;
}

/** A request to an upload. @throws PushboatError UPLOAD_GONE when the registry does not know it, and the common ones. */
async function sendToUpload(
  { requester, lanes }: UploadContext,
  session: UploadSession,
  request: ApiRequest,
  options?: RequestOptions,
): Promise<ApiResponse> {
  try {
    const response = await requester.send({ ...request, lane: lanes.of(session) }, options);
    lanes.used(session);
    return response;
  } catch (error) {
    if (!(error instanceof PushboatError) || !isUploadGone(error)) throw error;
    await lanes.lost(session);
    throw uploadGone(error);
  }
}

/** A 416 tells where to go on; GitHub's, that the part is too long for it (https://github.com/wasmCloud/wash-archive/issues/268). */
function elsewhereError(registry: string, session: UploadSession, response: ApiResponse): PushboatError {
  const { repository } = session;
  const refusal = statusError(response, { registry, repository, what: `take a part of a blob into ${repository}` });
  if (refusal.code === 'BLOB_TOO_LARGE') return refusal;
  follow(session, response, registry);
  Object.assign(session, afterRefusal(wordOf(session), session.offset, reportedOffset(session, response)));
  return otherPart(refusal);
}

function wordOf({ word = NOTHING_SHOWN }: UploadSession): OffsetWord {
  return word;
}

function follow(session: UploadSession, response: ApiResponse, registry: string): void {
  const location = header(response, 'location');
  if (location) session.location = resolveUpload(location, response.url, registry).href;
}

function reportedOffset(session: UploadSession, response: ApiResponse): number | undefined {
  const reported = parseUploadRange(header(response, 'range'), session.offset);
  return reported !== undefined && wordOf(session).countsOneMore ? Math.max(0, reported - 1) : reported;
}

function offsetUnknown(registry: string): PushboatError {
  const message = `The registry ${registry} does not say correctly how much of the upload it has (Range).`;
  return new PushboatError('PROTOCOL_ERROR', message, { registry });
}
