import type { ImageDetails, ImageSummary, OwnTransport, Transport } from '../../shared/images.ts';
import type { LocalImage, TakeLayer } from '../image/types.ts';

/** One local store. One file per transport implements it. */
export interface ImageSource {
  /** Stable across restarts: `<transport>:<absolute path>`. */
  readonly id: string;
  readonly transport: Transport;
  readonly label: string;
  readonly location: string;
  /**
   * The images as they are found. A broken image is yielded with its error and does not end the listing.
   * @throws PushboatError SOURCE_UNREADABLE or LAYOUT_INVALID when the store as a whole cannot be listed.
   */
  list(signal?: AbortSignal): AsyncIterable<ImageSummary>;
  /**
   * @param take for a store that gives its images only as a whole.
   * @throws PushboatError IMAGE_NOT_FOUND when the id is not (any more) in this store.
   */
  open(imageId: string, signal?: AbortSignal, take?: TakeLayer): Promise<LocalImage>;
  details(imageId: string): Promise<ImageDetails>;
  /** Forgets what it keeps for the next reading; it may still be used. */
  close?(): void;
}

/** One row of the command line's list: `TRANSPORT:REF` names the image. */
export type ListedSummary = ImageSummary & {
  /** Absent for a path that is no store; `podman` for an image of its service. */
  transport?: Transport | OwnTransport;
};
