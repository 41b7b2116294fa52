import { digestAlgorithm, isDigest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { isElsewhere, MediaType } from '../../../shared/media-types.ts';
import { diffIdOf } from '../../image/convert/diff-id.ts';
import { layerCompression } from '../../image/layer-compression.ts';
import { isImageConfigMediaType, parseImageConfig, parseManifest } from '../../image/parse.ts';
import type { Descriptor, Index, LocalImage, Manifest } from '../../image/types.ts';
import { StoredImage, type StoredImageFacts } from '../stored-image.ts';
import type { Archive } from './archive.ts';
import type { LayoutArchiveFiles } from './archive-files.ts';
import { openDockerImage } from './docker-image.ts';
import { blobDigest, type DockerEntry } from './docker-manifest.ts';

/**
 * An image of the layout in a `docker save` archive. Docker 25.0 wrote layouts whose manifests have no layers, or have them in another
 * order than the config (https://github.com/moby/moby/issues/47065, https://github.com/moby/moby/pull/47160): runtimes go by the config, and
 * so `manifest.json` serves where the two do not agree. @param saved its entry there
 * @throws PushboatError MANIFEST_INVALID when nothing else serves; as `openDockerImage`
 */
export async function openLayoutImage(
  archive: Archive,
  files: LayoutArchiveFiles,
  facts: StoredImageFacts,
  saved: DockerEntry | undefined,
): Promise<StoredImage> {
  const image = new StoredImage(files, facts);
  const fault = await faultOf(image, archive, saved);
  if (fault !== undefined) {
    if (saved) return openDockerImage(archive, saved, { ...facts, oddities: ['contradicted'] });
    throw contradiction(facts.root, fault);
  }
  return (await hasPlainLayers(image)) ? new StoredImage(files, { ...facts, uncompressed: true }) : image;
}

/** Docker writes plain tars where it keeps unpacked layers; with its containerd store the layers are those of the registry. */
async function hasPlainLayers(image: LocalImage): Promise<boolean> {
  const root = await rootOf(image);
  return root?.kind === 'manifest' && root.layers.some(({ mediaType }) => mediaType === MediaType.ociLayer);
}

/** Undefined for what cannot be read: whoever reads the image next says what is wrong with it. */
async function rootOf(image: LocalImage): Promise<Manifest | Index | undefined> {
  try {
    return parseManifest(await image.read(image.root), image.root.mediaType);
  } catch (error) {
    if (error instanceof PushboatError) return undefined;
    throw error;
  }
}

/** Why the manifest is not that of its config's image; undefined where it is, and for what is no image. */
async function faultOf(
  image: StoredImage,
  archive: Archive,
  saved: DockerEntry | undefined,
): Promise<string | undefined> {
  const root = await rootOf(image);
  if (root === undefined) return saved && 'its manifest cannot be read';
  if (root.kind === 'index' || !isContainerImage(root)) return undefined;
  try {
    const { diffIds } = parseImageConfig(await image.read(root.config));
    const { layers } = root;
    if (layers.length !== diffIds.length)
      return `it has ${layers.length} layers, and its config ${diffIds.length} diff_ids`;
    const isSameOrder = saved === undefined || hasOrder(layers, archive, saved);
    for (const [at, layer] of layers.entries()) {
      if (isElsewhere(layer)) continue;
      await image.check(layer);
      const diffId = diffIds[at] ?? '';
      if (!(await isLayer(image, layer, diffId, isSameOrder)))
        return `layers[${at}] is not what rootfs.diff_ids[${at}] of its config says`;
    }
    return undefined;
  } catch (error) {
    // Where nothing else serves, the image is what it is, and whoever reads it is told what is wrong.
    if (error instanceof PushboatError) return saved && error.message;
    throw error;
  }
}

/** False for artifacts that borrow the config of an image, such as attestations and signatures. */
function isContainerImage({ config, layers }: Manifest): boolean {
  const layerType = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./;
  return isImageConfigMediaType(config.mediaType) && layers.every(({ mediaType }) => layerType.test(mediaType));
}

/** The digest of a plain layer is its diffID. A compressed one is unpacked only when there is doubt. */
async function isLayer(image: LocalImage, layer: Descriptor, diffId: string, isUndoubted: boolean): Promise<boolean> {
  if (!isDigest(diffId)) return false;
  const isComparable = digestAlgorithm(layer.digest) === digestAlgorithm(diffId);
  if (layer.digest === diffId || !isComparable) return true;
  if ((await layerCompression(image, layer)) === undefined) return false;
  return isUndoubted || (await diffIdOf(image, layer)) === diffId;
}

/** Whether `manifest.json` names the same layers in the same order, as far as its names tell. */
function hasOrder(layers: readonly Descriptor[], archive: Archive, { layers: names }: DockerEntry): boolean {
  const known = names.map((name) => blobDigest(archive.find(name)?.name ?? name));
  return (
    known.length === layers.length && known.every((digest, at) => digest === undefined || digest === layers[at]?.digest)
  );
}

function contradiction({ digest }: Descriptor, why: string): PushboatError {
  return new PushboatError('MANIFEST_INVALID', `The manifest ${digest} contradicts its config: ${why}.`, {
    digest,
    detail: why,
    hint: 'rebuild-image',
  });
}
