import { type Digest, isDigest } from '../../shared/digest.ts';
import { isForeignLayerMediaType, isIndexMediaType } from '../../shared/media-types.ts';
import { Refusal, refuse } from './reply.ts';
import type { Repository, StoredManifest } from './storage.ts';

interface Reference {
  mediaType: string;
  digest: Digest;
  urls: boolean;
}

/**
 * Reads a pushed manifest and checks that everything it refers to is in the repository (the subject may come later).
 * @throws Refusal MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN
 */
export function checkManifest(repository: Repository, bytes: Uint8Array, mediaType: string): StoredManifest {
  const manifest = parseObject(bytes);
  if (manifest['mediaType'] !== undefined && manifest['mediaType'] !== mediaType) {
    invalid('the mediaType field and the Content-Type differ');
  }
  // In Quay's words.
  if (manifest['schemaVersion'] !== 2)
    throw new Refusal(refuse(400, 'MANIFEST_INVALID', 'manifest schema version not supported'));
  const missing = isIndexMediaType(mediaType)
    ? missingChildren(repository, manifest)
    : missingBlobs(repository, manifest);
  if (missing.length > 0) {
    const errors = missing.map((digest) => ({
      code: 'MANIFEST_BLOB_UNKNOWN',
      message: 'blob unknown to registry',
      detail: { digest },
    }));
    const body = Buffer.from(JSON.stringify({ errors }));
    throw new Refusal({ status: 404, headers: { 'content-type': 'application/json' }, body });
  }
  const subject = manifest['subject'] === undefined ? undefined : reference(manifest['subject']).digest;
  const artifactType = manifest['artifactType'] ?? field(manifest['config'], 'mediaType');
  const annotations = manifest['annotations'];
  return {
    bytes,
    mediaType,
    ...(subject ? { subject } : {}),
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...(isObject(annotations) ? { annotations: annotations as Record<string, string> } : {}),
  };
}

function missingChildren(repository: Repository, manifest: Record<string, unknown>): Digest[] {
  const children = list(manifest['manifests'], 'manifests').map(reference);
  return children.filter((child) => !repository.manifests.has(child.digest)).map((child) => child.digest);
}

function missingBlobs(repository: Repository, manifest: Record<string, unknown>): Digest[] {
  const layers = list(manifest['layers'], 'layers').map(reference);
  const distributable = layers.filter((layer) => !layer.urls && !isForeignLayerMediaType(layer.mediaType));
  return [reference(manifest['config']), ...distributable]
    .filter((blob) => !repository.blobs.has(blob.digest))
    .map((blob) => blob.digest);
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(value)) return value;
  } catch {
    // Answered below: the reason does not matter to the client.
  }
  return invalid('not a JSON object');
}

function reference(value: unknown): Reference {
  const digest = field(value, 'digest');
  const mediaType = field(value, 'mediaType');
  if (typeof digest !== 'string' || !isDigest(digest)) return invalid('a descriptor without a valid digest');
  if (typeof mediaType !== 'string') return invalid('a descriptor without a mediaType');
  if (!Number.isSafeInteger(field(value, 'size'))) return invalid('a descriptor without a size');
  return { digest, mediaType, urls: field(value, 'urls') !== undefined };
}

function list(value: unknown, name: string): unknown[] {
  return Array.isArray(value) ? value : invalid(`${name} must be a list`);
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): never {
  throw new Refusal(refuse(400, 'MANIFEST_INVALID', 'manifest invalid', {}, message));
}
