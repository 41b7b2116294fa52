import type { PushOptions } from '../../shared/ipc.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Reference } from '../../shared/reference.ts';
import type { LocalImage } from '../image/types.ts';
import type { ImageTree } from '../image/tree.ts';
import type { RegistryClient, RetryPolicy, UploadSession } from '../registry/types.ts';
import type { BlobLocations } from './blob-locations.ts';
import type { JobRows } from './rows.ts';

/** What one run of a job works with. A job that stops and goes on makes a new run with the same rows and memory. */
export interface PushRun {
  readonly client: RegistryClient;
  readonly image: LocalImage;
  readonly tree: ImageTree;
  /** With a tag. */
  readonly target: Reference & { tag: string };
  readonly options: PushOptions;
  readonly rows: JobRows;
  readonly locations: BlobLocations;
  /** Tries of one blob. */
  readonly retry: RetryPolicy;
  readonly memory: RunMemory;
  readonly signal: AbortSignal;
}

/** What a job keeps between its runs. */
export class RunMemory {
  /** Uploads that were cut off, by blob: the next run goes on from the offset that the registry reports. */
  readonly sessions = new Map<Digest, UploadSession>();
}
