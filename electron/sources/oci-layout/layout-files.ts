import type { StoreOddity } from '../../../shared/job-notes.ts';
import type { Index } from '../../image/types.ts';
import type { BlobFiles } from '../stored-image.ts';

/** Tells whether a file is still the same content, as far as the file system says. */
export interface Signature {
  size: number;
  mtimeMs: number;
}

export interface ReadIndex {
  index: Index;
  signature: Signature;
  /** How the layout is not as it should be. */
  oddities: readonly StoreOddity[];
}

/** The files of one OCI image layout: of a folder, or of an archive. */
export interface LayoutFiles extends BlobFiles {
  /** The folder or archive, as the person knows it. */
  readonly path: string;
  readonly transport: 'oci' | 'oci-archive';
  /**
   * Checks `oci-layout` and reads `index.json`.
   * @throws PushboatError LAYOUT_INVALID saying which file and what, DIGEST_INVALID, PATH_ESCAPES, SOURCE_UNREADABLE
   */
  readIndex(): Promise<ReadIndex>;
}

/** A layout that can be read all the same. */
export function odditiesOf(marker: Uint8Array | undefined): StoreOddity[] {
  return marker ? [] : ['unmarked'];
}
