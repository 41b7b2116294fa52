import type { Digest } from '../../../shared/digest.ts';
import { toPushboatError } from '../../../shared/errors.ts';
import { type CompressedLayer, compressedDescriptor, compressTree } from '../../image/compress/compressed-tree.ts';
import type { CompressionSetting } from '../../image/compress/types.ts';
import type { ImageTree, TreeBlob } from '../../image/tree.ts';
import type { Descriptor, LocalImage } from '../../image/types.ts';
import type { JobProgress } from '../progress.ts';
import { CompressedImage } from './compressed-image.ts';
import type { LayerCompressor } from './layer-compressor.ts';
import type { CalledPlain } from './layers-to-compress.ts';

/** What of a run a stage needs; a `CompressingRun` is one. */
export interface StageContext {
  readonly image: LocalImage;
  readonly tree: ImageTree;
  readonly progress: JobProgress;
  readonly compressor: LayerCompressor;
  /** Compressed layers are kept until it is released. */
  readonly owner: object;
  /** Begin nothing new. */
  readonly draining: AbortSignal;
}

/** What one run knows of its layers while they are compressed. */
export class CompressionStage implements AsyncDisposable {
  readonly image: CompressedImage;
  readonly #context: StageContext;
  readonly #setting: CompressionSetting;
  readonly #layers: readonly TreeBlob[];
  readonly #compressed = new Map<Digest, CompressedLayer>();
  readonly #threads: AsyncDisposable;
  /** The first failure of any blob: layers that are not compressed yet will not be needed before the next run. */
  readonly #failure = new AbortController();

  constructor(context: StageContext, setting: CompressionSetting, { plain, packed }: CalledPlain) {
    this.#context = context;
    this.#setting = setting;
    this.#layers = plain;
    this.#threads = context.compressor.useThreads();
    this.image = new CompressedImage(context.image, context.compressor);
    for (const [digest, layer] of packed) this.#keep(digest, layer);
    for (const { descriptor } of plain) {
      const known = context.compressor.known(descriptor, setting);
      if (known) this.#add(descriptor, known);
    }
  }

  hasUnknown(): boolean {
    return this.unknown().length > 0;
  }

  /** The layers of which only compressing tells what they become. */
  unknown(): Descriptor[] {
    return this.#layers.map(({ descriptor }) => descriptor).filter(({ digest }) => !this.#compressed.has(digest));
  }

  /** The blob in the form in which it leaves; a layer that is not known is compressed for that. */
  async sentForm(blob: Descriptor, signal: AbortSignal): Promise<Descriptor> {
    const known = this.#compressed.get(blob.digest);
    if (!known && !this.#layers.some(({ descriptor }) => descriptor.digest === blob.digest)) return blob;
    const layer = known ?? (await this.#compress(blob, signal));
    return compressedDescriptor(blob, layer);
  }

  /** Called when a blob is about to be read: the target does not have it, so it must be possible. */
  readonly makeReady = async (blob: Descriptor, signal: AbortSignal): Promise<void> => {
    const plain = this.image.plainLayer(blob.digest);
    if (plain) await this.#compress(plain, signal);
  };

  /** The target has the blob: what was kept of it may go where there is much. */
  async uploaded(sent: Descriptor): Promise<void> {
    await this.#context.compressor.uploaded(sent, this.#context.owner);
  }

  /** A blob failed: nothing is compressed any more. */
  fail(reason: unknown): void {
    this.#failure.abort(reason);
  }

  /** All layers must be known. The rows of manifests go on under the digests of the new ones. */
  compressedTree(): ImageTree {
    const { tree, progress } = this.#context;
    const compressed = compressTree(tree, this.#compressed);
    for (const [index, { descriptor }] of compressed.manifests.entries()) {
      const original = tree.manifests[index]?.descriptor;
      if (original && original.digest !== descriptor.digest) progress.compressed(original.digest, descriptor);
    }
    this.image.setManifests(compressed.root, compressed.manifests);
    return compressed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }

  async #compress(layer: Descriptor, signal: AbortSignal): Promise<CompressedLayer> {
    const { compressor, image, progress, owner, draining } = this.#context;
    const stop = AbortSignal.any([signal, draining, this.#failure.signal]);
    try {
      const compressed = await compressor.compress({
        image,
        layer,
        setting: this.#setting,
        owner,
        signal: stop,
        onStart: () => progress.compressing(layer.digest, layer.size),
        onRead: (bytes) => progress.read(layer.digest, bytes),
      });
      this.#add(layer, compressed);
      return compressed;
    } catch (thrown) {
      if (stop.aborted) progress.toState(layer.digest, 'waiting');
      else progress.toState(layer.digest, 'failed', { reason: toPushboatError(thrown).message });
      stop.throwIfAborted();
      throw thrown;
    }
  }

  /** A layer that needs no compressing is sent as it is, under the media type that says what it is. */
  #keep(digest: Digest, layer: CompressedLayer): void {
    this.#compressed.set(digest, layer);
    const blob = this.#context.tree.blobs.find(({ descriptor }) => descriptor.digest === digest);
    if (blob) this.#context.progress.retyped(digest, compressedDescriptor(blob.descriptor, layer).mediaType);
  }

  #add(layer: Descriptor, compressed: CompressedLayer): void {
    this.#compressed.set(layer.digest, compressed);
    this.image.addLayer(compressed.digest, layer);
    this.#context.progress.compressed(layer.digest, compressedDescriptor(layer, compressed));
  }
}
