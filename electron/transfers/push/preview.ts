import type { KeyObject } from 'node:crypto';
import type { Digest } from '../../../shared/digest.ts';
import { toPushboatError } from '../../../shared/errors.ts';
import { originText } from '../../../shared/logins.ts';
import { canonicalReference } from '../../../shared/reference.ts';
import type { PreviewBlob, PushPreview } from '../../../shared/transfer-events.ts';
import { missingChild } from '../../image/convert/choose-platforms.ts';
import type { ImageTree, TreeBlob } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import type { SourceGate } from '../../policy/source-gate.ts';
import { isWholeBlob } from '../../registry/blobs.ts';
import type { RegistryClient } from '../../registry/types.ts';
import { companionNotes, foreignNotes, layerNotes, oddityNotes } from '../content/job-notes.ts';
import type { LayerCompressor } from '../content/layer-compressor.ts';
import { manifestsOf, prepareTree } from '../content/prepare-tree.ts';
import { previewConversion } from '../content/preview-conversion.ts';
import { previewTree } from '../content/preview-tree.ts';
import { compressionFor } from '../content/setting.ts';
import { requireTag } from '../target.ts';
import type { PushRequest } from '../types.ts';
import type { BlobLocations } from './blob-locations.ts';
import { formatFor, schema1NameOf } from './in-format.ts';
import { skipsForeign } from './push-blob.ts';
import { isRootDigest } from './root-digest.ts';

interface PreviewContext {
  request: PushRequest;
  client: RegistryClient;
  locations: BlobLocations;
  compressor: LayerCompressor;
  signingKey: () => Promise<KeyObject>;
  gate: SourceGate | undefined;
  /** Bytes per second that the registry can be expected to get; undefined where nothing tells. */
  rate: number | undefined;
  signal: AbortSignal;
}

/**
 * What a push would do, without changing anything on the registry: only HEAD requests.
 * @throws PushboatError when the image cannot be read or the registry cannot be reached or asks for a login.
 */
export async function previewPush(context: PreviewContext): Promise<PushPreview> {
  const { request, client, signal } = context;
  const target = requireTag(request.target);
  const image = await request.openImage(signal);
  const {
    tree: original,
    notes: leftOut,
    faults,
  } = await prepareTree(image, request.options, context.gate, signal, manifestsOf(client, target.repository, signal));
  const setting = compressionFor(image, request.options);
  const compressed = await previewTree({ image, tree: original, compressor: context.compressor }, setting, signal);
  const format = formatFor(compressed.tree, request.options);
  const converting = { format, name: schema1NameOf(target), signingKey: context.signingKey, signal };
  const { tree, conversion, retyped } = await previewConversion(image, compressed.tree, converting);
  // What schema 1 becomes is known only when its layers were read: a preview reads none.
  const { pending } = compressed;
  const isOpen = pending.size > 0 || conversion?.isOpen === true;
  await client.checkApi({ signal });
  const [blobs, manifests, tag] = await Promise.all([
    Promise.all(tree.blobs.map((blob) => previewBlob(context, blob, pending))),
    Promise.all(tree.manifests.map((manifest) => previewManifest(context, manifest))),
    isOpen && !request.options.onlyNew ? KNOWN_LATER : previewTag(context, target.tag, tree),
  ]);
  const along = await companionsAlong(image, original, request);
  const upload = blobs.filter(({ action }) => action === 'upload' || action === 'compress' || action === 'unknown');
  const newManifests = manifests.filter(({ exists }) => !exists);
  const used = client.loginUsed(target.repository);
  return {
    target: canonicalReference(target),
    digest: isOpen ? undefined : tree.root.digest,
    mediaType: conversion?.to ?? tree.root.mediaType,
    conversion: conversion ? { from: original.root.mediaType, to: conversion.to, lost: conversion.lost } : undefined,
    blobs,
    manifests,
    bytesTotal: sumSizes(blobs.filter(({ action }) => action !== 'skip')) + sumSizes(manifests),
    bytesToSend: tag.state === 'kept' ? 0 : sumSizes(upload) + sumSizes(newManifests),
    tag,
    rate: context.rate,
    login: used ? { username: used.username, origin: originText(used.origin) } : null,
    companions: request.options.referrers ? along.length : undefined,
    differs: [
      ...oddityNotes(image),
      ...layerNotes(faults, compressed.retyped + retyped),
      ...leftOut,
      ...foreignNotes(tree, request.options),
      ...(await companionNotes(image, original, [...(request.along ?? []), ...along])),
    ],
    notes: tree.missing.map((child) => ({ message: missingChild(child, tree), hint: 'choose-platforms' })),
  };
}

