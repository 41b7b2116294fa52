import type { PushOptions } from '../../shared/ipc.ts';
import type { ExportPreview, JobSnapshot, PushEvent, PushPreview } from '../../shared/push-events.ts';
import type { Reference } from '../../shared/reference.ts';
import type { ImageDestination } from '../destinations/types.ts';
import type { LocalImage } from '../image/types.ts';

/** What a job needs to open its image again after a retry. */
interface RequestedImage {
  imageId: string;
  imageName: string;
  /** Opened anew for every run of the job, so that a retry sees the store as it is. */
  openImage: (signal?: AbortSignal) => Promise<LocalImage>;
}

/** One image to one tag of a registry. */
export interface PushRequest extends RequestedImage {
  target: Reference;
  options: PushOptions;
}

/** An image of an export. */
export interface ExportImage extends RequestedImage {
  /** Whole references that the destination records for it, beside the one in its own text. */
  references?: readonly string[];
}

/** Images to a destination that is not a registry: all of them or none. */
export interface ExportRequest {
  images: readonly [ExportImage, ...ExportImage[]];
  destination: ImageDestination;
  options: PushOptions;
  /** Fails when the export would replace something: it was not there, or not agreed to, when the export was asked for. */
  keepsExisting?: boolean;
}

export type JobRequest = PushRequest | ExportRequest;

export function isExport(request: JobRequest): request is ExportRequest {
  return 'destination' in request;
}

/** The queue of pushes and exports, as the window and the command line use it. */
export interface PushService {
  /** Adds a job and starts it when there is room. Returns its id; the same image to the same target joins the job there is. */
  start(request: JobRequest): string;
  preview(request: PushRequest, signal?: AbortSignal): Promise<PushPreview>;
  /** What an export would do, without a look at the destination. */
  previewExport(request: ExportRequest, signal?: AbortSignal): Promise<ExportPreview>;
  list(): JobSnapshot[];
  /** Resolves when the job is done, failed, cancelled, or waits for a person. */
  settled(jobId: string): Promise<JobSnapshot>;
  pause(jobId: string): void;
  resume(jobId: string): void;
  cancel(jobId: string): Promise<void>;
  retry(jobId: string): void;
  forget(jobId: string): void;
  /** After a login (or a change of policy): jobs that wait for this registry go on. */
  registryChanged(registry: string): void;
  /** Batches of at most one per 100 ms. Returns the function that unsubscribes. */
  subscribe(listener: (events: PushEvent[]) => void): () => void;
  /** What a registry warned of: told with the result of the pushes that run there. */
  addWarning(registry: string, text: string): void;
  /** For all uploads together, in bytes per second; 0 = none. Counts at once, for running transfers too. */
  setBandwidthLimit(bytesPerSecond: number): void;
  /** Jobs that would be cut off by quitting. */
  runningCount(): number;
  /** Stops what runs, so that it can go on at the next start where jobs are remembered, and releases everything. */
  close(): Promise<void>;
}
