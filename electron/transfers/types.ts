import type { KeyObject } from 'node:crypto';
import type { Digest } from '../../shared/digest.ts';
import { parseReference, type Reference } from '../../shared/reference.ts';
import type {
  ExportPreview,
  JobInfo,
  JobSnapshot,
  PushPreview,
  RegistryOutage,
  TransferEvent,
} from '../../shared/transfer-events.ts';
import type { TransferOptions } from '../../shared/transfer-options.ts';
import type { ImageDestination } from '../destinations/types.ts';
import type { LocalImage, TakeLayer } from '../image/types.ts';
import type { SourceGate } from '../policy/source-gate.ts';
import type { RetryPolicy } from '../registry/answers/retry-delay.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { Signer } from '../signatures/signer.ts';
import type { TransferHistory } from './history.ts';
import type { RememberedRequest } from './journal/job-memory.ts';
import type { Journal } from './journal/journal.ts';

/** What a job needs to open its image again after a retry. */
interface RequestedImage {
  imageId: string;
  imageName: string;
  /** Opened for every run of the job, so that a retry sees the store as it is. */
  openImage: (signal?: AbortSignal, take?: TakeLayer) => Promise<LocalImage>;
  /** Roots of the other images that are brought to the same place with it: they do not stay behind. */
  along?: ReadonlySet<Digest> | undefined;
}

/** One image to one tag of a registry. */
export interface PushRequest extends RequestedImage {
  /** To open it takes long: an engine hands it out. */
  isSlow?: true | undefined;
  target: Reference;
  options: TransferOptions;
  /** Id of the group of pushes that it is asked for with. */
  group?: string | undefined;
}

/** An image of an export. */
export interface ExportImage extends RequestedImage {
  /** Whole references that the destination records for it, besides the one in its own text. */
  references?: readonly string[];
}

/** Images to a destination that is not a registry: all of them or none. */
export interface ExportRequest {
  images: readonly [ExportImage, ...ExportImage[]];
  destination: ImageDestination;
  options: TransferOptions;
  /** Fails when the export would replace something: it was not there, or not agreed to, when the export was asked for. */
  keepsExisting?: boolean;
}

export type JobRequest = PushRequest | ExportRequest;

export function isExport(request: JobRequest): request is ExportRequest {
  return 'destination' in request;
}

export interface TransferServiceOptions {
  /** The client of a registry; asked for in every run, so that a changed policy counts. */
  clientFor: (registry: string, repository?: string) => RegistryClient;
  /** Jobs at once. */
  maxJobs: () => number;
  /** A push ended well. */
  onPushed?: ((target: string) => void) | undefined;
  /** Of blobs, whose tries are counted here; defaults of the registry client. */
  retry?: Partial<RetryPolicy>;
  /** Uploads and blob locations of earlier runs; absent: nothing is remembered. */
  journal?: Journal;
  /** Told of every job that ends; absent: they are not remembered. */
  history?: TransferHistory;
  /** Signs manifests of Docker's schema 1; absent: a key of this process. */
  signingKey?: () => Promise<KeyObject>;
  temporaryDir: string;
  /** Whether an image may be used; absent: every one. */
  gate?: SourceGate | undefined;
  /** Signs images; absent: a push that shall be signed fails. */
  signer?: Signer | undefined;
  /** Folder where compressed layers are kept for good; absent: only as long as a job needs them. */
  blobCache?: string | undefined;
  /** Unfinished jobs are remembered and offered again at the next start, with the image opened by its id. */
  reopenImage?: ((imageId: string, signal?: AbortSignal, take?: TakeLayer) => Promise<LocalImage>) | undefined;
  /** Reads the text of a destination that was remembered; undefined or throws when it names none any more. */
  parseDestination?: ((text: string) => ImageDestination | undefined) | undefined;
}

/** The queue of pushes and exports, as the window and the command line use it. */
export interface TransferService {
  /**
   * Adds a job and starts it when there is room. Returns its id; the same image to the same target joins the job there is, and resumes it
   * where it was held back.
   */
  start(request: JobRequest): string;
  preview(request: PushRequest, signal?: AbortSignal): Promise<PushPreview>;
  /** What an export would do, without a look at the destination. */
  previewExport(request: ExportRequest, signal?: AbortSignal): Promise<ExportPreview>;
  list(): JobSnapshot[];
  /** Resolves when the job is done, failed, cancelled, or waits for a person. */
  settled(jobId: string): Promise<JobSnapshot>;
  pause(jobId: string): void;
  /** Pauses whatever is at work or has its turn ahead. */
  pauseAll(): void;
  /** Once more, after a pause, a failure, or the end of the application. */
  resume(jobId: string): void;
  cancel(jobId: string): Promise<void>;
  forget(jobId: string): void;
  /** After a login (or a change of policy): jobs that wait for this registry go on. */
  registryChanged(registry: string): void;
  /** Batches of at most one per 100 ms. Returns the function that unsubscribes. */
  subscribe(listener: (events: TransferEvent[]) => void): () => void;
  /** What a registry warned of: told with the result of the pushes that run there. */
  addWarning(registry: string, text: string): void;
  /** A registry that jobs push to is waited for; undefined: not any more. */
  setOutage(registry: string, outage: RegistryOutage | undefined): void;
  /** Looks now whether the registry of a job is there again. */
  tryNow(jobId: string): void;
  /** The computer is about to sleep: uploads are left where they are, until `wake`. */
  sleep(): void;
  wake(): void;
  /** The network may be another one: uploads continue in new requests, and lines are measured again. */
  networkChanged(): void;
  /** For all uploads together, in bytes per second; 0 = none. Counts at once, for running transfers too. */
  setBandwidthLimit(bytesPerSecond: number): void;
  /** Jobs that would be cut off by quitting. */
  runningCount(): number;
  /** Stops what runs, so that it can go on at the next start where jobs are remembered, and releases everything. */
  close(): Promise<void>;
}

/** Of an export of several images only the first is remembered. They come from the command line, which remembers no jobs. */
export function recordOf({ id, createdAt }: JobInfo, request: JobRequest, target: string): RememberedRequest {
  const { imageId, imageName } = isExport(request) ? request.images[0] : request;
  const kind = isExport(request) ? 'export' : 'push';
  const replaces = isExport(request) && request.keepsExisting === false;
  const group = isExport(request) ? undefined : request.group;
  return { id, kind, imageId, imageName, target, options: request.options, replaces, createdAt, group };
}

/**
 * What a remembered job asks for; undefined for an export to what is no destination any more, such as a folder whose name has changed
 * its meaning.
 */
export function requestOf(
  { kind, imageId, imageName, target, options, replaces, group }: RememberedRequest,
  openImage: PushRequest['openImage'],
  parseDestination: ((text: string) => ImageDestination | undefined) | undefined,
): JobRequest | undefined {
  if (kind === 'push') return { imageId, imageName, openImage, target: parseReference(target), options, group };
  try {
    const destination = parseDestination?.(target);
    if (!destination) return undefined;
    // Unless the person agreed, what stands there now may be another's.
    return { images: [{ imageId, imageName, openImage }], destination, options, keepsExisting: !replaces };
  } catch {
    return undefined;
  }
}
