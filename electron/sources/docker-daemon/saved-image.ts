import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Digest } from '../../../shared/digest.ts';
import { buffersFor } from '../../files/read-buffers.ts';
import { readImageTree } from '../../image/tree.ts';
import type { AloneOfIndex, BlobOptions, Descriptor, LocalImage } from '../../image/types.ts';
import type { Archives } from '../archive/archives.ts';
import { openSavedImage } from '../archive/docker-archive.ts';
import type { StoredImage } from '../stored-image.ts';
import { LayerCopies } from './layer-copies.ts';
import { SavePasses, type SavePassesOptions } from './save-passes.ts';
import { type Hole, KEPT_OF_HOLES, type SkeletonOptions, writeSkeleton } from './skeleton.ts';

/** What is kept of a save, in its folder. */
export const SAVED_FILE = 'saved.tar';

export interface SavedImageOptions extends Omit<SavePassesOptions, 'holes'>, SkeletonOptions {
  /** What a failure of the first save means, after so many bytes of it of which these were the last. */
  explainFirst: (error: unknown, arrived: number, tail: string) => Error;
  /** Asked after the first save: whether it gives one image of an index only. */
  alone?: () => AloneOfIndex | undefined;
  /** For what is kept of it. */
  folder: string;
  archives: Archives;
}

/** An image that an engine saves: what is small is kept in a file, large layers are read from the engine when they are wanted. */
export class SavedImage {
  /** Gives all but the large layers. */
  readonly image: LocalImage;
  /** Large layers in the order in which the engine sends them. */
  readonly order: readonly Digest[];
  readonly alone: AloneOfIndex | undefined;
  readonly #path: string;
  readonly #archives: Archives;
  readonly #holes: ReadonlyMap<Digest, Hole>;
  readonly #passes: SavePasses;
  readonly #copies: LayerCopies;

  private constructor(
    image: LocalImage,
    path: string,
    holes: Map<Digest, Hole>,
    passes: SavePasses,
    { folder, archives, alone }: SavedImageOptions,
  ) {
    this.alone = alone?.();
    this.#archives = archives;
    this.image = image;
    this.#path = path;
    this.#holes = holes;
    this.#passes = passes;
    this.#copies = new LayerCopies(folder, passes);
    this.order = [...holes].toSorted(([, a], [, b]) => a.offset - b.offset).map(([digest]) => digest);
  }

  /**
   * Reads a save once, and keeps what is small. Undefined for a save without an image.
   * @throws PushboatError ENGINE_FAILED, ARCHIVE_INVALID, and as for any archive; the system's error when there is no room.
   */
  static async read(options: SavedImageOptions): Promise<SavedImage | undefined> {
    const { folder, signal, start, explainFirst } = options;
    const path = join(folder, SAVED_FILE);
    const archive = await start(signal);
    const counter: Counter = { bytes: 0, last: [] };
    let holes: Hole[];
    try {
      holes = await writeSkeleton(counted(archive, counter), path, options);
    } catch (error) {
      throw explainFirst(error, counter.bytes, Buffer.concat(counter.last).toString('utf8'));
    } finally {
      archive.destroy();
    }
    const image = await openSavedImage(path, options.archives, signal);
    if (!image) return undefined;
    const passes = new SavePasses({ ...options, holes });
    return new SavedImage(image, path, await holesOf(image, holes), passes, options);
  }

  /** The blob's bytes; a large layer straight from the engine where its reader can wait for it and needs it once. */
  chunks(descriptor: Descriptor, options: BlobOptions): AsyncIterable<Uint8Array> | Readable {
    const hole = this.#holes.get(descriptor.digest);
    const { offset = 0, length = descriptor.size - offset, recycle = false, once = false } = options;
    if (!hole || offset + length <= KEPT_OF_HOLES) return this.image.blob(descriptor, options);
    const isWhole = offset === 0 && length === hole.size;
    if (once && isWhole) return this.#passes.read(hole, buffersFor(recycle), options.signal);
    return this.#copies.read(hole, { offset, length, recycle });
  }

  /** Ends what runs. The folder can be removed then. */
  close(): void {
    this.#passes.close();
    this.#copies.close();
    this.#archives.forget(this.#path);
  }
}

interface Counter {
  bytes: number;
  /** The last two chunks. */
  last: Buffer[];
}

async function* counted(archive: Readable, counter: Counter): AsyncGenerator<Buffer> {
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    counter.bytes += chunk.byteLength;
    counter.last = [...counter.last.slice(-1), chunk];
    yield chunk;
  }
}

/** Which blobs were left out of the file. */
async function holesOf(image: StoredImage, holes: readonly Hole[]): Promise<Map<Digest, Hole>> {
  const byOffset = new Map(holes.map((hole) => [hole.offset, hole]));
  const found = new Map<Digest, Hole>();
  if (holes.length === 0) return found;
  const { blobs } = await readImageTree(image);
  for (const { descriptor } of blobs) {
    const place = await image.placeOf(descriptor);
    const hole = place === undefined ? undefined : byOffset.get(place);
    if (hole) found.set(descriptor.digest, hole);
  }
  return found;
}
