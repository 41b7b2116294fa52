import type { Digest } from '../../../shared/digest.ts';
import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { ImageSummary, Platform } from '../../../shared/images.ts';
import { isIndexMediaType } from '../../../shared/media-types.ts';
import { platformName } from '../../../shared/platforms.ts';
import { annotatedDate, isoDate } from '../../image/created.ts';
import { isImageConfigMediaType, parseImageConfig, parseManifest } from '../../image/parse.ts';
import { readManifest } from '../../image/read-manifest.ts';
import { MAX_NESTING } from '../../image/tree.ts';
import type { Descriptor, ImageConfig, Index, LocalImage, Manifest } from '../../image/types.ts';

/** What the list knows of an image before its manifest is read. */
export type SummaryBase = Pick<ImageSummary, 'id' | 'sourceId' | 'name' | 'references' | 'storeName' | 'ref'>;

/** Configs beyond this size are not read for the list, in bytes; the detail pane reads them. */
const SMALL_CONFIG = 256 * 1024;

/** One row of the list: reads the manifest tree and one config. What cannot be read makes the row `broken` with the reason. */
export async function summarize(image: LocalImage, base: SummaryBase): Promise<ImageSummary> {
  const { digest, mediaType } = image.root;
  try {
    const { parsed: root } = await readManifest(image, await image.read(image.root), mediaType, { digest });
    const facts = await collect(image, root);
    return {
      ...base,
      digest,
      mediaType: root.mediaType,
      kind: root.kind === 'index' ? 'index' : isArtifact(root) ? 'artifact' : 'image',
      platforms: distinctPlatforms(facts.platforms),
      size: [...facts.sizes.values()].reduce((sum, size) => sum + size, 0),
      created: facts.created,
    };
  } catch (error) {
    return brokenSummary({ ...base, digest, mediaType }, error);
  }
}

/** A row for what cannot be pushed, with the reason. */
export function brokenSummary(
  base: SummaryBase & Pick<ImageSummary, 'digest' | 'mediaType'>,
  error: unknown,
): ImageSummary {
  return { ...base, kind: 'broken', platforms: [], error: toPushboatError(error).toData() };
}

interface TreeFacts {
  sizes: Map<Digest, number>;
  platforms: Platform[];
  created?: string;
}

async function collect(image: LocalImage, root: Manifest | Index): Promise<TreeFacts> {
  const facts: TreeFacts = { sizes: new Map([[image.root.digest, image.root.size]]), platforms: [] };
  const created = annotatedDate(root.annotations);
  if (created !== undefined) facts.created = created;
  if (image.root.platform) facts.platforms.push(image.root.platform);
  if (root.kind === 'index') await collectIndex(image, root, facts, 1);
  else await collectManifest(image, root, image.root, facts);
  return facts;
}

async function collectIndex(image: LocalImage, index: Index, facts: TreeFacts, depth: number): Promise<void> {
  for (const child of index.manifests) {
    if (facts.sizes.has(child.digest)) continue;
    facts.sizes.set(child.digest, child.size);
    if (child.platform && child.platform.os !== 'unknown') facts.platforms.push(child.platform);
    const parsed = await readChild(image, child);
    if (parsed === undefined) continue;
    if (parsed.kind === 'manifest') await collectManifest(image, parsed, child, facts);
    else if (depth < MAX_NESTING) await collectIndex(image, parsed, facts, depth + 1);
  }
}

/** A child that is not here, or is no manifest, does not make the row broken: the push says what is missing. */
async function readChild(image: LocalImage, child: Descriptor): Promise<Manifest | Index | undefined> {
  try {
    return parseManifest(await image.read(child), child.mediaType, { digest: child.digest });
  } catch (error) {
    if (error instanceof PushboatError && error.code === 'BLOB_MISSING') return undefined;
    if (error instanceof PushboatError && error.code === 'MEDIA_TYPE_UNSUPPORTED' && !isIndexMediaType(child.mediaType))
      return undefined;
    throw error;
  }
}

async function collectManifest(
  image: LocalImage,
  manifest: Manifest,
  self: Descriptor,
  facts: TreeFacts,
): Promise<void> {
  for (const blob of [manifest.config, ...manifest.layers]) facts.sizes.set(blob.digest, blob.size);
  if (facts.created !== undefined && self.platform) return;
  const config = await readSmallConfig(image, manifest.config);
  if (!self.platform && config?.platform) facts.platforms.push(config.platform);
  const created = isoDate(config?.created);
  if (facts.created === undefined && created !== undefined) facts.created = created;
}

async function readSmallConfig(image: LocalImage, descriptor: Descriptor): Promise<ImageConfig | undefined> {
  if (!isImageConfigMediaType(descriptor.mediaType) || descriptor.size > SMALL_CONFIG) return undefined;
  const bytes = await image.read(descriptor);
  try {
    return parseImageConfig(bytes);
  } catch (error) {
    // A config that only looks odd can still be pushed.
    if (error instanceof PushboatError && error.code === 'MANIFEST_INVALID') return undefined;
    throw error;
  }
}

/** image-spec manifest.md, "Guidelines for Artifact Usage": an artifactType, or a config that is no image config. */
function isArtifact(manifest: Manifest): boolean {
  return manifest.artifactType !== undefined || !isImageConfigMediaType(manifest.config.mediaType);
}

function distinctPlatforms(platforms: Platform[]): Platform[] {
  return [...new Map(platforms.map((platform) => [platformName(platform), platform])).values()];
}
