import { Readable } from 'node:stream';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import type { WantedLayers } from '../../destinations/types.ts';
import { plainLayers } from '../../image/compress/compressed-tree.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { BlobOptions, Descriptor, LocalImage } from '../../image/types.ts';
import { CompressionStage, type StageContext } from '../content/compression-stage.ts';
import { layersCalledPlain } from '../content/layers-to-compress.ts';
import { compressionFor } from '../content/setting.ts';

/** An image as a destination takes it. Disposing of it ends what made it; compressed layers are kept for their user. */
export interface PreparedImage extends AsyncDisposable {
  image: LocalImage;
  tree: ImageTree;
  /** Layers that got the media type that their bytes have. */
  retyped: number;
}

/**
 * Compresses the plain layers of an image for a destination that wants them so. Layers of which is known what they become are compressed
 * only when the destination reads them; the others before, for the manifests need their digests.
 * @throws PushboatError as `LayerCompressor.compress`.
 */
export async function prepareImage(
  context: StageContext,
  wanted: WantedLayers,
  options: TransferOptions,
  signal: AbortSignal,
): Promise<PreparedImage> {
  const setting = wanted === 'compressed' ? compressionFor(context.image, options) : undefined;
  if (!setting || plainLayers(context.tree).length === 0) {
    return { image: context.image, tree: context.tree, retyped: 0, [Symbol.asyncDispose]: async () => undefined };
  }
  const layers = await layersCalledPlain(context, setting, signal);
  const stage = new CompressionStage(context, setting, layers);
  const dispose = () => stage[Symbol.asyncDispose]();
  try {
    await compressUnknown(stage, signal);
    return {
      image: new ReadyOnRead(stage, signal),
      tree: stage.compressedTree(),
      retyped: layers.packed.size,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
}

/** All at once; the compressor decides how many are under way. The first failure stops the others. */
async function compressUnknown(stage: CompressionStage, signal: AbortSignal): Promise<void> {
  const outcomes = await Promise.allSettled(
    stage.unknown().map(async (layer) => {
      try {
        await stage.sentForm(layer, signal);
      } catch (thrown) {
        stage.fail(thrown);
        throw thrown;
      }
    }),
  );
  signal.throwIfAborted();
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** A compressed image whose layers are made when they are read, unless they are there. */
class ReadyOnRead implements LocalImage {
  readonly #stage: CompressionStage;
  readonly #signal: AbortSignal;

  constructor(stage: CompressionStage, signal: AbortSignal) {
    this.#stage = stage;
    this.#signal = signal;
  }

  get root(): Descriptor {
    return this.#stage.image.root;
  }

  get name(): string {
    return this.#stage.image.name;
  }

  get references(): string[] {
    return this.#stage.image.references;
  }

  read(descriptor: Descriptor): Promise<Uint8Array> {
    return this.#stage.image.read(descriptor);
  }

  check(descriptor: Descriptor): Promise<void> {
    return this.#stage.image.check(descriptor);
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): Readable {
    if (!this.#stage.image.plainLayer(descriptor.digest)) return this.#stage.image.blob(descriptor, options);
    return Readable.from(this.#made(descriptor, options), { objectMode: false });
  }

  async *#made(descriptor: Descriptor, options: BlobOptions): AsyncGenerator<Uint8Array> {
    const { signal = this.#signal } = options;
    await this.#stage.makeReady(descriptor, signal);
    yield* this.#stage.image.blob(descriptor, options);
  }
}
