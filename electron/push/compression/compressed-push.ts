import type { Digest } from '../../../shared/digest.ts';
import { toPushboatError } from '../../../shared/errors.ts';
import {
  type CompressedLayer,
  compressedDescriptor,
  compressTree,
  plainLayers,
} from '../../image/compress/compressed-tree.ts';
import type { CompressionSetting } from '../../image/compress/types.ts';
import type { ImageTree, TreeBlob } from '../../image/tree.ts';
import type { Descriptor } from '../../image/types.ts';
import { pushBlob } from '../blob-push.ts';
import { type FormatRun, runInFormat } from '../formats/format-push.ts';
import type { BlobRun } from '../push-run.ts';
import { checkLocalBlobs, pushBlobs, type RunResult } from '../transfer.ts';
import { CompressedImage } from './compressed-image.ts';
import type { LayerCompressor } from './layer-compressor.ts';
import { compressionFor } from './setting.ts';

/** The run of a job whose image may have plain layers, and who compresses them. */
export interface CompressingRun extends FormatRun {
  readonly compressor: LayerCompressor;
  /** Compressed layers are kept until it is released. */
  readonly user: object;
}

/**
 * A push in which plain layers are compressed on the way. Layers whose compressed form is known are pushed as any other, and read
 * only when the registry lacks them; each of the others goes up as soon as it is compressed, and the manifests when all are.
 * @throws PushboatError as `runInFormat` and `LayerCompressor.compress`.
 */
export async function runCompressedPush(run: CompressingRun): Promise<RunResult> {
  const setting = compressionFor(run.image, run.options);
  const layers = setting ? plainLayers(run.tree) : [];
  if (!setting || layers.length === 0) return runInFormat(run);
  await using stage = new CompressionStage(run, setting, layers);
  const compressed: FormatRun = { ...run, image: stage.image, bring: stage.bring, makeReady: stage.makeReady };
  if (stage.hasUnknown()) {
    await run.client.checkApi({ signal: run.signal });
    await checkLocalBlobs(run);
    await pushBlobs({ ...compressed, tree: blobsToSend(run) });
  }
  return await runInFormat({ ...compressed, tree: stage.compressedTree() });
}

/** Schema 1 holds the config in the manifest. */
function blobsToSend({ tree, options }: CompressingRun): ImageTree {
  return options.format === 'v2s1' ? { ...tree, blobs: tree.blobs.filter(({ kind }) => kind !== 'config') } : tree;
}

/** What one run knows of its layers while they are compressed. */
class CompressionStage implements AsyncDisposable {
  readonly image: CompressedImage;
  readonly #run: CompressingRun;
  readonly #setting: CompressionSetting;
  readonly #layers: readonly TreeBlob[];
  readonly #compressed = new Map<Digest, CompressedLayer>();
  readonly #threads: AsyncDisposable;
  /** The first failure of any blob: layers that are not compressed yet will not be needed before the next run. */
  readonly #failure = new AbortController();

  constructor(run: CompressingRun, setting: CompressionSetting, layers: readonly TreeBlob[]) {
    this.#run = run;
    this.#setting = setting;
    this.#layers = layers;
    this.#threads = run.compressor.useThreads();
    this.image = new CompressedImage(run.image, run.compressor);
    for (const { descriptor } of layers) {
      const known = run.compressor.known(descriptor, setting);
      if (known) this.#add(descriptor, known);
    }
  }

  hasUnknown(): boolean {
    return this.#compressed.size < this.#layers.length;
  }

  /** Brings a blob to the registry, in the form in which it is pushed. */
  readonly bring = async (run: BlobRun, blob: Descriptor): Promise<void> => {
    try {
      await pushBlob(run, await this.#sentForm(blob, run.signal));
    } catch (thrown) {
      this.#failure.abort(thrown);
      throw thrown;
    }
  };

  /** Called when a blob is about to be uploaded: the registry does not have it, so it must be possible to read it. */
  readonly makeReady = async (blob: Descriptor, signal: AbortSignal): Promise<void> => {
    const plain = this.image.plainLayer(blob.digest);
    if (plain) await this.#compress(plain, signal);
  };

  /** All layers must be known. The rows of manifests go on under the digests of the new ones. */
  compressedTree(): ImageTree {
    const { tree, rows } = this.#run;
    const compressed = compressTree(tree, this.#compressed);
    for (const [index, { descriptor }] of compressed.manifests.entries()) {
      const original = tree.manifests[index]?.descriptor;
      if (original && original.digest !== descriptor.digest) rows.compressed(original.digest, descriptor);
    }
    this.image.setManifests(compressed.root, compressed.manifests);
    return compressed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }

  async #sentForm(blob: Descriptor, signal: AbortSignal): Promise<Descriptor> {
    if (!this.#layers.some(({ descriptor }) => descriptor.digest === blob.digest)) return blob;
    const layer = this.#compressed.get(blob.digest) ?? (await this.#compress(blob, signal));
    return compressedDescriptor(blob, layer);
  }

  async #compress(layer: Descriptor, signal: AbortSignal): Promise<CompressedLayer> {
    const { compressor, image, rows, user, winding } = this.#run;
    const stop = AbortSignal.any([signal, winding, this.#failure.signal]);
    try {
      const compressed = await compressor.compress({
        image,
        layer,
        setting: this.#setting,
        user,
        signal: stop,
        onStart: () => rows.compressing(layer.digest, layer.size),
        onRead: (bytes) => rows.read(layer.digest, bytes),
      });
      this.#add(layer, compressed);
      return compressed;
    } catch (thrown) {
      if (stop.aborted) rows.toState(layer.digest, 'waiting');
      else rows.toState(layer.digest, 'failed', { reason: toPushboatError(thrown).message });
      stop.throwIfAborted();
      throw thrown;
    }
  }

  #add(layer: Descriptor, compressed: CompressedLayer): void {
    this.#compressed.set(layer.digest, compressed);
    this.image.addLayer(compressed.digest, layer);
    this.#run.rows.compressed(layer.digest, compressedDescriptor(layer, compressed));
  }
}
