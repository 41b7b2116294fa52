import { toPushboatError } from '../../../shared/errors.ts';
import { isSchema1MediaType, MediaType } from '../../../shared/media-types.ts';
import type { ImageTree } from '../../image/tree.ts';

const NOT_THIS_TYPE = new Set(['MANIFEST_INVALID', 'UNSUPPORTED']);
const OCI_TYPES: readonly string[] = [MediaType.ociManifest, MediaType.ociIndex];

/**
 * True when a registry refuses a manifest for its format: by code (MANIFEST_INVALID, UNSUPPORTED), by status (415), or with a 400 that names
 * the media type (push-behaviours 18). A refusal for another reason would only be repeated.
 */
export function refusesFormat(thrown: unknown): boolean {
  const { code, facts } = toPushboatError(thrown);
  if (code !== 'MANIFEST_REJECTED') return false;
  const { status, registryErrors = [], detail = '' } = facts;
  if (status === 415 || registryErrors.some((entry) => NOT_THIS_TYPE.has(entry.code))) return true;
  return status === 400 && /media ?type|vnd\.(oci|docker)\./i.test(detail);
}

/**
 * True when a registry that has given up schema 1 is sent such a manifest: docker-registry 2.8 answers that with 500 and no reason
 * (`manifest schema v1 unsupported` is in its log only), which for any other manifest would mean that it is out of order.
 */
export function refusesSchema1(thrown: unknown, tree: ImageTree): boolean {
  const { code, facts } = toPushboatError(thrown);
  return isSchema1MediaType(tree.root.mediaType) && code === 'REGISTRY_UNAVAILABLE' && facts.status === 500;
}

/** What is left to try with Docker's schema 2: manifests of OCI, and of schema 1, which registries have given up. */
export function mayBecomeSchema2({ manifests }: ImageTree): boolean {
  return manifests.some(
    ({ descriptor: { mediaType } }) => OCI_TYPES.includes(mediaType) || isSchema1MediaType(mediaType),
  );
}
