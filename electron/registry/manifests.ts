import { type Digest, isDigest } from '../../shared/digest.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import { PushboatError } from '../../shared/errors.ts';
import type { HintKey } from '../../shared/hints.ts';
import { formatName, isSchema1MediaType, MANIFEST_ACCEPT, MediaType } from '../../shared/media-types.ts';
import { lastingReason } from './answers/lasting-refusal.ts';
import type { RequestOptions } from './answers/retry.ts';
import { MAX_MANIFEST_BYTES } from './defaults.ts';
import { shownText } from './http/redact.ts';
import { type ApiResponse, header, sizeOf } from './http/response.ts';
import type { Requester } from './requests.ts';
import type { ManifestReceipt, RemoteManifest } from './types.ts';

/** What the registry has under a tag or digest, without its bytes; null when there is nothing. */
export async function headManifest(
  requester: Requester,
  repository: string,
  reference: string,
  options?: RequestOptions,
): Promise<RemoteManifest | null> {
  const response = await read(requester, 'HEAD', repository, reference, options);
  if (response.status === 404) return null;
  const digest = contentDigest(response);
  const mediaType = mediaTypeOf(response);
  const size = sizeOf(response);
  return {
    digest,
    mediaType,
    size,
  };
}

/** The manifest's bytes; null when there is none. @throws PushboatError TOO_LARGE beyond 4 MiB. */
export async function getManifest(
  requester: Requester,
  repository: string,
  reference: string,
  options?: RequestOptions,
): Promise<{ bytes: Uint8Array; mediaType: string } | null> {
  const response = await read(requester, 'GET', repository, reference, options);
  if (response.status === 404) return null;
  if (response.truncated) {
    throw new PushboatError('TOO_LARGE', `The manifest ${repository}:${shownText(reference)} is larger than 4 MiB.`, {
      repository,
    });
  }
  return { bytes: response.body, mediaType: mediaTypeOf(response) ?? '' };
}

function read(
  requester: Requester,
  method: 'GET' | 'HEAD',
  repository: string,
  reference: string,
  options?: RequestOptions,
): Promise<ApiResponse> {
  return requester.send(
    {
      method,
      target: `/v2/${repository}/manifests/${reference}`,
      access: { repository, actions: 'read' },
      headers: { accept: MANIFEST_ACCEPT },
      expect: [200, 404],
      what: `show the manifest ${repository}:${reference}`,
      maxResponse: MAX_MANIFEST_BYTES,
    },
    options,
  );
}

interface SentManifest {
  bytes: Uint8Array;
  mediaType: string;
}

/** Puts a manifest under a tag or digest. @throws PushboatError MANIFEST_REJECTED, TAG_IMMUTABLE, and the common ones. */
export async function putManifest(
  requester: Requester,
  repository: string,
  reference: string,
  manifest: SentManifest,
  options?: RequestOptions,
): Promise<ManifestReceipt> {
  const response = await requester.send(
    {
      method: 'PUT',
      target: `/v2/${repository}/manifests/${reference}`,
      access: { repository, actions: 'write' },
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      expect: [200, 201, 202, 204],
      what: `take the manifest ${repository}:${reference}`,
      patient: true,
      refine: (error) => refinedRefusal(error, `${repository}:${reference}`, manifest),
    },
    options,
  );
  const digest = contentDigest(response);
  return {
    digest,
    processedSubject: header(response, 'oci-subject') !== undefined,
  };
}

const REJECTED_STATUSES = new Set([400, 404, 405, 406, 409, 412, 415, 422]);
const REJECTED_CODES = new Set([
  'MANIFEST_INVALID',
  'MANIFEST_UNVERIFIED',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_UNKNOWN',
  'UNSUPPORTED',
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_UNKNOWN',
]);
/** What is called an upload here is a layer: a manifest needs none. */
const UNNAMED: readonly ErrorCode[] = ['REGISTRY_ERROR', 'UPLOAD_GONE'];

/**
 * Says apart a tag that may not move (ECR: TAG_INVALID; Harbor, Quay: 403, 409, 412 in words), a manifest that is not wanted, and one that
 * has most likely met a registry that does not know what to say of it.
 */
