import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Digest } from '../../../shared/digest.ts';
import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { buffersFor, destroyOnAbort, READ_SIZE } from '../../files/read-buffers.ts';
import { isAbsent, unreadable } from '../../files/system-errors.ts';
import type { BlobOptions, Descriptor, ImageOrigin, ImageSignature, LocalImage } from '../../image/types.ts';
import { wrongSize } from '../../image/verify.ts';
import { taggedReference } from '../names/repository-tags.ts';
import { rebuildLayer } from './rebuild-layer.ts';
import { countSignatures, readStoreSignatures } from './signatures.ts';
import type { StoredImageRecord, StoredLayer } from './store.ts';

/** What an image of a store consists of: documents in memory, and layers to rebuild. */
export interface StorageImageContent {
  root: Descriptor;
  documents: Map<Digest, Uint8Array>;
  layers: Map<Digest, StoredLayer>;
}

/** One image of containers-storage. Its layers are plain tars, rebuilt as they are read. */
export class StorageImage implements LocalImage {
  readonly root: Descriptor;
  readonly name: string;
  readonly references: string[];
  readonly uncompressed = true;
  readonly #content: StorageImageContent;
  readonly origin: ImageOrigin;
  readonly signedAs: Digest;
  readonly #stored: StoredImageRecord;

  /** @param signedAs digest of the manifest in the store. */
  constructor(
    content: StorageImageContent,
    name: string,
    references: string[],
    stored: StoredImageRecord,
    signedAs: Digest,
  ) {
    this.root = content.root;
    this.#content = content;
    this.name = name;
    this.references = references;
    this.#stored = stored;
    this.signedAs = signedAs;
    const { files, record } = stored;
    this.origin = {
      transport: 'containers-storage',
      store: { driver: files.driver, root: files.root },
      id: record.id,
      reference: taggedReference(references),
    };
  }

  async companions(): Promise<number> {
    return countSignatures(this.#stored.record);
  }

  signatures(digest: Digest): Promise<ImageSignature[]> {
    return readStoreSignatures(this.#stored, digest, digest === this.signedAs);
  }

  async read({ digest, size }: Descriptor): Promise<Uint8Array> {
    const bytes = this.#content.documents.get(digest);
    if (!bytes) throw missing(digest);
    if (bytes.byteLength !== size) throw wrongSize(digest, 'the store', size, bytes.byteLength);
    return bytes;
  }

  async check(descriptor: Descriptor): Promise<void> {
    if (this.#content.documents.has(descriptor.digest)) {
      await this.read(descriptor);
      return;
    }
    const { files, record } = this.#layer(descriptor);
    await files.requirePlainFiles(record);
    for (const path of [(await files.tarSplit(record)).path, files.treePath(record)]) {
      await stat(path).catch((error: unknown) => {
        throw isAbsent(error) ? missing(descriptor.digest, path) : unreadable(path, error);
      });
    }
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): Readable {
    const stream = Readable.from(this.#chunks(descriptor, options), { objectMode: false, highWaterMark: READ_SIZE });
    if (options.signal) destroyOnAbort(stream, options.signal);
    return stream;
  }

  async *#chunks(descriptor: Descriptor, options: BlobOptions): AsyncGenerator<Uint8Array> {
    const { digest, size } = descriptor;
    const { offset = 0, length = size - offset } = options;
    if (this.#content.documents.has(digest)) {
      yield (await this.read(descriptor)).subarray(offset, offset + length);
      return;
    }
    const layer = this.#layer(descriptor);
    const { files, record } = layer;
    const tree = files.treePath(record);
    try {
      const { path: tarSplit, realRoot } = await files.tarSplit(record);
      const source = { digest, size, realRoot, tarSplit, tree };
      const range = { offset, length, isVerified: options.verifies === true };
      yield* rebuildLayer(source, range, buffersFor(options.recycle ?? false));
    } catch (thrown) {
      throw (await wasRemoved(layer))
        ? missing(digest, tree, 'it was removed while it was read')
        : toPushboatError(thrown);
    }
  }

  #layer({ digest, size }: Descriptor): StoredLayer {
    const layer = this.#content.layers.get(digest);
    if (!layer) throw missing(digest);
    if (layer.record.diffSize !== size)
      throw wrongSize(digest, layer.files.tarSplitPath(layer.record), size, layer.record.diffSize ?? 0);
    return layer;
  }
}

/** Whether another program has taken the layer out of the store meanwhile: then the store is not damaged. */
async function wasRemoved({ files, record }: StoredLayer): Promise<boolean> {
  try {
    return !(await files.records()).layers.some(({ id }) => id === record.id);
  } catch {
    return false;
  }
}

function missing(digest: Digest, path?: string, why = 'it is not in the store'): PushboatError {
  return new PushboatError('BLOB_MISSING', `The blob ${digest} cannot be read: ${why}.`, {
    digest,
    detail: why,
    path,
    hint: 'copy-whole-image',
  });
}
