import { type Digest, digestAlgorithm, isDigest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { isElsewhere, MediaType } from '../../../shared/media-types.ts';
import { diffIdOf } from '../../image/convert/diff-id.ts';
import { countFault, isContainerImage, layerCompression } from '../../image/layer-faults.ts';
import type { DockerEntry } from '../../image/layout/docker-manifest.ts';
import { parseImageConfig, parseManifest } from '../../image/parse.ts';
import type { Descriptor, Index, LocalImage, Manifest } from '../../image/types.ts';
import { StoredImage, type StoredImageFacts } from '../stored-image.ts';
import type { Archive } from './archive.ts';
import type { LayoutArchiveFiles } from './archive-files.ts';
import { openDockerImage } from './docker-image.ts';
import { blobDigest } from './docker-manifest.ts';

/** What `manifest.json` says of an image, and the digest of the config that it names. */
export interface SavedEntry {
  entry: DockerEntry;
  config: Digest | undefined;
}

/**
 * An image of the layout in a `docker save` archive. Docker 25.0 wrote layouts whose manifests have no layers, or have them in another
 * order than the config (https://github.com/moby/moby/issues/47065, https://github.com/moby/moby/pull/47160): runtimes go by the config, and
 * so `manifest.json` serves where the two do not agree. Of an index each child that is there is looked at.
 * @throws PushboatError MANIFEST_INVALID when nothing else serves; as `openDockerImage`
 */
export async function openLayoutImage(
  archive: Archive,
  files: LayoutArchiveFiles,
  facts: StoredImageFacts,
  saved: SavedEntry | undefined,
): Promise<StoredImage> {
  const image = new StoredImage(files, facts);
  const fault = await faultOf(image, archive, saved);
  if (fault) {
    if (fault.served) return openDockerImage(archive, fault.served, { ...facts, oddities: ['contradicted'] });
    throw contradiction(fault.manifest, fault.why);
  }
  return (await hasPlainLayers(image)) ? new StoredImage(files, { ...facts, uncompressed: true }) : image;
}

/** Docker writes plain tars where it keeps unpacked layers; with its containerd store the layers are those of the registry. */
async function hasPlainLayers(image: LocalImage): Promise<boolean> {
  const root = await manifestOf(image, image.root);
  return root?.kind === 'manifest' && root.layers.some(({ mediaType }) => mediaType === MediaType.ociLayer);
}

/** Undefined for what cannot be read: whoever reads the image next says what is wrong with it. */
async function manifestOf(image: LocalImage, descriptor: Descriptor): Promise<Manifest | Index | undefined> {
  try {
    return parseManifest(await image.read(descriptor), descriptor.mediaType);
  } catch (error) {
    if (error instanceof PushboatError) return undefined;
    throw error;
  }
}

interface Fault {
  manifest: Descriptor;
  why: string;
  /** What tells the same image rightly. */
  served: DockerEntry | undefined;
}

async function faultOf(
  image: StoredImage,
  archive: Archive,
  saved: SavedEntry | undefined,
): Promise<Fault | undefined> {
  const { root } = image;
  const parsed = await manifestOf(image, root);
  if (parsed?.kind === 'index') return faultOfChildren(image, archive, parsed, saved);
  const served = saved?.entry;
  const why = parsed ? await disagreement(image, archive, parsed, served) : served && 'its manifest cannot be read';
  return why === undefined ? undefined : { manifest: root, why, served };
}

/** The first child at fault. One entry cannot serve for an index of several images. */
async function faultOfChildren(
  image: StoredImage,
  archive: Archive,
  { manifests }: Index,
  saved: SavedEntry | undefined,
): Promise<Fault | undefined> {
  const children: { manifest: Descriptor; parsed: Manifest }[] = [];
  for (const manifest of manifests) {
    const parsed = await manifestOf(image, manifest);
    if (parsed?.kind === 'manifest' && isContainerImage(parsed)) children.push({ manifest, parsed });
  }
  for (const { manifest, parsed } of children) {
    const isSaved = saved?.config !== undefined && parsed.config.digest === saved.config;
    const served = isSaved && children.length === 1 ? saved.entry : undefined;
    const why = await disagreement(image, archive, parsed, served);
    if (why !== undefined) return { manifest, why, served };
  }
  return undefined;
}

/** Why the manifest is not that of its config's image; undefined where it is, and for what is no image. */
async function disagreement(
  image: StoredImage,
  archive: Archive,
  manifest: Manifest,
  saved: DockerEntry | undefined,
): Promise<string | undefined> {
  if (!isContainerImage(manifest)) return undefined;
  try {
    const { diffIds } = parseImageConfig(await image.read(manifest.config));
    const { layers } = manifest;
    // Artifacts have configs that name none.
    if (saved === undefined && diffIds.length === 0) return undefined;
    const otherCount = countFault(layers, diffIds);
    if (otherCount !== undefined) return otherCount;
    const isSameOrder = saved === undefined || hasOrder(layers, archive, saved);
    for (const [at, layer] of layers.entries()) {
      if (isElsewhere(layer)) continue;
      await image.check(layer);
      const diffId = diffIds[at] ?? '';
      if (!(await isLayer(image, layer, diffId, { isSameOrder, isServed: saved !== undefined })))
        return `layers[${at}] is not what rootfs.diff_ids[${at}] of its config says`;
    }
    return undefined;
  } catch (error) {
    // Where nothing else serves, the image is what it is, and whoever reads it is told what is wrong.
    if (error instanceof PushboatError) return saved && error.message;
    throw error;
  }
}

/**
 * The digest of a plain layer is its diffID. A compressed one is unpacked only when there is doubt. Layers in xz and bzip2 are what no media
 * type tells: where `manifest.json` serves they are unpacked.
 */
async function isLayer(
  image: LocalImage,
  layer: Descriptor,
  diffId: string,
  { isSameOrder, isServed }: { isSameOrder: boolean; isServed: boolean },
): Promise<boolean> {
  if (!isDigest(diffId)) return false;
  const isComparable = digestAlgorithm(layer.digest) === digestAlgorithm(diffId);
  if (layer.digest === diffId || !isComparable) return true;
  const compression = await layerCompression(image, layer);
  if (compression === undefined) return false;
  if (isServed && (compression === 'xz' || compression === 'bzip2')) return false;
  return isSameOrder || (await diffIdOf(image, layer)) === diffId;
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