function refinedRefusal(error: PushboatError, name: string, manifest: SentManifest): PushboatError {
  const { status, registryErrors = [], detail = '' } = error.facts;
  if (status === undefined) return error;
  const said = detail ? `: ${detail}` : '';
  if (lastingReason(status, detail) === 'immutable' || isTaken(status, detail))
    return renamed(
      error,
      'TAG_IMMUTABLE',
      `The registry does not let the tag ${name} move: ${detail}.`,
      'check-tag-policy',
    );
  if (registryErrors.some(({ code }) => code === 'TAG_INVALID'))
    return renamed(
      error,
      'MANIFEST_REJECTED',
      `The registry does not take the tag ${name}: ${detail}.`,
      'check-tag-policy',
    );
  const unusual = status === 500 ? unusualPart(manifest) : unusualDigest(error, name);
  if (unusual !== undefined) {
    const message = `The registry refused the manifest ${name} (${status})${said}. It most likely does not accept ${unusual}.`;
    return renamed(error, 'MANIFEST_REJECTED', message, 'ask-owner');
  }
  // A manifest goes in one piece: no chunk size helps.
  if (error.code === 'BLOB_TOO_LARGE') {
    const message = `The registry refused the manifest ${name} (${status})${said}. It or a proxy in front of it limits the size of a request.`;
    return renamed(error, 'MANIFEST_REJECTED', message, 'ask-owner');
  }
  const rejected = registryErrors.some(({ code }) => REJECTED_CODES.has(code)) || REJECTED_STATUSES.has(status);
  if (!rejected || !UNNAMED.includes(error.code)) return error;
  return renamed(
    error,
    'MANIFEST_REJECTED',
    `The registry refused the manifest ${name} (${status})${said}.`,
    // What Artifactory adds for who may not write there, or not over what is there (https://github.com/GoogleContainerTools/kaniko/issues/1095).
    error.hint ?? (/\bHTTP 40[13]\b/.test(detail) ? 'check-account-rights' : 'retry'),
  );
}

/** A tag that exists and stays as it is, in the words of who does not call that immutable. */
function isTaken(status: number, words: string): boolean {
  return (
    status >= 400 && status < 500 && /\b(?:tag|version)\b[^.;]{0,160}\balready (?:exists?|in use|taken)\b/i.test(words)
  );
}

/**
 * What docker-registry 2.8 answers with 500 and no reason, which is in its log only: schema 1, and layers whose urls it does not
 * allow. For any other manifest 500 means that it is out of order.
 */
function unusualPart({ bytes, mediaType }: SentManifest): string | undefined {
  if (isSchema1MediaType(mediaType)) return formatName(mediaType);
  const hasForeign = foreignTypes.some((type) => Buffer.from(bytes).includes(type));
  return hasForeign ? 'layers that stay at their own address (foreign layers)' : undefined;
}

/** Most registries know no digest but sha256, and say that another one is wrong (https://github.com/distribution/distribution/issues/4420). */
function unusualDigest({ code }: PushboatError, name: string): string | undefined {
  const algorithm = /:([a-z0-9+._-]+):[0-9a-f]+$/.exec(name)?.[1];
  return code !== 'DIGEST_MISMATCH' || algorithm === 'sha256' ? undefined : algorithm && `digests of ${algorithm}`;
}

const foreignTypes = [MediaType.ociForeignLayer, MediaType.dockerForeignLayer];

function renamed(error: PushboatError, code: ErrorCode, message: string, hint: HintKey): PushboatError {
  return new PushboatError(code, message.replace(/\.+$/, '.'), { ...error.facts, hint });
}

function contentDigest(response: ApiResponse): Digest | undefined {
  const text = header(response, 'docker-content-digest')?.trim();
  return text !== undefined && isDigest(text) ? text : undefined;
}

/** The media type without parameters such as `charset`. */
function mediaTypeOf(response: ApiResponse): string | undefined {
  return header(response, 'content-type')?.split(';', 1)[0]?.trim() || undefined;
}
