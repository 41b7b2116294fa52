import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Digest, digestAlgorithm } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { compressStream } from '../../image/compress/compress-stream.ts';
import { type CompressedLayer, layerFormat } from '../../image/compress/compressed-tree.ts';
import type { CompressionSetting } from '../../image/compress/types.ts';
import { CompressionPool } from '../../image/compress/worker-pool.ts';
import type { ArrivingLayer, BlobOptions, Descriptor, LocalImage } from '../../image/types.ts';
import { corruptBlob } from '../../image/verify.ts';
import type { Journal } from '../journal/journal.ts';
import { BlobSpool, type SpooledBlob } from './blob-spool.ts';
import { codecName, settingOf } from './setting.ts';

/** Layers at once: one keeps all cores busy, the next fills the pauses while a store is read. Each holds a few blocks in memory. */
const LAYERS_AT_ONCE = 2;

/** Blocks that wait for the threads while a layer arrives, which is compressed alone: as many as of two others. */
const ARRIVING_AHEAD = 6;

export interface LayerTask {
  image: LocalImage;
  layer: Descriptor;
  setting: CompressionSetting;
  /** Whose layer it is: kept until this user is released. */
  owner: object;
  signal: AbortSignal;
  /** The layer is being read from its start. */
  onStart: () => void;
  onRead: (bytes: number) => void;
}

/** A layer that is compressed while its store gives the image. */
export interface ArrivingTask extends Pick<LayerTask, 'setting' | 'owner' | 'signal' | 'onRead'> {
  layer: ArrivingLayer;
  /** Told which layer it was before it is known what that has become. */
  onMade: (layer: Descriptor) => void;
}

/** What an arriving layer was, and what it has become. */
export interface MadeLayer {
  plain: Descriptor;
  compressed: CompressedLayer;
}

/**
 * Compresses layers for all jobs together: each layer once, whoever needs it, and not again in later runs where the journal knows what
 * it became. The results are spooled, so that they can be read at any offset.
 */
export class LayerCompressor {
  readonly #journal: Journal;
  readonly #spool: BlobSpool;
  readonly #known = new Map<string, SpooledBlob>();
  readonly #semaphore = new Semaphore(LAYERS_AT_ONCE);
  readonly #underWay = new Map<string, Semaphore>();
  #pool: CompressionPool | undefined;
  #poolUsers = 0;

  /** @param cacheDir where compressed layers are kept for good; otherwise they are in `temporaryDir`. */
  constructor(journal: Journal, temporaryDir: string, cacheDir?: string) {
    this.#journal = journal;
    this.#spool = new BlobSpool(temporaryDir, cacheDir);
  }

  /** What a layer becomes, if that is known without reading it. */
  known(layer: Descriptor, wished: CompressionSetting): CompressedLayer | undefined {
    const setting = settingFor(layer, wished);
    const codec = codecName(setting);
    const found = this.#known.get(`${layer.digest} ${codec}`) ?? this.#journal.compressedOf(layer.digest, codec);
    return found ? { ...found, format: setting.format } : undefined;
  }

  /**
   * Makes sure that the compressed layer can be read; compresses it unless it is there.
   * @throws PushboatError BLOB_CORRUPT when the layer's content has not its digest, what the store throws, or the signal's reason.
   */
  async compress(task: LayerTask): Promise<CompressedLayer> {
    const { layer, signal, owner } = task;
    const setting = settingFor(layer, task.setting);
    const key = `${layer.digest} ${codecName(setting)}`;
    const same = this.#underWay.get(key) ?? new Semaphore(1);
    this.#underWay.set(key, same);
    using _alone = await same.acquire(signal);
    const known = this.known(layer, setting);
    if (known && (await this.#spool.has(known))) {
      this.#spool.retain(known, owner);
      return known;
    }
    using _permit = await this.#semaphore.acquire(signal);
    const made = await this.#spool.write(this.#blocks(task, setting));
    this.#keep(layer, setting, made, owner);
    if (known && known.digest !== made.digest) throw changed(layer, known, made);
    return { ...made, format: setting.format };
  }

  /**
   * Compresses a layer that its store gives just now, if that is worth it: undefined, with the content unread, for one of which is known what
   * it becomes, or may be known; and while other layers keep the threads busy, where the store waits.
   * @throws PushboatError as `compress`
   */
  async compressArriving(task: ArrivingTask): Promise<MadeLayer | 'no layer' | undefined> {
    const { layer, setting, owner } = task;
    const mayBe = (layer.digest ? [layer.digest] : layer.layers).map((digest) => plainLayer(digest, layer.size));
    if (mayBe.some((each) => this.known(each, setting))) return undefined;
    using permit = layer.isKept ? await this.#semaphore.acquire(task.signal) : this.#semaphore.tryAcquire();
    if (!permit) return undefined;
    const ahead = layer.isKept ? undefined : ARRIVING_AHEAD;
    const algorithm = mayBe[0] ? digestAlgorithm(mayBe[0].digest) : 'sha256';
    const hash = createHash(algorithm);
    const made = await this.#spool.write(this.#compressed(layer.content(), { ...task, ahead }, hash));
    const plain = plainLayer(`${algorithm}:${hash.digest('hex')}` as Digest, layer.size);
    if (mayBe.some(({ digest }) => digest === plain.digest)) {
      task.onMade(plain);
      this.#keep(plain, setting, made, owner);
      return { plain, compressed: { ...made, format: setting.format } };
    }
    await this.#spool.drop(made);
    if (layer.digest) throw corruptBlob(layer.digest, plain.digest);
    return 'no layer';
  }

  #keep(layer: Descriptor, setting: CompressionSetting, made: SpooledBlob, owner: object): void {
    this.#spool.retain(made, owner);
    this.#known.set(`${layer.digest} ${codecName(setting)}`, made);
    this.#journal.saveCompressed(layer.digest, codecName(setting), made);
  }

