import type { Readable } from 'node:stream';
import type { Digest } from '../../../shared/digest.ts';
import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { destroyOnAbort } from '../../files/read-buffers.ts';
import { compressedDescriptor } from '../../image/compress/compressed-tree.ts';
import type { ImageTree } from '../../image/tree.ts';
import type {
  ArrivingLayer,
  BlobOptions,
  Descriptor,
  ImageOrigin,
  LocalImage,
  Manifest,
  TakeLayer,
} from '../../image/types.ts';
import { digestOf } from '../../image/verify.ts';
import type { SourceGate } from '../../policy/source-gate.ts';
import { askToPush } from '../../registry/open-upload.ts';
import { type LayerCompressor, plainLayer } from '../content/layer-compressor.ts';
import { compressionFor } from '../content/setting.ts';
import type { PushRequest } from '../types.ts';
import { Presence } from './presence.ts';
import { pushBlob } from './push-blob.ts';
import { isMendable } from './push-image.ts';
import type { BlobRun, PushRun } from './run.ts';

export interface ArrivingContext extends Omit<PushRun, 'image' | 'tree'> {
  readonly compressor: LayerCompressor;
  /** Compressed layers are kept until it is released. */
  readonly owner: object;
  readonly gate: SourceGate | undefined;
  /** The layers that have arrived in this run and those before, by their keys. */
  readonly arrived: Map<string, Digest>;
  /** The first rows are there. */
  readonly planned: () => void;
}

/**
 * The part of a push that begins while an engine still gives the image: each large layer that is new to us is compressed as it comes, and
 * sent. What fails in a way that a person can mend is left to the rest of the push, which meets it again; anything else ends the opening.
 */
export class ArrivingPush implements AsyncDisposable {
  readonly #context: ArrivingContext;
  readonly #stop = new AbortController();
  /** Ends what is compressed: also a pause does that, for the engine has to begin again. */
  readonly #ends: AbortSignal;
  readonly #taking: Promise<boolean>[] = [];
  readonly #sending = new Map<Digest, Promise<void>>();
  readonly #mounts = { areSilent: false };
  readonly #inVain: Promise<void>[] = [];
  #threads: AsyncDisposable | undefined;
  #asked: Promise<void> | undefined;
  #allowed: Promise<boolean> | undefined;
  #reached: Promise<unknown> | undefined;
  #isHeldUp = false;
  #hasRows = false;

  constructor(context: ArrivingContext) {
    this.#context = context;
    this.#ends = AbortSignal.any([context.signal, context.draining, this.#stop.signal]);
  }

  /** Rows of the image were made, in the order in which layers came. */
  get hasRows(): boolean {
    return this.#hasRows;
  }

