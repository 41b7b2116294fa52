import type { Digest } from '../../shared/digest.ts';
import type { OpenFile } from '../files/contained-files.ts';
import type { Descriptor } from '../image/types.ts';

/** Where the blobs of a store are: files of a folder, or members of an archive. */
export interface BlobFiles {
  /** Where the blob is, or would be; for messages. */
  blobPath(digest: Digest): string;
  /**
   * Opens a blob whose size is what the descriptor says.
   * @throws PushboatError BLOB_MISSING, BLOB_SIZE_MISMATCH, PATH_ESCAPES, SOURCE_UNREADABLE
   */
  openBlob(descriptor: Descriptor): Promise<OpenFile>;
  /** Size of a blob in bytes, in stores whose manifests may not say it. @throws as `openBlob` */
  sizeOf?(digest: Digest): Promise<number>;
}
