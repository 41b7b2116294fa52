import type { Readable } from 'node:stream';
import type { Digest } from '../../../shared/digest.ts';
import type { TreeManifest } from '../../image/tree.ts';
import type { BlobOptions, Descriptor, LocalImage } from '../../image/types.ts';
import type { LayerCompressor } from './layer-compressor.ts';

/** An image with its layers compressed: new manifests and spooled layers, and the rest from the image that it was made of. */
export class CompressedImage implements LocalImage {
  readonly #source: LocalImage;
  readonly #compressor: LayerCompressor;
  /** Compressed layers, and the layer that each was made of. */
  readonly #layers = new Map<Digest, Descriptor>();
  #root: Descriptor;
  #manifests: readonly TreeManifest[] = [];

  constructor(source: LocalImage, compressor: LayerCompressor) {
    this.#source = source;
    this.#compressor = compressor;
    this.#root = source.root;
  }

  get root(): Descriptor {
    return this.#root;
  }

  get name(): string {
    return this.#source.name;
  }

  get references(): string[] {
    return this.#source.references;
  }

  get order(): readonly Digest[] {
    return this.#source.order ?? [];
  }

  /** Which layer a compressed one is made of. */
  addLayer(compressed: Digest, plain: Descriptor): void {
    this.#layers.set(compressed, plain);
  }

  setManifests(root: Descriptor, manifests: readonly TreeManifest[]): void {
    this.#root = root;
    this.#manifests = manifests;
  }

  plainLayer(digest: Digest): Descriptor | undefined {
    return this.#layers.get(digest);
  }

  read(descriptor: Descriptor): Promise<Uint8Array> {
    const made = this.#manifests.find((manifest) => manifest.descriptor.digest === descriptor.digest);
    return made ? Promise.resolve(made.bytes) : this.#source.read(descriptor);
  }

  check(descriptor: Descriptor): Promise<void> {
    return this.#source.check(this.#layers.get(descriptor.digest) ?? descriptor);
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): Readable {
    return this.#layers.has(descriptor.digest)
      ? this.#compressor.read(descriptor, options)
      : this.#source.blob(descriptor, options);
  }
}
