import type { KeyObject } from 'node:crypto';
import type { JobNote } from '../../../shared/job-notes.ts';
import type { ExportedImage } from '../../../shared/push-events.ts';
import type { ImageWriter } from '../../destinations/types.ts';
import { requireFree } from '../../destinations/write-errors.ts';
import type { LayerFaults } from '../../image/layer-faults.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import type { LayerCompressor } from '../compression/layer-compressor.ts';
import { prepareTree } from '../formats/prepare-tree.ts';
import { conversionNotes, layerNotes, oddityNotes } from '../job-notes.ts';
import type { JobRun, JobWork, NotedResult } from '../job-work.ts';
import { addRows } from '../transfer.ts';
import type { ExportImage, ExportRequest } from '../types.ts';
import { checkBlobs } from './check-blobs.ts';
import { convertFor } from './convert-for.ts';
import { prepareImage } from './prepare-image.ts';
import { failWriting, rowProgress, settleRows } from './row-progress.ts';

type Written = Pick<NotedResult, 'digest' | 'mediaType' | 'conversion' | 'notes'>;

/** An image that was opened for one run. */
interface OpenedImage {
  request: ExportImage;
  image: LocalImage;
  tree: ImageTree;
  notes: JobNote[];
  faults: LayerFaults;
}

/** Its notes; of several images, each with the image's name. */
function notesOf({ request }: OpenedImage, { notes }: Written, isOneOfSeveral: boolean): JobNote[] {
  return isOneOfSeveral ? notes.map((note) => ({ ...note, image: request.imageName })) : notes;
}

/**
 * Images on their way to one destination that is not a registry. Nothing of a run that did not reach its end can be seen there, so the
 * next one writes anew; only the compressed layers are kept for it.
 */
export class ExportWork implements JobWork {
  readonly goesOn = false;
  readonly target;
  readonly #request: ExportRequest;
  readonly #compressor: LayerCompressor;
  readonly #signingKey: () => Promise<KeyObject>;

  /** @param signingKey signs manifests of Docker's schema 1. */
  constructor(request: ExportRequest, compressor: LayerCompressor, signingKey: () => Promise<KeyObject>) {
    this.target = { kind: 'destination', destination: request.destination } as const;
    this.#request = request;
    this.#compressor = compressor;
    this.#signingKey = signingKey;
  }

  get imageId(): string {
    return this.#request.images[0].imageId;
  }

  get imageName(): string {
    return this.#request.images.map(({ imageName }) => imageName).join(', ');
  }

  async run(run: JobRun): Promise<NotedResult> {
    const opened = await this.#open(run);
    run.planned();
    await this.#requireFree();
    await using writer = await this.#request.destination.begin(run.signal);
    try {
      const [firstImage, ...otherImages] = opened;
      const first = await this.#write(writer, firstImage, run);
      const exported: ExportedImage[] = [{ name: firstImage.request.imageName, digest: first.digest }];
      const notes = notesOf(firstImage, first, otherImages.length > 0);
      for (const image of otherImages) {
        const written = await this.#write(writer, image, run);
        exported.push({ name: image.request.imageName, digest: written.digest });
        notes.push(...notesOf(image, written, true));
      }
      await this.#requireFree();
      await writer.commit(run.signal);
      settleRows(run.rows);
      return this.#result(run, { ...first, notes }, exported);
    } catch (thrown) {
      if (!run.signal.aborted) failWriting(run.rows, thrown);
      throw thrown;
    }
  }

  /** Asked anew where it counts: since the export was asked for, it has waited for its turn, and others have written. */
  async #requireFree(): Promise<void> {
    if (this.#request.keepsExisting) await requireFree(this.#request.destination);
  }

  /** All images are read and looked through before the destination is touched: a broken one of several writes none. */
  async #open({ rows, signal }: JobRun): Promise<[OpenedImage, ...OpenedImage[]]> {
    const open = async (request: ExportImage): Promise<OpenedImage> => {
      const image = await request.openImage(signal);
      const { tree, notes, faults } = await prepareTree(image, this.#request.options, signal);
      addRows(rows, tree);
      await checkBlobs(image, tree, rows);
      return { request, image, tree, notes, faults };
    };
    const [first, ...others] = this.#request.images;
    const opened: [OpenedImage, ...OpenedImage[]] = [await open(first)];
    for (const other of others) opened.push(await open(other));
    return opened;
  }

  async #write(
    writer: ImageWriter,
    { request, image, tree, notes, faults }: OpenedImage,
    { rows, signal }: JobRun,
  ): Promise<Written> {
    const { destination, options } = this.#request;
    const context = { image, tree, rows, compressor: this.#compressor, user: this, winding: signal };
    await using prepared = await prepareImage(context, destination.layers, options, signal);
    const converting = { options, rows, signingKey: this.#signingKey, signal };
    const { conversion, retyped, ...inFormat } = await convertFor(destination, prepared, converting);
    const outgoing = { ...inFormat, references: request.references ?? [] };
    const { digest, mediaType } = await writer.add(outgoing, rowProgress(rows), signal);
    return {
      digest,
      mediaType,
      notes: [
        ...oddityNotes(image),
        // A destination of plain layers unpacks each by what its bytes are, and keeps no media types.
        ...layerNotes(
          destination.layers === 'plain' ? { ...faults, mistyped: new Map() } : faults,
          prepared.retyped + retyped,
        ),
        ...notes,
        ...conversionNotes(conversion, options),
      ],
      ...(conversion ? { conversion } : {}),
    };
  }

  #result({ rows }: JobRun, first: Written, exported: ExportedImage[]): NotedResult {
    const { saved } = rows.sums();
    return {
      ...first,
      reference: this.#request.destination.text,
      exported,
      bytesSent: rows.networkBytes,
      bytesSaved: saved,
      unchanged: false,
    };
  }

  /** A writer leaves nothing behind. */
  async abandon(): Promise<void> {}

  release(): Promise<void> {
    return this.#compressor.release(this);
  }
}
