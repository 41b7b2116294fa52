import { PushboatError, throwIfCancelled } from '../../shared/errors.ts';
import { platformName } from '../../shared/platforms.ts';
import { mapConcurrent } from '../files/concurrent.ts';
import { isAttestation } from '../image/convert/convert-index.ts';
import { isImageConfigMediaType } from '../image/parse.ts';
import type { ImageTree, TreeManifest } from '../image/tree.ts';
import type { Descriptor, LocalImage, Manifest } from '../image/types.ts';

/** Blobs written at once: small ones wait for the disk more than for anything else. */
export const WRITTEN_AT_ONCE = 4;

/** Files looked at at once. */
const CHECKS = 16;

/**
 * Looks whether all blobs are there, before the first is read. `onFault` hears which one is not, before that is thrown.
 * @throws PushboatError BLOB_MISSING, BLOB_SIZE_MISMATCH, PATH_ESCAPES, SOURCE_UNREADABLE, CANCELLED
 */
export async function checkBlobs(
  image: LocalImage,
  blobs: readonly Descriptor[],
  signal: AbortSignal,
  onFault?: (blob: Descriptor, error: unknown) => void,
): Promise<void> {
  const check = async (blob: Descriptor): Promise<unknown> => {
    try {
      await image.check(blob);
      return undefined;
    } catch (error) {
      onFault?.(blob, error);
      throw error;
    }
  };
  for await (const _checked of mapConcurrent(blobs, CHECKS, check)) throwIfCancelled(signal);
}

/** An index is written with all that it names. @throws PushboatError BLOB_MISSING */
export function requireWhole(tree: ImageTree): void {
  const [first] = tree.missing;
  if (!first) return;
  const message = `The index names the manifest ${first.digest}, which is not in the local store.`;
  throw new PushboatError('BLOB_MISSING', message, { digest: first.digest, hint: 'choose-platforms' });
}

export interface SoleManifest extends TreeManifest {
  parsed: Manifest;
}

/**
 * The one image of a tree, for a destination that holds no index. What BuildKit attests of an image is no image of its own.
 * @throws PushboatError MEDIA_TYPE_UNSUPPORTED for several platforms and for what is no image
 */
export function soleManifest(tree: ImageTree, destination: string): SoleManifest {
  const attestations = new Set(
    tree.manifests
      .flatMap(({ parsed }) => (parsed.kind === 'index' ? parsed.manifests : []))
      .filter(isAttestation)
      .map(({ digest }) => digest),
  );
  const listed = tree.manifests.filter(isManifest).filter(({ descriptor }) => !attestations.has(descriptor.digest));
  const images = listed.filter((image) => !isZstdCopy(image, listed));
  const [image, ...others] = images;
  if (!image || (others.length === 0 && tree.missing.some((child) => !isAttestation(child))))
    throw noImage(tree, destination);
  if (others.length > 0) throw severalPlatforms(images, destination);
  if (isImageConfigMediaType(image.parsed.config.mediaType)) return image;
  const { mediaType } = image.parsed.config;
  const message = `${destination} takes container images only, and this is an artifact with a config of the type ${JSON.stringify(mediaType)}.`;
  throw new PushboatError('MEDIA_TYPE_UNSUPPORTED', message, { detail: mediaType, hint: 'choose-destination' });
}

/** What podman, buildah and skopeo call the same image with other layers, next to it in an index (`--add-compression zstd`). */
const ZSTD_COPY = 'io.github.containers.compression.zstd';

function isZstdCopy(image: SoleManifest, images: readonly SoleManifest[]): boolean {
  if (!isCalledZstd(image)) return false;
  const platform = image.platform && platformName(image.platform);
  return images.some((other) => !isCalledZstd(other) && platform === (other.platform && platformName(other.platform)));
}

function isCalledZstd({ descriptor }: SoleManifest): boolean {
  return descriptor.annotations?.[ZSTD_COPY] === 'true';
}

function isManifest(manifest: TreeManifest): manifest is SoleManifest {
  return manifest.parsed.kind === 'manifest';
}

function noImage(tree: ImageTree, destination: string): PushboatError {
  if (tree.missing.length > 0) requireWhole(tree);
  return new PushboatError('MEDIA_TYPE_UNSUPPORTED', `${destination} takes one image, and the index names none.`, {
    hint: 'choose-destination',
  });
}

function severalPlatforms(images: SoleManifest[], destination: string): PushboatError {
  const candidates = images.flatMap(({ platform }) => (platform ? [platformName(platform)] : []));
  const which = candidates.length > 0 ? ` (${candidates.join(', ')})` : '';
  const message = `${destination} takes one image, and this index has ${images.length}${which}: choose one with --platform.`;
  return new PushboatError('MEDIA_TYPE_UNSUPPORTED', message, { candidates, hint: 'choose-one-platform' });
}
