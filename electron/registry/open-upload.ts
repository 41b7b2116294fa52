import type { Digest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import { resolveUpload } from './answers/location.ts';
import type { RequestOptions } from './answers/retry.ts';
import { withAdvice } from './answers/upload-refusals.ts';
import { shownText } from './http/redact.ts';
import { type ApiResponse, header } from './http/response.ts';
import type { Lane } from './http/routes.ts';
import type { UploadLanes } from './lanes.ts';
import type { Requester } from './requests.ts';
import type { RegistryClient, StartedUpload, UploadSession } from './types.ts';

/** Milliseconds after a cancel in which the answer to POST is still heard: an upload that nobody knows cannot be closed. */
const START_GRACE = 2_000;

/**
 * Milliseconds that a mount may take: some registries ask another service or storage for it, which may be silent, and an upload does as well
 * (https://github.com/google/go-containerregistry/issues/1679).
 */
const MOUNT_LIMIT = 15_000;

/** What all requests of uploads to a registry need. */
export interface UploadContext {
  requester: Requester;
  registry: string;
  lanes: UploadLanes;
  /** Its `Range` tells less than it has. */
  staleRange: boolean;
}

/**
 * POST: opens an upload, or mounts the blob (201). A registry that cannot mount answers with an upload (202). It may return although
 * the signal has aborted meanwhile: the upload is the caller's to close.
 */
export async function startUpload(
  { requester, registry, lanes }: UploadContext,
  repository: string,
  options: RequestOptions & { mount?: { digest: Digest; from: string } } = {},
): Promise<StartedUpload> {
  return lanes.start((lane) => openUpload({ requester, registry, lane }, repository, options));
}

/** Asks whether one may push to a repository: an upload is opened and closed again. @throws PushboatError as `startUpload` */
export async function askToPush(
  client: Pick<RegistryClient, 'startUpload' | 'cancelUpload'>,
  repository: string,
  options: RequestOptions,
): Promise<void> {
  const started = await client.startUpload(repository, options);
  if (started.kind === 'session') await client.cancelUpload(started.session);
}

async function openUpload(
  { requester, registry, lane }: { requester: Requester; registry: string; lane: Lane | undefined },
  repository: string,
  options: RequestOptions & { mount?: { digest: Digest; from: string } },
): Promise<StartedUpload> {
  const { mount } = options;
  const query =
    mount === undefined ? '' : `?mount=${encodeURIComponent(mount.digest)}&from=${encodeURIComponent(mount.from)}`;
  const response = await requester.send(
    {
      method: 'POST',
      target: `/v2/${repository}/blobs/uploads/${query}`,
      access: { repository, actions: 'write', mountFrom: mount?.from },
      // 202 is what the specification asks for; the engine of Docker takes any success.
      expect: [200, 201, 202],
      what: `open an upload in ${repository}`,
      // https://distribution.github.io/distribution/about/configuration/#proxy
      ifNotAllowed: 'takes no images: it is read-only, or a cache of another registry',
      refine: withAdvice,
      graceMs: START_GRACE,
      answerWithin: mount && MOUNT_LIMIT,
      lane,
    },
    options,
  );
  if (mount !== undefined && response.status === 201) {
    const mounted = header(response, 'docker-content-digest')?.trim();
    if (mounted === undefined || mounted === mount.digest) return { kind: 'mounted' };
    throw new PushboatError('PROTOCOL_ERROR', `The registry ${registry} mounted a different blob than requested.`, {
      registry,
      repository,
      digest: mount.digest,
      detail: shownText(mounted),
    });
  }
  const session: UploadSession = {
    repository,
    location: resolveUpload(header(response, 'location'), response.url, registry).href,
    offset: 0,
    chunkMinLength: chunkLimit(response, 'oci-chunk-min-length'),
    chunkMaxLength: chunkLimit(response, 'oci-chunk-max-length'),
  };
  return { kind: 'session', session };
}

function chunkLimit(response: ApiResponse, name: string): number | undefined {
  const bytes = Number(header(response, name) ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}
