import type { LocalEnvironment } from '../../files/environment.ts';
import type { LocalImage, TakeLayer } from '../../image/types.ts';
import type { Archives } from '../archive/archives.ts';

/** What an IMAGE argument of the command line found. */
export interface FoundImage {
  id: string;
  name: string;
  /** What finds it again, with its transport. */
  ref: string;
  /** Those of its references that were asked for; all when absent. */
  references?: string[];
  /** What the person may not expect, in a sentence. */
  note?: string | undefined;
  /** To open it takes as long as to read all of it, so that it is opened where it is used. */
  isSlow?: true;
  open(this: void, signal?: AbortSignal, take?: TakeLayer): Promise<LocalImage>;
}

export interface FindImageOptions {
  imagesStoreDir: string;
  /** Folder that relative paths start from. */
  cwd: string;
  /** Layouts, archives and folders of layouts that a person has added; absolute. */
  addedPaths?: readonly string[];
  /** Where the user's own stores and engines are. */
  environment: LocalEnvironment;
  archives: Archives;
  signal?: AbortSignal;
}
