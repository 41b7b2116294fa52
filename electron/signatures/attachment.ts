import { type Digest, digestAlgorithm, digestHex } from '../../shared/digest.ts';
import { MediaType } from '../../shared/media-types.ts';
import { parseDocument, parseManifest } from '../image/parse.ts';
import type { Descriptor } from '../image/types.ts';
import { digestOf } from '../image/verify.ts';

/** Of a layer that is a payload (cosign's SIGNATURE_SPEC.md), and the annotation that holds its signature in base64. */
export const SIGSTORE_LAYER = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';

/** A payload with its signature; other annotations may say more of it. */
export interface SigstoreSignature {
  payload: Uint8Array;
  /** ASN.1. */
  signature: Uint8Array;
}

/** Under which tag the signatures of a manifest are. */
export function signatureTag(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest)}.sig`;
}

/** What has to be in the repository for a signature to be found: blobs first, then the manifest. */
export interface Attachment {
  manifest: Uint8Array;
  blobs: Uint8Array[];
}

/**
 * The manifest that lists one more signature, and the blobs that it needs. What is there stays; undefined when that has the signature.
 * @param existing the manifest under the tag, and its config.
 * @throws PushboatError MANIFEST_INVALID for one that is no such manifest.
 */
export function withSignature(
  { payload, signature }: SigstoreSignature,
  existing?: { manifest: Uint8Array; config: Uint8Array },
): Attachment | undefined {
  const layer: Descriptor = {
    mediaType: SIGSTORE_LAYER,
    digest: digestOf(payload),
    size: payload.byteLength,
    annotations: { [SIGNATURE_ANNOTATION]: Buffer.from(signature).toString('base64') },
  };
  if (existing && layersOf(existing.manifest).some((other) => isSame(other, layer))) return undefined;
  const config = configWith(layer.digest, existing?.config);
  // What other tools wrote next to the layers, and in them, stays as it is.
  const before = existing ? parseDocument(existing.manifest, 'manifest', {}) : {};
  const layers = Array.isArray(before['layers']) ? (before['layers'] as unknown[]) : [];
  const manifest = {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    ...before,
    config: { mediaType: MediaType.ociConfig, digest: digestOf(config), size: config.byteLength },
    layers: [...layers, layer],
  };
  return { manifest: bytesOf(manifest), blobs: [payload, config] };
}

/** Whether the manifest lists this signature. @throws PushboatError as `parseManifest` */
export function holdsSignature(manifest: Uint8Array, { payload, signature }: SigstoreSignature): boolean {
  const digest = digestOf(payload);
  return signatureLayers(manifest).some(
    (each) => each.layer.digest === digest && Buffer.compare(each.signature, signature) === 0,
  );
}

/** The layers that are signatures, with what is signed still to be read. @throws PushboatError as `parseManifest` */
export function signatureLayers(manifest: Uint8Array): { layer: Descriptor; signature: Uint8Array }[] {
  return layersOf(manifest).flatMap((layer) => {
    const text = layer.mediaType === SIGSTORE_LAYER ? layer.annotations?.[SIGNATURE_ANNOTATION] : undefined;
    return text === undefined ? [] : [{ layer, signature: Buffer.from(text, 'base64') }];
  });
}

function layersOf(manifest: Uint8Array): Descriptor[] {
  const parsed = parseManifest(manifest, MediaType.ociManifest);
  return parsed.kind === 'manifest' ? parsed.layers : [];
}

function isSame(a: Descriptor, b: Descriptor): boolean {
  const [one, other] = [a, b].map(({ annotations }) => annotations?.[SIGNATURE_ANNOTATION]);
  return a.digest === b.digest && a.mediaType === b.mediaType && one === other;
}

/** As containers/image has it: an image config whose layers are the payloads. */
function configWith(payload: Digest, existing: Uint8Array | undefined): Uint8Array {
  const old: unknown = existing ? JSON.parse(Buffer.from(existing).toString('utf8')) : undefined;
  const base = isObject(old) ? old : { architecture: '', os: '', config: {} };
  const rootfs = isObject(base['rootfs']) ? base['rootfs'] : {};
  const known = Array.isArray(rootfs['diff_ids']) ? (rootfs['diff_ids'] as unknown[]) : [];
  return bytesOf({ ...base, rootfs: { ...rootfs, type: 'layers', diff_ids: [...known, payload] } });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
