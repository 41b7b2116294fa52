import type { Digest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import { type Answer, header } from './answer.ts';
import { SMALL_BODY_BYTES } from './defaults.ts';
import { resolveLocation, withDigest } from './location.ts';
import { parseUploadRange } from './range.ts';
import { shownText } from './redact.ts';
import type { ApiRequest, Requester } from './requests.ts';
import type { RequestOptions, StartedUpload, UploadBody, UploadSession } from './types.ts';

/** Milliseconds that giving up an upload may take; nobody waits for its success. */
const CANCEL_LIMIT = 5_000;

/** Milliseconds after a cancel in which the answer to POST is still heard: an upload that nobody knows cannot be closed. */
const START_GRACE = 2_000;

/**
 * POST: opens an upload, or mounts the blob (201). A registry that cannot mount answers with an upload (202). It may return although
 * the signal has aborted meanwhile: the upload is the caller's to close.
 */
export async function startUpload(
  requester: Requester,
  registry: string,
  repository: string,
  options: RequestOptions & { mount?: { digest: Digest; from: string } } = {},
): Promise<StartedUpload> {
  const { mount } = options;
  const query =
    mount === undefined ? '' : `?mount=${encodeURIComponent(mount.digest)}&from=${encodeURIComponent(mount.from)}`;
  const answer = await requester.send(
    {
      method: 'POST',
      target: `/v2/${repository}/blobs/uploads/${query}`,
      access: { repository, actions: 'write', mountFrom: mount?.from },
      expect: mount === undefined ? [202] : [201, 202],
      what: `open an upload in ${repository}`,
      graceMs: START_GRACE,
    },
    options,
  );
  if (answer.status === 201) {
    const mounted = header(answer, 'docker-content-digest')?.trim();
    if (mount === undefined || mounted === undefined || mounted === mount.digest) return { kind: 'mounted' };
    throw new PushboatError('PROTOCOL_ERROR', `The registry ${registry} mounted another blob than was asked for.`, {
      registry,
      repository,
      digest: mount.digest,
      detail: shownText(mounted),
    });
  }
  const least = Number(header(answer, 'oci-chunk-min-length') ?? Number.NaN);
  const session: UploadSession = {
    repository,
    location: resolveLocation(header(answer, 'location'), answer.url, registry).href,
    offset: 0,
    ...(Number.isSafeInteger(least) && least > 0 ? { chunkMinLength: least } : {}),
  };
  return { kind: 'session', session };
}

/**
 * PUT with the digest: commits the upload, with the (rest of the) body if there is one. Tried once.
 * @throws PushboatError DIGEST_MISMATCH when the registry refuses the digest: whose bytes are wrong is for the owner of the blob to find.
 */
export async function finishUpload(
  requester: Requester,
  session: UploadSession,
  digest: Digest,
  body: UploadBody | null,
  options?: RequestOptions,
): Promise<void> {
  const range =
    body !== null && body.length > 0 && session.offset > 0 ? { 'content-range': contentRange(session, body) } : {};
  await requester.send(
    {
      ...bodyRequest(session, body),
      method: 'PUT',
      target: withDigest(session.location, digest),
      headers: { 'content-type': 'application/octet-stream', ...range },
      expect: [200, 201, 204],
      what: `take a blob into ${session.repository}`,
      patient: true,
    },
    options,
  );
}

/** Whose answers are read, and how far they can be believed. */
export interface UploadTraits {
  registry: string;
  /** `Range` tells less than the registry has. */
  staleRange: boolean;
}

/** PATCH of the next bytes. Afterwards the session says what the registry has, after a 416 as well. Tried once. */
export async function uploadChunk(
  requester: Requester,
  { registry, staleRange }: UploadTraits,
  session: UploadSession,
  body: UploadBody,
  options?: RequestOptions,
): Promise<void> {
  const answer = await requester.send(
    {
      ...bodyRequest(session, body),
      method: 'PATCH',
      target: new URL(session.location),
      headers: { 'content-type': 'application/octet-stream', 'content-range': contentRange(session, body) },
      // 201 is ECR's; 416 carries where to go on.
      expect: [200, 201, 202, 204, 416],
      what: `take a part of a blob into ${session.repository}`,
    },
    options,
  );
  if (answer.status === 416) {
    update(session, answer, registry, session.offset);
    throw new PushboatError(
      'REGISTRY_ERROR',
      `The registry ${registry} has another part of the upload than was thought.`,
      {
        registry,
        repository: session.repository,
        status: 416,
        hint: 'retry',
      },
    );
  }
  const sent = session.offset + body.length;
  update(session, answer, registry, sent);
  if (staleRange) session.offset = sent;
}

/** GET of the upload: what the registry has, and where to send the rest. @throws PushboatError UPLOAD_GONE. */
export async function uploadStatus(
  requester: Requester,
  { registry, staleRange }: UploadTraits,
  session: UploadSession,
  options?: RequestOptions,
): Promise<void> {
  // Going on at an offset that is too low would be refused.
  if (staleRange) throw offsetUnknown(registry);
  const answer = await requester.send(
    {
      method: 'GET',
      target: new URL(session.location),
      access: { repository: session.repository, actions: 'write' },
      expect: [200, 202, 204, 404],
      what: `tell how much of an upload it has in ${session.repository}`,
    },
    options,
  );
  if (answer.status === 404) {
    throw new PushboatError('UPLOAD_GONE', `The registry ${registry} no longer knows the upload.`, {
      registry,
      repository: session.repository,
      status: 404,
      hint: 'retry',
    });
  }
  update(session, answer, registry, undefined);
}

/** DELETE of the upload, with a short limit of its own; whether it worked is nobody's concern. */
export async function cancelUpload(requester: Requester, session: UploadSession): Promise<void> {
  try {
    await requester.send(
      {
        method: 'DELETE',
        target: new URL(session.location),
        access: { repository: session.repository, actions: 'write' },
        expect: [200, 202, 204, 404],
        what: 'give up an upload',
        once: true,
      },
      { signal: AbortSignal.timeout(CANCEL_LIMIT) },
    );
  } catch {
    // Registries sweep abandoned uploads by themselves.
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

/** Takes the newest location and offset. `fallback`: the offset when the answer names none. */
function update(session: UploadSession, answer: Answer, registry: string, fallback: number | undefined): void {
  const location = header(answer, 'location');
  if (location) session.location = resolveLocation(location, answer.url, registry).href;
  const offset = parseUploadRange(header(answer, 'range'), fallback ?? session.offset) ?? fallback;
  if (offset === undefined) throw offsetUnknown(registry);
  session.offset = offset;
}

function offsetUnknown(registry: string): PushboatError {
  const message = `The registry ${registry} does not say how much of the upload it has (Range).`;
  return new PushboatError('PROTOCOL_ERROR', message, { registry });
}
