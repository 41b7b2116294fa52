import type { Digest } from '../../shared/digest.ts';
import { PushboatError, throwIfCancelled } from '../../shared/errors.ts';
import type { Platform } from '../../shared/images.ts';
import { isIndexMediaType, isManifestMediaType } from '../../shared/media-types.ts';
import { isImageConfigMediaType, parseImageConfig } from './parse.ts';
import { readManifest } from './read-manifest.ts';
import type { Descriptor, ImageConfig, Index, LocalImage, Manifest } from './types.ts';

/** One manifest or index of an image, with the very bytes that a push sends. */
export interface TreeManifest {
  /** `mediaType` is the document's own where it says one. */
  descriptor: Descriptor;
  bytes: Uint8Array;
  parsed: Manifest | Index;
  platform?: Platform | undefined;
  /** What the image's config says that its layers are without compression. */
  diffIds?: readonly string[] | undefined;
}

/** One distinct blob of an image. */
export interface TreeBlob {
  descriptor: Descriptor;
  kind: 'config' | 'layer';
  /** Of the first manifest that names it. */
  platform?: Platform | undefined;
  /** What made the layer, from the config's history. */
  createdBy?: string | undefined;
}

/** Everything that a push of an image sends. Each digest occurs once. */
export interface ImageTree {
  root: Descriptor;
  /** Children before parents, the root last: the order of a push. */
  manifests: TreeManifest[];
  blobs: TreeBlob[];
  /** Children of indexes that are not in the store. */
  missing: Descriptor[];
}

export interface ReadTreeOptions {
  signal?: AbortSignal | undefined;
}

/** Indexes within indexes, the root included. */
export const MAX_NESTING = 8;
/** Far beyond any real image; keeps a hostile store from filling the memory. */
const MAX_MANIFESTS = 10_000;

/**
 * Reads the manifest tree of an image: all manifests with their bytes and all distinct blobs, without reading layers.
 * @throws PushboatError what `LocalImage.read` and `parseManifest` throw; MANIFEST_INVALID for nesting beyond 8 and cycles;
 * CANCELLED. A child that is missing is no error: it is listed in `missing`.
 */
export async function readImageTree(image: LocalImage, options: ReadTreeOptions = {}): Promise<ImageTree> {
  const walk = new TreeWalk(image, options.signal);
  await walk.visit(image.root, []);
  return walk.result();
}

class TreeWalk {
  readonly #image: LocalImage;
  readonly #signal: AbortSignal | undefined;
  readonly #manifests = new Map<Digest, TreeManifest>();
  readonly #blobs = new Map<Digest, TreeBlob>();
  readonly #missing = new Map<Digest, Descriptor>();

  constructor(image: LocalImage, signal: AbortSignal | undefined) {
    this.#image = image;
    this.#signal = signal;
  }

