import { Readable } from 'node:stream';
import type { Digest } from '../../../shared/digest.ts';
import type { ImageTree } from '../tree.ts';
import type { BlobOptions, Descriptor, LocalImage } from '../types.ts';
import type { Conversion } from './convert-tree.ts';

/** An image after a conversion: new manifests and the blobs that were made for them, and the rest from the image that it was made of. */
export class ConvertedImage implements LocalImage {
  readonly uncompressed?: true;
  readonly #source: LocalImage;
  readonly #tree: ImageTree;
  readonly #made: ReadonlyMap<Digest, Uint8Array>;

  constructor(source: LocalImage, { tree, made }: Pick<Conversion, 'tree' | 'made'>) {
    this.#source = source;
    this.#tree = tree;
    this.#made = made;
    if (source.uncompressed) this.uncompressed = true;
  }

  get root(): Descriptor {
    return this.#tree.root;
  }

  get name(): string {
    return this.#source.name;
  }

  get references(): string[] {
    return this.#source.references;
  }

  read(descriptor: Descriptor): Promise<Uint8Array> {
    const manifest = this.#tree.manifests.find((each) => each.descriptor.digest === descriptor.digest);
    const bytes = manifest?.bytes ?? this.#made.get(descriptor.digest);
    return bytes ? Promise.resolve(bytes) : this.#source.read(descriptor);
  }

  check(descriptor: Descriptor): Promise<void> {
    return this.#made.has(descriptor.digest) ? Promise.resolve() : this.#source.check(descriptor);
  }

  sizeOf(digest: Digest): Promise<number> {
    const known = this.#tree.blobs.find(({ descriptor }) => descriptor.digest === digest);
    return Promise.resolve(known?.descriptor.size ?? 0);
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): Readable {
    const bytes = this.#made.get(descriptor.digest);
    if (!bytes) return this.#source.blob(descriptor, options);
    const { offset = 0, length = bytes.byteLength - offset } = options;
    return Readable.from([bytes.subarray(offset, offset + length)], { objectMode: false });
  }
}
