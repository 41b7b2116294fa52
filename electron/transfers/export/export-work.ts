import type { KeyObject } from 'node:crypto';
import type { Digest } from '../../../shared/digest.ts';
import { toPushboatError } from '../../../shared/errors.ts';
import type { JobNote } from '../../../shared/job-notes.ts';
import { isElsewhere } from '../../../shared/media-types.ts';
import type { ExportedImage } from '../../../shared/transfer-events.ts';
import { checkBlobs } from '../../destinations/outgoing.ts';
import type { ImageWriter, WriteProgress } from '../../destinations/types.ts';
import { requireFree } from '../../destinations/write-errors.ts';
import type { LayerFaults } from '../../image/layer-faults.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import type { SourceGate } from '../../policy/source-gate.ts';
import { companionNotes, conversionNotes, layerNotes, oddityNotes } from '../content/job-notes.ts';
import type { LayerCompressor } from '../content/layer-compressor.ts';
import { prepareTree } from '../content/prepare-tree.ts';
import { isSettledRow, type JobProgress } from '../progress.ts';
import type { ExportImage, ExportRequest } from '../types.ts';
import type { JobRun, JobWork, NotedResult } from '../work.ts';
import { convertFor } from './convert-for.ts';
import { companionsAlong, writeCompanions } from './export-companions.ts';
import { dockerConversion, placeNotes } from './place-notes.ts';
import { prepareImage } from './prepare-image.ts';

/** What is looked through before the destination is touched. */
type CheckedImage = Pick<OpenedImage, 'image' | 'tree'> & Pick<JobRun, 'progress' | 'signal'>;

type Written = Pick<NotedResult, 'digest' | 'mediaType' | 'conversion' | 'notes' | 'companions'>;

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
 * next one starts over; only the compressed layers are kept for it.
 */
export class ExportWork implements JobWork {
  readonly resumable = false;
  readonly target;
  readonly #request: ExportRequest;
  readonly #compressor: LayerCompressor;
  readonly #signingKey: () => Promise<KeyObject>;
  readonly #gate: SourceGate | undefined;

  /** @param signingKey signs manifests of Docker's schema 1. */
  constructor(
    request: ExportRequest,
    compressor: LayerCompressor,
    signingKey: () => Promise<KeyObject>,
    gate?: SourceGate,
  ) {
    this.target = { kind: 'destination', destination: request.destination } as const;
    this.#request = request;
    this.#compressor = compressor;
    this.#signingKey = signingKey;
    this.#gate = gate;
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
      const along = opened.flatMap(({ tree }) => tree.manifests.map(({ descriptor }) => descriptor.digest));
      const first = await this.#write(writer, firstImage, along, run);
      const exported: ExportedImage[] = [{ name: firstImage.request.imageName, digest: first.digest }];
      const notes = notesOf(firstImage, first, otherImages.length > 0);
      let { companions } = first;
      for (const image of otherImages) {
        const written = await this.#write(writer, image, along, run);
        exported.push({ name: image.request.imageName, digest: written.digest });
        notes.push(...notesOf(image, written, true));
        if (written.companions !== undefined) companions = (companions ?? 0) + written.companions;
      }
      await this.#requireFree();
      await writer.commit(run.signal);
      settleRows(run.progress);
      return this.#result(run, { ...first, companions, notes }, exported);
    } catch (thrown) {
      if (!run.signal.aborted) failWriting(run.progress, thrown);
      throw thrown;
    }
  }

  /** Asked again where it counts: since the export was asked for, it has waited for its turn, and others have written. */
  async #requireFree(): Promise<void> {
    if (this.#request.keepsExisting) await requireFree(this.#request.destination);
  }

  /** All images are read and looked through before the destination is touched: a broken one of several writes none. */
  async #open({ progress, signal }: JobRun): Promise<[OpenedImage, ...OpenedImage[]]> {
    const open = async (request: ExportImage): Promise<OpenedImage> => {
      const image = await request.openImage(signal);
      const { tree, notes, faults } = await prepareTree(image, this.#request.options, this.#gate, signal);
      progress.addTree(tree);
      await requireBlobs({ image, tree, progress, signal });
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
    along: readonly Digest[],
    { progress, signal }: JobRun,
  ): Promise<Written> {
    const { destination, options } = this.#request;
    const context = { image, tree, progress, compressor: this.#compressor, owner: this, draining: signal };
    await using prepared = await prepareImage(context, destination.layers, options, signal);
    const converting = { options, progress, signingKey: this.#signingKey, signal };
    const { retyped, ...inFormat } = await convertFor(destination, prepared, converting);
    const conversion = inFormat.conversion ?? dockerConversion(destination, image, tree);
    const outgoing = { ...inFormat, references: request.references ?? [] };
    const rows = rowProgress(progress);
    const { digest, mediaType } = await writer.add(outgoing, rows, signal);
    const own = outgoing.tree.manifests.map(({ descriptor }) => descriptor.digest);
    const companions = await companionsAlong(destination, options, image, own);
    const brought = await writeCompanions(writer, companions, rows, { progress, signal });
    return {
      digest,
      mediaType,
      companions: options.referrers ? companions.length : undefined,
      notes: [
        ...oddityNotes(image),
        // A destination of plain layers unpacks each by what its bytes are, and keeps no media types.
        ...layerNotes(
          destination.layers === 'plain' ? { ...faults, mistyped: new Map() } : faults,
          prepared.retyped + retyped,
        ),
        ...notes,
        ...placeNotes(destination, tree),
        ...(await companionNotes(image, tree, [...along, ...(request.along ?? []), ...brought])),
        ...conversionNotes(conversion, options),
      ],
      conversion,
    };
  }

  #result({ progress }: JobRun, first: Written, exported: ExportedImage[]): NotedResult {
    const { saved } = progress.sums();
    return {
      ...first,
      reference: this.#request.destination.text,
      exported,
      bytesSent: progress.networkBytes,
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

/** Shows what a writer tells in the rows of a job. */
function rowProgress(progress: JobProgress): WriteProgress {
  return {
    exists: (digest) => progress.toState(digest, 'exists'),
    started: (digest) => progress.toState(digest, 'writing'),
    read: (digest, bytes) => progress.count(digest, bytes),
    written: (digest) => progress.toState(digest, 'written'),
  };
}

/** After the commit: what was not asked for the destination has no use for, such as the manifests of another format. */
function settleRows(progress: JobProgress): void {
  for (const { digest, state } of progress.all()) if (!isSettledRow(state)) progress.toState(digest, 'skipped');
}

/** The blobs that were on their way when it failed. */
function failWriting(progress: JobProgress, thrown: unknown): void {
  const { message: reason } = toPushboatError(thrown);
  for (const { digest, state } of progress.all())
    if (state === 'writing') progress.toState(digest, 'failed', { reason });
}

/**
 * Looks whether all blobs are there before the first is read, let alone compressed: there is no registry that might have what the
 * store lacks. Layers that only others may distribute need not be here: their urls go along in the manifest.
 * @throws PushboatError as `checkBlobs`
 */
async function requireBlobs({ image, tree, progress, signal }: CheckedImage): Promise<void> {
  const wanted = tree.blobs.map(({ descriptor }) => descriptor).filter((blob) => !isElsewhere(blob));
  await checkBlobs(image, wanted, signal, ({ digest }, error) =>
    progress.toState(digest, 'failed', { reason: toPushboatError(error).message }),
  );
}
