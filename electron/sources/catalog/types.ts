import type { ErrorData } from '../../../shared/errors.ts';
import type { ImageDetails, ImageSummary, LookedFor, SourceInfo, Transport } from '../../../shared/images.ts';
import type { AddedPath } from '../../../shared/ipc.ts';
import type { LocalImage, TakeLayer } from '../../image/types.ts';
import type { Archives } from '../archive/archives.ts';
import type { ImageSource } from '../types.ts';
import type { RememberedRows } from './remembered-rows.ts';

export interface CatalogEvents {
  sources: SourceInfo[];
  images: { sourceId: string; reset?: boolean; upserted: ImageSummary[]; removed: string[] };
}

/** All sources together: scans them at start, watches them, and answers for their images. */
export interface Catalog {
  /** Begins scanning the default store and the added folders; returns at once. */
  start(): void;
  sources(): SourceInfo[];
  /** The places that are looked at by themselves, those that are not there included. */
  lookedFor(): LookedFor[];
  images(): ImageSummary[];
  /** Adds layouts or folders of layouts; each path gets its own answer. Remembers the good ones through `onPathsChanged`. */
  add(paths: string[]): Promise<AddedPath[]>;
  remove(sourceId: string): Promise<void>;
  /** All sources, or one. Resolves when the scan is over. */
  rescan(sourceId?: string): Promise<void>;
  /** Looks at another image-store folder from now on. Resolves when it was scanned. */
  setImagesStoreDir(dir: string): Promise<void>;
  /** As `ImageSource.open`. */
  open(imageId: string, signal?: AbortSignal, take?: TakeLayer): Promise<LocalImage>;
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
  archives: Archives;
  imagesStoreDir: string;
  addedPaths: string[];
  /** What was there at the last start; absent: nothing is remembered. */
  remembered?: RememberedRows | undefined;
  /** Stores and engines that are shown when they are there. */
  automatic?: AutomaticSource[];
  onPathsChanged: (paths: string[]) => Promise<void>;
  /** Failures of watching, which do not stop the catalog. */
  onProblem: (error: ErrorData) => void;
}