  result(): ImageTree {
    const root = this.#manifests.get(this.#image.root.digest);
    return {
      root: root?.descriptor ?? this.#image.root,
      manifests: [...this.#manifests.values()],
      blobs: [...this.#blobs.values()],
      missing: [...this.#missing.values()],
    };
  }

  /** Depth first; a manifest is entered after its children, which gives the order of a push. */
  async visit(descriptor: Descriptor, ancestors: readonly Digest[]): Promise<void> {
    const { digest } = descriptor;
    if (ancestors.includes(digest)) throw treeError(`the index ${digest} contains itself`, digest);
    if (this.#manifests.has(digest) || this.#missing.has(digest)) return;
    if (this.#manifests.size >= MAX_MANIFESTS) throw treeError(`it has more than ${MAX_MANIFESTS} manifests`, digest);
    throwIfCancelled(this.#signal, 'Reading the image');
    const isRoot = ancestors.length === 0;
    if (!isRoot) requireManifestType(descriptor);
    const bytes = await this.#readManifest(descriptor, isRoot);
    if (bytes === undefined) return;
    const { parsed, schema1 } = await readManifest(this.#image, bytes, descriptor.mediaType, { digest });
    const fromConfig =
      parsed.kind === 'index'
        ? await this.#visitIndex(parsed, digest, ancestors)
        : await this.#visitManifest(parsed, descriptor, schema1?.blobs);
    this.#manifests.set(digest, {
      descriptor: { ...descriptor, mediaType: parsed.mediaType, digest: schema1?.digest ?? digest },
      bytes,
      parsed,
      ...fromConfig,
    });
  }

  async #readManifest(descriptor: Descriptor, isRoot: boolean): Promise<Uint8Array | undefined> {
    try {
      return await this.#image.read(descriptor);
    } catch (error) {
      if (isRoot || !isMissing(error)) throw error;
      this.#missing.set(descriptor.digest, descriptor);
      return undefined;
    }
  }

  async #visitIndex(index: Index, digest: Digest, ancestors: readonly Digest[]): Promise<undefined> {
    if (ancestors.length + 1 > MAX_NESTING)
      throw treeError(`its indexes are nested more than ${MAX_NESTING} deep`, digest);
    const path = [...ancestors, digest];
    for (const child of index.manifests) await this.visit(child, path);
  }

  /** @param blobs those of a manifest of schema 1, whose config is no blob and whose layers are not all. */
  async #visitManifest(
    manifest: Manifest,
    descriptor: Descriptor,
    blobs: readonly Descriptor[] | undefined,
  ): Promise<Pick<TreeManifest, 'platform' | 'diffIds'>> {
    const config = await this.#readConfig(manifest.config);
    const platform = descriptor.platform ?? config?.platform;
    const createdBy = config ? layerOrigins(config, manifest.layers.length) : [];
    const withPlatform = platform ? { platform } : {};
    if (!blobs) this.#addBlob({ descriptor: manifest.config, kind: 'config', ...withPlatform });
    manifest.layers.forEach((layer, i) => {
      const origin = createdBy[i];
      this.#addBlob({
        descriptor: layer,
        kind: 'layer',
        ...withPlatform,
        createdBy: origin,
      });
    });
    for (const layer of blobs ?? []) this.#addBlob({ descriptor: layer, kind: 'layer', ...withPlatform });
    return { ...withPlatform, diffIds: config && !blobs ? config.diffIds : undefined };
  }

  /** The config, where it can be read: what is wrong with it otherwise is for the push to find, or for nobody. */
  async #readConfig(descriptor: Descriptor): Promise<ImageConfig | undefined> {
    if (!isImageConfigMediaType(descriptor.mediaType)) return undefined;
    try {
      return parseImageConfig(await this.#image.read(descriptor));
    } catch (error) {
      const tolerated = ['BLOB_MISSING', 'MANIFEST_INVALID', 'TOO_LARGE'];
      if (error instanceof PushboatError && tolerated.includes(error.code)) return undefined;
      throw error;
    }
  }

  #addBlob(blob: TreeBlob): void {
    const known = this.#blobs.get(blob.descriptor.digest);
    if (known === undefined) {
      this.#blobs.set(blob.descriptor.digest, blob);
      return;
    }
    if (known.descriptor.size === blob.descriptor.size) return;
    const sizes = `${known.descriptor.size} and ${blob.descriptor.size} bytes`;
    throw treeError(`two descriptors of one blob give it ${sizes}`, blob.descriptor.digest);
  }
}

/**
 * What made each of `layerCount` layers: the history's entries that are not empty layers, in order (image-spec config.md,
 * `history`). Where their number differs from the layers', nothing is known for sure and nothing is said.
 */
export function layerOrigins(config: ImageConfig, layerCount: number): (string | undefined)[] {
  const entries = config.history.filter((entry) => !entry.emptyLayer);
  return entries.length === layerCount ? entries.map((entry) => entry.createdBy ?? entry.comment) : [];
}

function isMissing(error: unknown): boolean {
  return error instanceof PushboatError && error.code === 'BLOB_MISSING';
}

/** A child of an index has to be pushed as a manifest, so a registry must know its type. */
function requireManifestType({ mediaType, digest }: Descriptor): void {
  if (isManifestMediaType(mediaType) || isIndexMediaType(mediaType)) return;
  const isCache = /^application\/vnd\.(?:buildkit\.|oci\.image\.layer\.|docker\.image\.rootfs\.)/.test(mediaType);
  const what = isCache ? 'a layer or the like: this is a cache of BuildKit, not an image' : 'not a manifest';
  const message = `The index lists ${digest} with the media type ${JSON.stringify(mediaType)}, which is ${what}.`;
  throw new PushboatError('MEDIA_TYPE_UNSUPPORTED', message, { digest, detail: mediaType, hint: 'push-an-image' });
}

function treeError(why: string, digest: Digest): PushboatError {
  return new PushboatError('MANIFEST_INVALID', `The image's manifests are not valid: ${why}.`, {
    digest,
    detail: why,
    hint: 'check-layout',
  });
}