/** Digests of what belongs to the image and goes along with it. */
async function companionsAlong(
  image: LocalImage,
  { manifests }: ImageTree,
  { options }: PushRequest,
): Promise<Digest[]> {
  if (!options.referrers || options.removeSignatures) return [];
  const own = new Set(manifests.map(({ descriptor }) => descriptor.digest));
  return ((await image.companionsOf?.(own)) ?? []).map((companion) => companion.image.root.digest);
}

/** What is known of the tag before the digest is. */
const KNOWN_LATER: PushPreview['tag'] = {
  state: 'unknown',
  reason: 'the digest is known once the layers have been read',
};

async function previewBlob(
  context: PreviewContext,
  blob: TreeBlob,
  pending: ReadonlySet<Digest>,
): Promise<PreviewBlob> {
  const { digest, mediaType, size } = blob.descriptor;
  const { action, mountFrom } = pending.has(digest)
    ? { action: 'compress' as const, mountFrom: undefined }
    : await blobAction(context, blob);
  return {
    digest,
    kind: blob.kind,
    mediaType,
    size,
    action,
    mountFrom: mountFrom || undefined,
    createdBy: blob.createdBy || undefined,
    platform: blob.platform,
  };
}

async function blobAction(
  { request, client, locations, signal }: PreviewContext,
  { descriptor }: TreeBlob,
): Promise<{ action: PreviewBlob['action']; mountFrom?: string }> {
  if (skipsForeign(request, descriptor)) return { action: 'skip' };
  if (request.options.force) return { action: 'upload' };
  const { registry, repository } = request.target;
  try {
    const found = await client.headBlob(repository, descriptor.digest, { signal });
    if (isWholeBlob(found, descriptor.size)) return { action: 'exists' };
  } catch (thrown) {
    signal.throwIfAborted();
    const { code } = toPushboatError(thrown);
    if (code !== 'DENIED' && code !== 'REGISTRY_ERROR') throw thrown;
    return { action: 'unknown' };
  }
  const [mountFrom] = locations.mountCandidates(registry, descriptor.digest, repository);
  return mountFrom === undefined ? { action: 'upload' } : { action: 'mount', mountFrom };
}

async function previewManifest(
  { request, client, signal }: PreviewContext,
  { descriptor, platform }: ImageTree['manifests'][number],
): Promise<PushPreview['manifests'][number]> {
  const { digest, mediaType, size } = descriptor;
  const manifest = { digest, mediaType, size, platform };
  if (request.options.force) return { ...manifest, exists: false };
  const remote = await client.headManifest(request.target.repository, digest, { signal }).catch(() => null);
  return { ...manifest, exists: remote !== null };
}

async function previewTag(
  { request, client, signal }: PreviewContext,
  tag: string,
  tree: ImageTree,
): Promise<PushPreview['tag']> {
  try {
    const remote = await client.headManifest(request.target.repository, tag, { signal });
    if (!remote) return { state: 'new' };
    if (!remote.digest) return { state: 'unknown', reason: 'the registry does not name the digest' };
    if (isRootDigest(tree, remote.digest)) return { state: 'same' };
    return request.options.onlyNew ? { state: 'kept', digest: remote.digest } : { state: 'moves', from: remote.digest };
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = toPushboatError(thrown);
    if (failure.code === 'UNAUTHORIZED') throw failure;
    return { state: 'unknown', reason: failure.message };
  }
}

function sumSizes(items: { size: number }[]): number {
  return items.reduce((sum, { size }) => sum + size, 0);
}