  /**
   * Opens the image, takes what it can of it meanwhile, and asks the registry at once where opening it takes long.
   * @throws as `openImage`, what the registry refuses, or the first failure to send what was taken.
   */
  async open({ openImage, isSlow }: Pick<PushRequest, 'openImage' | 'isSlow'>): Promise<LocalImage> {
    const take = this.#isPossible() ? this.#take : undefined;
    if (!take && !isSlow) return openImage(this.#context.signal);
    this.#asked = isSlow ? this.#ask() : undefined;
    try {
      const image = await openImage(this.#ends, take);
      await Promise.all([this.#asked, ...this.#taking]);
      this.#ends.throwIfAborted();
      return image;
    } catch (thrown) {
      this.#stop.signal.throwIfAborted();
      throw thrown;
    }
  }

  /** Who may not push hears so at once, and not when the engine has handed all of the image out. */
  async #ask(): Promise<void> {
    const { client, target } = this.#context;
    try {
      await askToPush(client, target.repository, { signal: this.#ends });
    } catch (thrown) {
      if (!this.#ends.aborted) this.#stop.abort(thrown);
    }
  }

  /** Resolves when the blob is not being sent any more. @throws the first failure that ends the push */
  async ended(digest: Digest): Promise<void> {
    await this.#sending.get(digest);
    this.#stop.signal.throwIfAborted();
  }

  /** Ends what still runs: bodies at their next good point where the push is paused, for the registry keeps them then. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#context.draining.aborted) this.#stop.abort();
    await Promise.all(this.#taking);
    await Promise.all(this.#sending.values());
    await Promise.all([this.#asked, ...this.#inVain]);
    await this.#threads?.[Symbol.asyncDispose]();
  }

  /** Not where what is sent, or whether anything is, depends on the image's manifests. */
  #isPossible(): boolean {
    const { options } = this.#context;
    return !options.onlyNew && (options.platforms ?? []).length === 0 && options.compression?.format !== 'none';
  }

  readonly #take: TakeLayer = (layer) => {
    const taking = this.#tryTake(layer);
    this.#taking.push(taking);
    return taking;
  };

  async #tryTake(layer: ArrivingLayer): Promise<boolean> {
    const { progress } = this.#context;
    let stream: Readable | undefined;
    const content = () => (stream = layer.content());
    try {
      return await this.#compress({ ...layer, content });
    } catch (thrown) {
      // What the store itself fails with it will say.
      if (this.#ends.aborted || thrown === stream?.errored) return true;
      if (layer.digest) progress.toState(layer.digest, 'failed', { reason: toPushboatError(thrown).message });
      this.#stop.abort(thrown);
      return true;
    }
  }

  async #compress(layer: ArrivingLayer): Promise<boolean> {
    const { compressor, owner, options, progress, arrived } = this.#context;
    const setting = compressionFor({ uncompressed: true }, options);
    if (!setting || this.#ends.aborted || !(await this.#isAllowed(layer))) return false;
    this.#threads ??= compressor.useThreads();
    const { size, digest = arrived.get(layer.key) } = layer;
    // Of those that have come it is known which they are.
    const layers = layer.layers.filter((each) => ![...arrived.values()].includes(each));
    const content = () => {
      if (digest) this.#show(plainLayer(digest, size));
      if (digest) progress.compressing(digest, size);
      const stream = layer.content();
      destroyOnAbort(stream, this.#ends);
      return stream;
    };
    const onRead = (bytes: number) => digest && progress.read(digest, bytes);
    const made = await compressor.compressArriving({
      layer: { ...layer, digest, layers, content },
      setting,
      owner,
      signal: this.#ends,
      onRead,
      onMade: (plain) => arrived.set(layer.key, plain.digest),
    });
    if (made === undefined || made === 'no layer') return made !== undefined;
    const sent = compressedDescriptor(made.plain, made.compressed);
    this.#show(made.plain);
    progress.compressed(made.plain.digest, sent);
    this.#sending.set(sent.digest, this.#send(sent, layer));
    return true;
  }

  #show({ digest, mediaType, size }: Descriptor): void {
    this.#hasRows = true;
    this.#context.progress.add({ digest, kind: 'layer', mediaType, size });
    this.#context.planned();
  }

  /** No engine has signatures, so what the policy says of one manifest it says of any. */
  #isAllowed(layer: ArrivingLayer): Promise<boolean> {
    const { gate, compressor, signal } = this.#context;
    if (!gate) return Promise.resolve(true);
    this.#allowed ??= gate(new ArrivingImage(layer, compressor), treeOf(layer), signal).then(
      () => true,
      // The same refusal ends the push when the image is there.
      () => false,
    );
    return this.#allowed;
  }

  async #send(sent: Descriptor, layer: ArrivingLayer): Promise<void> {
    const { client, compressor, owner, signal, draining } = this.#context;
    try {
      this.#reached ??= client.checkApi({ signal });
      await this.#reached;
      if (this.#isHeldUp) return;
      await pushBlob(this.#run(layer), sent);
      await compressor.uploaded(sent, owner);
    } catch (thrown) {
      if (isMendable(thrown) || draining.aborted || signal.aborted) this.#isHeldUp = true;
      else this.#stop.abort(thrown);
    }
  }

  #run(layer: ArrivingLayer): BlobRun {
    const { signal, compressor } = this.#context;
    return {
      ...this.#context,
      image: new ArrivingImage(layer, compressor),
      tree: treeOf(layer),
      presence: new Presence(),
      mounts: this.#mounts,
      signal: AbortSignal.any([signal, this.#stop.signal]),
      opensEarly: false,
      inVain: this.#inVain,
    };
  }
}

/** What there is of an image before it is described: the layers that were compressed. */
class ArrivingImage implements LocalImage {
  readonly root: Descriptor;
  readonly name = '';
  readonly references = [];
  readonly origin: ImageOrigin;
  readonly #compressor: LayerCompressor;

  constructor(layer: ArrivingLayer, compressor: LayerCompressor) {
    this.root = rootOf(layer);
    this.origin = layer.origin;
    this.#compressor = compressor;
  }

  read({ digest }: Descriptor): Promise<Uint8Array> {
    return Promise.reject(new PushboatError('INTERNAL', `${digest} has not arrived yet.`, { digest }));
  }

  async check(): Promise<void> {
    // What was compressed is there.
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): Readable {
    return this.#compressor.read(descriptor, options);
  }
}

/** A manifest that is not known yet, without anything in it. */
function treeOf(layer: ArrivingLayer): ImageTree {
  const root = rootOf(layer);
  const parsed: Manifest = { kind: 'manifest', mediaType: root.mediaType, config: root, layers: [], annotations: {} };
  const manifest = { descriptor: root, bytes: new Uint8Array(), parsed };
  return { root, manifests: [manifest], blobs: [], missing: [] };
}

/** The manifest's digest is not known: the first layer's stands for it. */
function rootOf({ layers, size }: ArrivingLayer): Descriptor {
  return { mediaType: MediaType.ociManifest, digest: layers[0] ?? digestOf(new Uint8Array()), size };
}
