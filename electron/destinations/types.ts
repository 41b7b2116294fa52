import type { Digest } from '../../shared/digest.ts';
import type { DestinationTransport } from '../../shared/images.ts';
import type { ImageTree } from '../image/tree.ts';
import type { LocalImage } from '../image/types.ts';

/**
 * How a destination wants layers: `compressed` (plain ones are compressed on the way, as for a registry), `kept` (as the store has
 * them), or `plain` (the destination writes tars without compression).
 */
export type WantedLayers = 'compressed' | 'kept' | 'plain';

/** A place that is not a registry to which images are written. One file per transport implements it. */
export interface ImageDestination {
  readonly transport: DestinationTransport;
  /** As a person writes it: `oci:/srv/layout:1.2`. */
  readonly text: string;
  /** The file or folder in the text, as it is written there; undefined where an engine or a store takes the image. */
  readonly path?: string | undefined;
  /** What the text calls the image, as it is written there; undefined when it does not. */
  readonly name?: string | undefined;
  readonly layers: WantedLayers;
  /** `oci`: manifests of Docker's types are to be converted before, as containers/image does there. Absent: they may stay. */
  readonly manifests?: 'oci';
  /**
   * What it has no place for: layers that may not be distributed, whose urls go along instead (`foreign`); all of an index but its one
   * image (`index`). Absent: it takes everything.
   */
  readonly leaves?: readonly ('foreign' | 'index')[];
  /** Written once, with all images in it. Absent: each is added by itself. */
  readonly isArchive?: true;
  /** It holds one image, and keeps no name for it. */
  readonly isNameless?: true;
  /** It calls images by any text. Absent: only by whole references. */
  readonly takesAnyName?: true;
  /** It lists what belongs to an image next to it: signatures, SBOMs and the like. Absent: it has no place for those. */
  readonly listsCompanions?: true;
  /**
   * What is there now and would be lost: the path of an archive or of a folder's image, or a name that another image would get. Undefined
   * when nothing would. A window asks before; the command line replaces it, as containers/image does. Absent: never.
   */
  replaces?(): Promise<string | undefined>;
  /**
   * Begins to write. Nothing of it can be seen at the destination before `commit`.
   * @throws PushboatError when the destination cannot be written, before any layer is read.
   */
  begin(signal: AbortSignal): Promise<ImageWriter>;
}

/** One image on its way to a destination. */
export interface OutgoingImage {
  image: LocalImage;
  tree: ImageTree;
  /** Names that the destination records for it, besides the one in its own text; whole references. */
  references: readonly string[];
  /** It belongs to an image that was added before: it gets these names only, and is not one of several images. */
  isCompanion?: true;
}

/**
 * Tells of the blobs and manifests of an image, by the digests of its tree. What a destination has no place for is not told of: the index
 * around its one image, attestations, layers that are fetched from elsewhere.
 */
export interface WriteProgress {
  /** The destination already has the blob: it is not read. */
  exists(digest: Digest): void;
  started(digest: Digest): void;
  /** Bytes of the source blob that were read. */
  read(digest: Digest, bytes: number): void;
  written(digest: Digest): void;
}

/** What is at the destination now. */
export interface WrittenImage {
  /** Of the manifest or index that was written. */
  digest: Digest;
  mediaType: string;
}

/** Writes images to one destination; several where it can hold several. Disposing of it without `commit` leaves nothing behind. */
export interface ImageWriter extends AsyncDisposable {
  /** @throws PushboatError of the source, of the destination, or CANCELLED. */
  add(outgoing: OutgoingImage, progress: WriteProgress, signal: AbortSignal): Promise<WrittenImage>;
  commit(signal: AbortSignal): Promise<void>;
}
