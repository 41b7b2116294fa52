import type { ImageDetails, ImageSummary, Transport } from '../../shared/images.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import type { LocalImage } from '../image/types.ts';

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
  /** @throws PushboatError IMAGE_NOT_FOUND when the id is not (any more) in this store. */
  open(imageId: string, signal?: AbortSignal): Promise<LocalImage>;
  details(imageId: string): Promise<ImageDetails>;
  /** Lets go of what it keeps for the next reading; it may still be used. */
  close?(): void;
}

import type { ErrorData } from '../../shared/errors.ts';
import type { SourceInfo } from '../../shared/images.ts';
import type { AddedPath } from '../../shared/ipc.ts';

export interface CatalogEvents {
  sources: SourceInfo[];
  images: { sourceId: string; reset?: boolean; upserted: ImageSummary[]; removed: string[] };
}

/** All sources together: scans them at start, watches them, and answers for their images. */
export interface Catalog {
  /** Begins scanning the default store and the added folders; returns at once. */
  start(): void;
  sources(): SourceInfo[];
  images(): ImageSummary[];
  /** Adds layouts or folders of layouts; each path gets its own answer. Remembers the good ones through `onPathsChanged`. */
  add(paths: string[]): Promise<AddedPath[]>;
  remove(sourceId: string): Promise<void>;
  /** All sources, or one. Resolves when the scan is over. */
  rescan(sourceId?: string): Promise<void>;
  /** Looks at another image-store folder from now on. Resolves when it was scanned. */
  setImagesStoreDir(dir: string): Promise<void>;
  open(imageId: string, signal?: AbortSignal): Promise<LocalImage>;
  details(imageId: string): Promise<ImageDetails>;
  /** Returns the function that unsubscribes. */
  on<E extends keyof CatalogEvents>(event: E, listener: (payload: CatalogEvents[E]) => void): () => void;
  close(): Promise<void>;
}

/** A source that is there, or not, without anybody having added it. */
export interface AutomaticSource {
  id: string;
  transport: Transport;
  label: string;
  /** A folder, a socket's path or an address. */
  location: string;
  /** Folders tell when something changes; an engine has to be asked. */
  watch: 'subfolders' | 'nothing';
  /** @throws PushboatError when what configures it is wrong. */
  open: () => ImageSource;
}

export interface CatalogOptions {
  imagesStoreDir: string;
  addedPaths: string[];
  /** Stores and engines that are shown when they are there. */
  automatic?: AutomaticSource[];
  onPathsChanged: (paths: string[]) => Promise<void>;
  /** Failures of watching, which do not stop the catalog. */
  onProblem: (error: ErrorData) => void;
}

/** One row of the command line's list: `TRANSPORT:REF` names the image. */
export type ListedSummary = ImageSummary & {
  /** Absent for a path that is no store; `podman` for an image of its service. */
  transport?: Transport | 'podman';
};

/** What an IMAGE argument of the command line found. */
export interface FoundImage {
  id: string;
  name: string;
  /** What finds it again, with its transport. */
  ref: string;
  /** Those of its references that were asked for; all when absent. */
  references?: string[];
  /** What the person may not expect, in a sentence. */
  note?: string;
  open(signal?: AbortSignal): Promise<LocalImage>;
}

export interface FindImageOptions {
  imagesStoreDir: string;
  /** Folder that relative paths start from. */
  cwd: string;
  /** Layouts, archives and folders of layouts that a person has added; absolute. */
  addedPaths?: readonly string[];
  /** Where the user's own stores and engines are; this process's when absent. */
  environment?: LocalEnvironment;
  signal?: AbortSignal;
}