  #compressed(
    source: Readable,
    { setting, onRead, ahead }: Pick<LayerTask, 'setting' | 'onRead'> & { ahead: number | undefined },
    hash: Hash,
  ): AsyncIterable<Uint8Array> {
    this.#pool ??= new CompressionPool();
    const onChunk = (chunk: Uint8Array): void => {
      hash.update(chunk);
      onRead(chunk.byteLength);
    };
    return compressStream(source, {
      ...setting,
      pool: this.#pool,
      onRead: onChunk,
      recycle: true,
      ...(ahead ? { ahead } : {}),
    });
  }

  read(blob: SpooledBlob, options: BlobOptions): Readable {
    return this.#spool.read(blob, options);
  }

  /** The threads live while somebody has a use for them. The first layer starts them. */
  useThreads(): AsyncDisposable {
    this.#poolUsers++;
    return {
      [Symbol.asyncDispose]: async () => {
        if (--this.#poolUsers > 0) return;
        const pool = this.#pool;
        this.#pool = undefined;
        await pool?.[Symbol.asyncDispose]();
      },
    };
  }

  /** The user's blob is on the registry. */
  uploaded(blob: SpooledBlob, owner: object): Promise<void> {
    return this.#spool.uploaded(blob, owner);
  }

  release(owner: object): Promise<void> {
    return this.#spool.release(owner);
  }

  async close(): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]();
    await this.#spool.close();
  }

  /** The compressed bytes. At the end the layer's own digest is compared, for the registry sees only what it became. */
  async *#blocks({ image, layer, signal, onStart, onRead }: LayerTask, setting: CompressionSetting) {
    const algorithm = digestAlgorithm(layer.digest);
    const hash = createHash(algorithm);
    onStart();
    const source = image.blob(layer, { recycle: true, once: true, verifies: true, signal });
    yield* this.#compressed(source, { setting, onRead, ahead: undefined }, hash);
    const digest = `${algorithm}:${hash.digest('hex')}` as Digest;
    if (digest === layer.digest) return;
    // Where a store can say which file is to blame, it fails here.
    for await (const _ of image.blob(layer, { recycle: true, once: true, signal })) continue;
    throw corruptBlob(layer.digest, digest);
  }
}

/** Layers of an engine's save; those of a layout may have Docker's type, and then are compressed once more as the save has ended. */
export function plainLayer(digest: Digest, size: number): Descriptor {
  return { mediaType: MediaType.ociLayer, digest, size };
}

/** Docker's schema 2 knows no zstd: such layers are compressed with gzip at its usual level. */
function settingFor(layer: Descriptor, wished: CompressionSetting): CompressionSetting {
  const format = layerFormat(layer, wished.format);
  return format === wished.format ? wished : settingOf(format);
}

/** The manifest was made with what was remembered. The new pair is remembered now, so that the next try is right. */
function changed(layer: Descriptor, known: SpooledBlob, made: SpooledBlob): PushboatError {
  const message = `The layer ${layer.digest} was compressed to other bytes than before.`;
  return new PushboatError('INTERNAL', message, {
    digest: layer.digest,
    detail: `before: ${known.digest}, now: ${made.digest}`,
    hint: 'retry',
  });
}

/** Lets a fixed number of tasks run at once; the others wait in the order in which they came. */
class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with a permit, which is given back when it is disposed. @throws the signal's reason when it is aborted before. */
  async acquire(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    const permit = this.tryAcquire();
    if (permit) return permit;
    await this.#wait(signal);
    return this.#permit();
  }

  /** A permit if there is one now. */
  tryAcquire(): Disposable | undefined {
    if (this.#free === 0) return undefined;
    this.#free--;
    return this.#permit();
  }

  #permit(): Disposable {
    return { [Symbol.dispose]: () => this.#next() };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(begin);
    });
  }

  #next(): void {
    const begin = this.#waiting.shift();
    if (begin) begin();
    else this.#free++;
  }
}
