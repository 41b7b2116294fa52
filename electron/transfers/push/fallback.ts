import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { isSchema1MediaType, MediaType } from '../../../shared/media-types.ts';
import type { ImageTree } from '../../image/tree.ts';

const OCI_TYPES: readonly string[] = [MediaType.ociManifest, MediaType.ociIndex];

/** What registries say of a manifest in a format that they do not take. */
const ABOUT_FORMAT =
  /(?:media|content)[ -]?type|vnd\.(?:oci|docker)\.|\boci\b|(?:manifest|schema|format|version)\b.*(?:not (?:be )?supported|unsupported)|(?:not supported|unsupported).*\b(?:manifest|schema|format|version)/i;

/** True when a registry refuses a manifest for its format: 415, UNSUPPORTED, or a refusal that names the media type. */
export function refusesFormat(thrown: unknown): boolean {
  const { code, facts } = toPushboatError(thrown);
  if (code !== 'MANIFEST_REJECTED') return false;
  const { status = 0, registryErrors = [], detail = '' } = facts;
  if (status >= 500) return false;
  const words = [detail, ...registryErrors.map(({ message }) => message)].join(' ');
  return status === 415 || registryErrors.some((entry) => entry.code === 'UNSUPPORTED') || ABOUT_FORMAT.test(words);
}

/** True when a registry that has given up schema 1 is sent such a manifest: docker-registry 2.8 answers that with 500 and no reason. */
export function refusesSchema1(thrown: unknown, tree: ImageTree): boolean {
  const { code, facts } = toPushboatError(thrown);
  return isSchema1MediaType(tree.root.mediaType) && code === 'MANIFEST_REJECTED' && facts.status === 500;
}

/** Statuses of a request that is not as it should be. */
const INVALID = [400, 405, 406, 422];

/**
 * What is said of any manifest that is not understood: docker-registry before 2.7 takes one of OCI for schema 1, and misses its signature or
 * tag; Artifactory adds `null` (https://github.com/containers/image/blob/main/docker/docker_image_dest.go, isManifestInvalidError).
 */
const SAYS_NOTHING =
  /\b(?:manifest[_ ]invalid|tag_invalid|manifest tag did not match uri|missing signature key|bad[_ ]request|null)\b|[\s:;.,'"{}[\]]/gi;

/** True when a manifest is refused and no reason is given: it may be the format, and it may pass. */
export function isBareRefusal(thrown: unknown): boolean {
  const { code, facts } = toPushboatError(thrown);
  const { status = 0, detail = '' } = facts;
  return code === 'MANIFEST_REJECTED' && INVALID.includes(status) && detail.replace(SAYS_NOTHING, '') === '';
}

/** A refusal that is about the format, or gives no reason, will come again: a person can choose another format. */
export function mentionFormat(thrown: unknown): unknown {
  if (!(thrown instanceof PushboatError) || thrown.hint !== 'retry') return thrown;
  if (!isBareRefusal(thrown) && !refusesFormat(thrown)) return thrown;
  return new PushboatError(thrown.code, thrown.message, {
    ...thrown.facts,
    hint: 'choose-format',
    cause: thrown.cause,
  });
}

/** What is left to try with Docker's schema 2: manifests of OCI, and of schema 1, which registries have given up. */
export function mayBecomeSchema2({ manifests }: ImageTree): boolean {
  return manifests.some(
    ({ descriptor: { mediaType } }) => OCI_TYPES.includes(mediaType) || isSchema1MediaType(mediaType),
  );
}
