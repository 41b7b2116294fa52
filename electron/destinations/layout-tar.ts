import { type Digest, digestAlgorithm, digestHex } from '../../shared/digest.ts';
import { throwIfCancelled } from '../../shared/errors.ts';
import { isElsewhere } from '../../shared/media-types.ts';
import { LAYOUT_INDEX, LAYOUT_MARKER } from '../image/layout/file-names.ts';
import { tarEnd } from '../image/tar/write-header.ts';
import type { Descriptor } from '../image/types.ts';
import { indexEntries, LAYOUT_MARKER_TEXT, type LayoutIndex, NEW_INDEX, withEntries } from './layout-index.ts';
import { checkBlobs, requireWhole } from './outgoing.ts';
import { type TarSink, writeMember } from './tar-sink.ts';
import type { OutgoingImage, WriteProgress, WrittenImage } from './types.ts';
import { verifiedBlob } from './verified-blob.ts';

/**
 * An OCI image layout as a tar archive. Its index comes first, since digests and sizes are known before a layer is read, so that an
 * archive of any size is listed at once; only when more images are added does the whole index follow at the end, which counts then.
 */
export class LayoutTar {
  readonly #sink: TarSink;
  readonly #written = new Set<Digest>();
  #index: LayoutIndex = NEW_INDEX;
  #images = 0;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /** @throws PushboatError of the source or the sink, CANCELLED */
  async add(
    { image, tree }: Pick<OutgoingImage, 'image' | 'tree'>,
    names: readonly string[],
    progress: WriteProgress,
    signal: AbortSignal,
  ): Promise<WrittenImage> {
    requireWhole(tree);
    const blobs = tree.blobs.map(({ descriptor }) => descriptor).filter((blob) => !isElsewhere(blob));
    await checkBlobs(image, blobs, signal);
    throwIfCancelled(signal);
    this.#index = withEntries(this.#index, indexEntries(tree.root, names));
    this.#images++;
    if (this.#images === 1) await this.#begin();
    for (const { descriptor, bytes } of tree.manifests) {
      progress.started(descriptor.digest);
      progress.read(descriptor.digest, bytes.byteLength);
      await this.#write(descriptor, [bytes], progress);
    }
    for (const blob of blobs)
      await this.#write(blob, verifiedBlob(image, blob, { progress, signal, recycle: true }), progress);
    return { digest: tree.root.digest, mediaType: tree.root.mediaType };
  }

  async finish(): Promise<void> {
    if (this.#images === 0) await this.#begin();
    if (this.#images > 1) await this.#writeIndex();
    await this.#sink.write(tarEnd());
  }

  async #begin(): Promise<void> {
    const marker = Buffer.from(LAYOUT_MARKER_TEXT);
    await writeMember(this.#sink, LAYOUT_MARKER, marker.byteLength, [marker]);
    await this.#writeIndex();
  }

  async #writeIndex(): Promise<void> {
    const index = Buffer.from(JSON.stringify({ ...this.#index, manifests: this.#index.manifests ?? [] }));
    await writeMember(this.#sink, LAYOUT_INDEX, index.byteLength, [index]);
  }

  async #write(
    { digest, size }: Descriptor,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    progress: WriteProgress,
  ): Promise<void> {
    if (this.#written.has(digest)) {
      progress.exists(digest);
      return;
    }
    await writeMember(this.#sink, `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`, size, content);
    this.#written.add(digest);
    progress.written(digest);
  }
}
