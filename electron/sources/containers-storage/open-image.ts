import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { isImageConfigMediaType, parseDocument, parseImageConfig, parseManifest } from '../../image/parse.ts';
import { plainManifest } from '../../image/plain-manifest.ts';
import { looksLikeSchema1, parseSchema1 } from '../../image/schema1.ts';
import { configOfSchema1, stepsOf } from '../../image/schema1-config.ts';
import { MAX_NESTING } from '../../image/tree.ts';
import type { Descriptor, Index, Manifest } from '../../image/types.ts';
import { digestOf, verifyBytes } from '../../image/verify.ts';
import { imageName, imageReferences } from './image-names.ts';
import { StorageImage, type StorageImageContent } from './storage-image.ts';
import type { StoredImageRecord, StoredLayer, StoreSnapshot } from './store.ts';
import { tarSize } from './tar-split.ts';

/**
 * Opens an image of a store: its own manifest where that names the layers as the store has them, else one for these layers.
 * @throws PushboatError STORE_INVALID when manifest, config and layers do not belong together; BLOB_MISSING, BLOB_CORRUPT,
 * MANIFEST_INVALID, MEDIA_TYPE_UNSUPPORTED, SOURCE_UNREADABLE
 */
export async function openStorageImage(snapshot: StoreSnapshot, image: StoredImageRecord): Promise<StorageImage> {
  const reader = new ImageReader(snapshot);
  const root = await reader.read(image, 1);
  const signedAs = digestOf(await manifestBytes(image));
  const { record } = image;
  return new StorageImage({ root, ...reader.content }, imageName(record), imageReferences(record), image, signedAs);
}

class ImageReader {
  readonly #snapshot: StoreSnapshot;
  readonly content: Omit<StorageImageContent, 'root'> = { documents: new Map(), layers: new Map() };

  constructor(snapshot: StoreSnapshot) {
    this.#snapshot = snapshot;
  }

  /** Adds the image's documents and layers to the content; returns its root. */
  async read(image: StoredImageRecord, depth: number): Promise<Descriptor> {
    const bytes = await manifestBytes(image);
    const facts = { path: image.files.imagesFolder };
    if (looksLikeSchema1(parseDocument(bytes, 'manifest', facts))) return this.#readSchema1(image, bytes);
    const parsed = parseManifest(bytes, undefined, facts);
    return parsed.kind === 'index' ? this.#readIndex(bytes, parsed, depth) : this.#readManifest(image, bytes, parsed);
  }

  async #readManifest(image: StoredImageRecord, bytes: Uint8Array, manifest: Manifest): Promise<Descriptor> {
    const { digest: configDigest, mediaType: configType } = manifest.config;
    const config = await image.files.bigData(image.record, configDigest);
    if (!config) throw notThere(image, `its config ${configDigest}`);
    verifyBytes(config, configDigest, () => image.files.imagesFolder);
    this.content.documents.set(configDigest, config);
    const chain = await this.#chain(image);
    if (isImageConfigMediaType(configType)) requireDiffIds(image, chain, parseImageConfig(config).diffIds);
    const isOriginal =
      manifest.layers.length === chain.length &&
      manifest.layers.every(({ digest, size }, i) => digest === chain[i]?.digest && size === chain[i]?.size);
    if (isOriginal) return this.#add(bytes, manifest.mediaType);
    const plain = plainManifest({ digest: configDigest, size: config.byteLength }, chain, manifest.annotations);
    return this.#add(plain.bytes, plain.descriptor.mediaType);
  }

  /** Schema 1 has no config: the one that containers/image makes of it gives the id that the image has in the store. */
  async #readSchema1(image: StoredImageRecord, bytes: Uint8Array): Promise<Descriptor> {
    const schema1 = parseSchema1(bytes, { path: image.files.imagesFolder });
    const chain = await this.#chain(image);
    const steps = stepsOf(schema1).filter(({ throwaway }) => !throwaway);
    if (steps.length !== chain.length) throw otherLayers(image, 'manifest');
    const config = configOfSchema1(
      schema1,
      chain.map(({ digest }) => digest),
    );
    const { digest, size } = this.#add(config, MediaType.ociConfig);
    const plain = plainManifest({ digest, size }, chain);
    return this.#add(plain.bytes, plain.descriptor.mediaType);
  }

  async #chain(image: StoredImageRecord): Promise<ChainLayer[]> {
    const chain = await Promise.all(this.#snapshot.chain(image).map((layer) => plainLayerOf(layer)));
    for (const { digest, layer } of chain) this.content.layers.set(digest, layer);
    return chain;
  }

  /** A manifest list names images of the same store. One that is not there stays named, and is reported as missing. */
  async #readIndex(bytes: Uint8Array, index: Index, depth: number): Promise<Descriptor> {
    if (depth >= MAX_NESTING) {
      throw new PushboatError('MANIFEST_INVALID', `The manifest list is nested more than ${MAX_NESTING} deep.`, {
        hint: 'rebuild-image',
      });
    }
    const children = new Map<string, Descriptor>();
    for (const { digest } of index.manifests) {
      const child = this.#imageWithManifest(digest);
      if (child) children.set(digest, await this.read(child, depth + 1));
    }
    if ([...children].every(([digest, child]) => child.digest === digest)) return this.#add(bytes, index.mediaType);
    const document = JSON.parse(new TextDecoder().decode(bytes)) as { manifests: { digest: string }[] };
    const manifests = document.manifests.map((entry) => ({ ...entry, ...children.get(entry.digest) }));
    return this.#add(new TextEncoder().encode(JSON.stringify({ ...document, manifests })), index.mediaType);
  }

  #imageWithManifest(digest: Digest): StoredImageRecord | undefined {
    return this.#snapshot.images.find(({ record }) =>
      record.bigDataNames.some((name) => name.startsWith('manifest') && record.bigDataDigests[name] === digest),
    );
  }

  #add(bytes: Uint8Array, mediaType: string): Descriptor {
    const digest = digestOf(bytes, 'sha256');
    this.content.documents.set(digest, bytes);
    return { mediaType, digest, size: bytes.byteLength };
  }
}

