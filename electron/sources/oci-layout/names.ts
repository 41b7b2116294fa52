import { basename } from 'node:path';
import { shortDigest } from '../../../shared/digest.ts';
import { REF_NAME } from '../../image/layout/file-names.ts';
import type { Descriptor } from '../../image/types.ts';
import type { BesideOthers } from '../listing/listing.ts';

/** containerd's export: always a whole reference. */
const CONTAINERD_NAME = 'io.containerd.image.name';
/** `cosign save` tells images and their signatures apart by these alone (sigstore/cosign, pkg/oci/layout). */
const COSIGN_KIND = 'kind';
const COSIGN_REFERENCE = 'dev.cosignproject.cosign/imageRef';
const COSIGN_IMAGE = /^dev\.cosignproject\.cosign\/image(?:Index)?$/;
const COSIGN_COMPANION = /^dev\.cosignproject\.cosign\/(?:sigs|atts|sboms?)$/;
/** Tags of cosign's signatures and of the referrers tag schema (distribution-spec). */
const TAG_COMPANION = /(?:^|:)sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/;

/** containerd calls the images of Kubernetes so, too, next to their names. As a reference it would be a tag of `sha256` on Docker Hub. */
const DIGEST_ALONE = /^@?sha(?:256|512):[0-9a-f]{64,128}$/;
const BARE_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * The folder name that the image-store tool makes of a reference: trimmed, without digest and tag; `/ : @` and spaces, and
 * everything else outside `[A-Za-z0-9._-]`, become `_`; no `.`, `_` or `-` at either end.
 */
export function sanitize(reference: string): string {
  const trimmed = reference.trim();
  const at = trimmed.indexOf('@');
  const withoutDigest = at === -1 ? trimmed : trimmed.slice(0, at);
  const colon = withoutDigest.lastIndexOf(':');
  const name = colon > withoutDigest.lastIndexOf('/') ? withoutDigest.slice(0, colon) : withoutDigest;
  // By code point, as the tool does: a character beyond the BMP is one `_`.
  return name.replace(/[^A-Za-z0-9._-]/gu, '_').replace(/^[._-]+|[._-]+$/g, '');
}

/** `org.opencontainers.image.ref.name` of an entry of `index.json`. */
export function refName(descriptor: Descriptor): string | undefined {
  return descriptor.annotations?.[REF_NAME]?.trim() || undefined;
}

/** The references that a layout gives an image by the entries of `index.json` for it: those with a digest behind others, bare tags last. */
export function referencesOf(...descriptors: readonly Descriptor[]): string[] {
  const names = descriptors.flatMap((descriptor): (string | undefined)[] => {
    const { annotations = {} } = descriptor;
    const isCosignImage = COSIGN_IMAGE.test(annotations[COSIGN_KIND] ?? '');
    const cosign = isCosignImage ? annotations[COSIGN_REFERENCE]?.trim() : undefined;
    return [refName(descriptor), annotations[CONTAINERD_NAME]?.trim(), cosign];
  });
  const distinct = [...new Set(names.filter((name) => name !== undefined))].filter(
    (name) => name !== '' && !DIGEST_ALONE.test(name),
  );
  const rank = (name: string): number => (isBareTag(name) ? 2 : Number(name.includes('@')));
  return distinct.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * Whether an entry of `index.json` is a signature or the like of another one, by what tools write there. oras and other clients of referrers list
 * them with their type and without a name.
 */
export function besideOthers(descriptor: Descriptor): BesideOthers | undefined {
  const { annotations = {}, artifactType } = descriptor;
  if (TAG_COMPANION.test(refName(descriptor) ?? '')) return 'by-tag';
  if (COSIGN_COMPANION.test(annotations[COSIGN_KIND] ?? '')) return 'loose';
  return artifactType !== undefined && referencesOf(descriptor).length === 0 ? 'by-type' : undefined;
}

/** What people call an image of a layout: its reference, `folder:tag`, the folder's name when it is alone there, or its digest. */
export function displayName(
  descriptor: Descriptor,
  layoutPath: string,
  isAlone: boolean,
  references: readonly string[] = referencesOf(descriptor),
): string {
  const folder = basename(layoutPath) || layoutPath;
  const [first] = references;
  if (first !== undefined) return isBareTag(first) ? `${folder}:${first}` : first;
  return isAlone ? folder : `${folder}@${shortDigest(descriptor.digest)}`;
}

function isBareTag(name: string): boolean {
  return BARE_TAG.test(name);
}
