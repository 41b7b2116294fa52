import { PushboatError } from '../../../shared/errors.ts';
import type { ImageDetails, ImageManifestInfo, ImageSummary, LayerInfo } from '../../../shared/images.ts';
import { isoDate } from '../../image/created.ts';
import { isImageConfigMediaType, parseImageConfig } from '../../image/parse.ts';
import { layerOrigins, readImageTree, type TreeManifest } from '../../image/tree.ts';
import type { Descriptor, ImageConfig, LocalImage, Manifest } from '../../image/types.ts';

/** What the detail pane shows. @throws PushboatError as `readImageTree` */
export async function describeImage(image: LocalImage, summary: ImageSummary): Promise<ImageDetails> {
  const tree = await readImageTree(image);
  const manifests: ImageManifestInfo[] = [];
  for (const entry of tree.manifests) {
    if (entry.parsed.kind === 'manifest') manifests.push(await describeManifest(image, entry, entry.parsed));
  }
  const root = tree.manifests.at(-1);
  return { summary, manifests, annotations: root?.parsed.annotations ?? {} };
}

async function describeManifest(
  image: LocalImage,
  entry: TreeManifest,
  manifest: Manifest,
): Promise<ImageManifestInfo> {
  const config = await readConfig(image, manifest.config);
  const origins = config ? layerOrigins(config, manifest.layers.length) : [];
  return {
    digest: entry.descriptor.digest,
    mediaType: manifest.mediaType,
    platform: entry.platform,
    layers: manifest.layers.map((layer, i) => layerInfo(layer, origins[i])),
    config: layerInfo(manifest.config, undefined),
    labels: config?.labels ?? {},
    env: config?.env ?? [],
    entrypoint: config?.entrypoint ?? [],
    cmd: config?.cmd ?? [],
    workingDir: config?.workingDir,
    user: config?.user,
    exposedPorts: config?.exposedPorts ?? [],
    created: isoDate(config?.created),
    artifactType: manifest.artifactType,
    annotations: manifest.annotations,
  };
}

/** The config where it is an image's and can be read; the layers are worth showing without it. */
async function readConfig(image: LocalImage, descriptor: Descriptor): Promise<ImageConfig | undefined> {
  if (!isImageConfigMediaType(descriptor.mediaType)) return undefined;
  try {
    return parseImageConfig(await image.read(descriptor));
  } catch (error) {
    if (error instanceof PushboatError) return undefined;
    throw error;
  }
}

function layerInfo({ digest, mediaType, size }: Descriptor, createdBy: string | undefined): LayerInfo {
  return { digest, mediaType, size, createdBy };
}