async function manifestBytes({ files, record }: StoredImageRecord): Promise<Uint8Array> {
  // `manifest-<digest>` may also be the manifest list that the image was chosen from.
  const bytes = await files.bigData(record, 'manifest');
  if (bytes) return bytes;
  throw notThere({ files, record }, 'its manifest');
}

interface ChainLayer {
  digest: Digest;
  size: number;
  layer: StoredLayer;
}

/** Old versions of the store's library did not keep the size of a layer: its tar-split tells it. */
async function plainLayerOf(layer: StoredLayer): Promise<ChainLayer> {
  const { record, files } = layer;
  const { id, diffDigest } = record;
  if (record.isIncomplete) throw layerInvalid(layer, `the layer ${id} was not written to its end`);
  if (diffDigest === undefined)
    throw layerInvalid(layer, `${files.driver}-layers does not say what tar the layer ${id} was made of`);
  const known = record.diffSize ?? -1;
  const diffSize = known >= 0 ? known : await sizeInTarSplit(layer);
  return { digest: diffDigest, size: diffSize, layer: { files, record: { ...record, diffSize } } };
}

async function sizeInTarSplit({ files, record }: StoredLayer): Promise<number> {
  const { path, realRoot } = await files.tarSplit(record);
  return tarSize(path, realRoot);
}

/** The config says which tars an image consists of, unless it names none; a store that says otherwise would push another image. */
function requireDiffIds(image: StoredImageRecord, chain: ChainLayer[], diffIds: string[]): void {
  if (diffIds.length === 0) return;
  if (diffIds.length === chain.length && diffIds.every((diffId, i) => diffId === chain[i]?.digest)) return;
  throw otherLayers(image, 'config');
}

function otherLayers({ files, record }: StoredImageRecord, document: string): PushboatError {
  return storeInvalid(
    files.root,
    `the ${document} of the image ${record.id} names other layers than the store has for it`,
  );
}

function layerInvalid({ files }: StoredLayer, detail: string): PushboatError {
  return storeInvalid(files.root, detail);
}

function storeInvalid(path: string, detail: string): PushboatError {
  return new PushboatError('STORE_INVALID', `The store ${path} contradicts itself: ${detail}.`, {
    path,
    detail,
    hint: 'rebuild-image',
  });
}

function notThere({ files, record }: StoredImageRecord, what: string): PushboatError {
  const detail = `${what} is not in the store`;
  return new PushboatError('BLOB_MISSING', `The image ${record.id} cannot be read: ${detail}.`, {
    path: files.imagesFolder,
    detail,
    hint: 'copy-whole-image',
  });
}
