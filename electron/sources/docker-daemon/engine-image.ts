import { Readable } from 'node:stream';
import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { StoreOddity } from '../../../shared/job-notes.ts';
import { destroyOnAbort, READ_SIZE } from '../../files/read-buffers.ts';
import type { AloneOfIndex, BlobOptions, Descriptor, ImageOrigin, LocalImage } from '../../image/types.ts';
import { taggedReference } from '../names/repository-tags.ts';
import type { SavedImage } from './saved-image.ts';
import type { EngineContent, SavedImages } from './saved-images.ts';
import type { ArrivingLayers } from './skeleton.ts';

/**
 * Opens an image of an engine.
 * @param arriving who may take the image's layers while its save arrives.
 * @throws PushboatError as `SavedImages.hold`
 */
export async function openEngineImage(
  saved: SavedImages,
  content: EngineContent,
  names: { name: string; references: string[] },
  signal?: AbortSignal,
  arriving?: Pick<ArrivingLayers, 'take' | 'layers'>,
): Promise<LocalImage> {
  const held = await saved.hold(content, signal, arriving && { ...arriving, origin: originOf(names) });
  try {
    return new ImageOfEngine(saved, content, held.saved, names);
  } finally {
    held.release();
  }
}

function originOf({ references }: { references: string[] }): ImageOrigin {
  return { transport: 'docker-daemon', reference: taggedReference(references) };
}

/** An image of an engine: holds its save only while something is read, and gets it again when it is gone. */
class ImageOfEngine implements LocalImage {
  readonly root: Descriptor;
  readonly name: string;
  readonly references: string[];
  readonly uncompressed?: true;
  readonly order: readonly Digest[];
  readonly oddities: readonly StoreOddity[];
  readonly origin: ImageOrigin;
  readonly alone?: AloneOfIndex;
  readonly #saved: SavedImages;
  readonly #content: EngineContent;

  constructor(
    saved: SavedImages,
    content: EngineContent,
    { image, order, alone }: SavedImage,
    names: { name: string; references: string[] },
  ) {
    this.#saved = saved;
    this.#content = content;
    this.root = image.root;
    this.name = names.name;
    this.references = names.references;
    this.order = order;
    this.origin = originOf(names);
    this.oddities = image.oddities ?? [];
    if (alone) this.alone = alone;
    if (image.uncompressed) this.uncompressed = true;
  }

  read(descriptor: Descriptor): Promise<Uint8Array> {
    return this.#with((image) => image.read(descriptor));
  }

  check(descriptor: Descriptor): Promise<void> {
    return this.#with((image) => image.check(descriptor));
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): Readable {
    const chunks = this.#chunks(descriptor, options);
    const stream = Readable.from(chunks, { objectMode: false, highWaterMark: READ_SIZE });
    if (options.signal) destroyOnAbort(stream, options.signal);
    return stream;
  }

  async *#chunks(descriptor: Descriptor, options: BlobOptions): AsyncGenerator<Uint8Array> {
    const held = await this.#hold(options.signal);
    try {
      for await (const chunk of held.saved.chunks(descriptor, options)) yield chunk as Uint8Array;
    } catch (error) {
      throw this.#saved.explain(error);
    } finally {
      held.release();
    }
  }

  async #with<T>(use: (image: LocalImage) => Promise<T>): Promise<T> {
    const held = await this.#hold();
    try {
      return await use(held.saved.image);
    } finally {
      held.release();
    }
  }

  async #hold(signal?: AbortSignal) {
    const held = await this.#saved.hold(this.#content, signal);
    if (held.saved.image.root.digest === this.root.digest) return held;
    held.release();
    const detail = `its second save of ${this.#content.id} differs from the first`;
    throw new PushboatError('ENGINE_FAILED', `The engine is not consistent: ${detail}.`, { detail, hint: 'retry' });
  }
}
